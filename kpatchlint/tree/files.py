# SPDX-License-Identifier: GPL-2.0-or-later
"""One file of a patch is laid over its base content."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from kpatchlint.patch.records import FilePatch, FileStatus, Hunk, LineKind
from kpatchlint.tree.basetext import BaseText, Level
from kpatchlint.tree.budget import Budget
from kpatchlint.tree.choose import Choice, choose_spots
from kpatchlint.tree.content import compute_blob_id
from kpatchlint.tree.cut import is_cut_inside
from kpatchlint.tree.edit import Edited, Repair, apply_edits, build_edits, find_clashes
from kpatchlint.tree.records import PlacedFile
from kpatchlint.tree.repair import Pair, keep, rank_repairs
from kpatchlint.tree.reverse import shows_outcome
from kpatchlint.tree.spot import Spot, old_side


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """Hunks laid over one content: the result, the hunks left over, and what is to be said of it.

    ``is_bridged``: a hunk fits only across lines that the mail or the content lacks.
    """

    edited: Edited
    is_bridged: bool = False
    unplaced: tuple[int, ...] = ()
    cut: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Work:
    """What is being gathered on the way to a Laid."""

    budget: Budget
    notes: list[str] = field(default_factory=list)
    unplaced: set[int] = field(default_factory=set)

    def leave_out(self, index: int, hunk: Hunk, why: str) -> None:
        """Hunk *index* is not laid; *why* completes the sentence that begins with its name."""
        self.unplaced.add(index)
        self.notes.append(f"{_name(index, hunk)} {why}")


def lay_hunks(file: FilePatch, content: bytes, budget: Budget) -> Laid:
    """Lay the hunks of *file* over *content*; those without a place are left out."""
    base = BaseText(content)
    work = _Work(budget)
    choices = choose_spots(file.hunks, base, budget, is_own_base=_is_own_base(file, content))
    if content and not _is_anchored(file, content, choices):
        choices = [replace(choice, spot=None, reason="has no context to find its place by") for choice in choices]
    spots = {i: choice.spot for i, choice in enumerate(choices) if choice.spot is not None}
    edited, is_proven = _edit(file, base, spots, work)
    cut = [] if is_proven else [i for i in sorted(spots) if is_cut_inside(file.hunks[i], spots[i])]
    if cut:
        work = _Work(budget)
        edited, _ = _edit(file, base, {i: spot for i, spot in spots.items() if i not in cut}, work)
    for i, choice in enumerate(choices):
        if i in cut:
            work.leave_out(i, file.hunks[i], "was cut inside its change: its code is read on its own")
        elif choice.spot is None:
            work.leave_out(i, file.hunks[i], _reason(file.hunks[i], base, choice))
    return Laid(
        edited=edited,
        is_bridged=any(spots[i].cost for i in spots if i not in work.unplaced),
        unplaced=tuple(sorted(work.unplaced)),
        cut=tuple(cut),
        notes=tuple(work.notes),
    )


def _is_own_base(file: FilePatch, content: bytes) -> bool:
    """Tell whether *content* is proven to be what the patch was made on, so that its line numbers hold."""
    return bool(file.old_id) and _agrees(file.old_id, compute_blob_id(content, len(file.old_id or "")))


def _is_anchored(file: FilePatch, content: bytes, choices: Sequence[Choice]) -> bool:
    """Tell whether anything but line numbers says that this is the right content for the hunks."""
    placed = [hunk for hunk, choice in zip(file.hunks, choices, strict=True) if choice.spot is not None]
    return not placed or any(old_side(hunk) for hunk in placed) or _is_own_base(file, content)


def _edit(file: FilePatch, base: BaseText, spots: dict[int, Spot], work: _Work) -> tuple[Edited, bool]:
    """The patched content, and whether the mail's blob id proves it; without such proof the likeliest.

    Hunks that clash are taken out of *spots*.
    """
    _drop_clashes(file, spots, work)
    is_bridged = any(spot.cost for spot in spots.values())
    explaining, others = _rank_repairs(file, base, spots)
    tries = list(product([*explaining, *others], (False, True) if is_bridged else (False,)))
    likeliest = None
    for repair, is_late in tries if has_new_id(file) else tries[:1]:
        if likeliest is not None and not work.budget.spend_bytes(len(base.content)):
            break
        edits = [build_edits(file.hunks[i], spot, repair, is_late=is_late) for i, spot in spots.items()]
        edited = apply_edits(base.lines, [edit for of_hunk in edits for edit in of_hunk])
        if has_new_id(file) and _agrees(file.new_id, compute_blob_id(edited.content, len(file.new_id or ""))):
            return edited, True
        likeliest = likeliest or edited
    if not explaining:
        work.notes.append("white space of context lines differs from the tree; added lines stand as in the mail")
    work.notes += [_describe(i, file.hunks[i], spots[i]) for i in sorted(spots) if spots[i].cost]
    return likeliest or apply_edits(base.lines, []), False


def _rank_repairs(file: FilePatch, base: BaseText, spots: dict[int, Spot]) -> tuple[list[Repair], list[Repair]]:
    """Repairs that explain the context, and others that a blob id might prove; undamaged context needs none."""
    if base.lines and all(spot.level is Level.EXACT for spot in spots.values()):
        return [keep], []
    pairs = [pair for i, spot in spots.items() for pair in _pairs(file.hunks[i], spot, base)]
    added = [line.text for i in spots for line in file.hunks[i].lines if line.kind is LineKind.ADDED]
    explaining, others = rank_repairs(pairs, added)
    return explaining, others if explaining else [keep, *others]


def has_new_id(file: FilePatch) -> bool:
    """Tell whether the mail names the blob that comes out."""
    return bool(file.new_id and file.new_id.strip("0"))


def _drop_clashes(file: FilePatch, spots: dict[int, Spot], work: _Work) -> None:
    """Take out hunks that change what another hunk has changed already."""
    order = sorted(spots)
    for clash in sorted(find_clashes([build_edits(file.hunks[i], spots[i], keep) for i in order])):
        del spots[order[clash]]
        work.leave_out(order[clash], file.hunks[order[clash]], "changes what another hunk has changed already")


def _pairs(hunk: Hunk, spot: Spot, base: BaseText) -> list[Pair]:
    """Lines as the mail and as the base has them; none for a line whose sign was text."""
    rows = zip(hunk.lines, spot.rows, strict=True)
    return [
        Pair(line.text, base.text(row), line.kind is LineKind.CONTEXT)
        for i, (line, row) in enumerate(rows)
        if row >= 0 and i not in spot.kept
    ]


def _name(index: int, hunk: Hunk) -> str:
    stated = f" (line {hunk.old_start})" if hunk.old_start is not None else ""
    return f"hunk {index + 1}{stated}"


def _describe(index: int, hunk: Hunk, spot: Spot) -> str:
    lost = sum(line.kind is not LineKind.ADDED and row < 0 for line, row in zip(hunk.lines, spot.rows, strict=True))
    which = f"{lost} of its lines not in the tree" if lost else "lines that the mail lost"
    return f"{_name(index, hunk)} was aligned with the tree across {which}"


def _reason(hunk: Hunk, base: BaseText, choice: Choice) -> str:
    """Why there is no place; a hunk whose outcome is there is in the tree already."""
    new = [line.text for line in hunk.lines if line.kind is not LineKind.REMOVED]
    if not choice.open and shows_outcome(hunk) and base.find_run(new, Level.EXACT):
        return "is in the tree already"
    return choice.reason


def describe_file(file: FilePatch, before: bytes | None, laid: Laid | None, digits: int) -> PlacedFile:
    """The record of one file. *laid* None: nothing of it was placed. *digits* is the length of the tree's blob ids."""
    after = None if laid is None or file.status is FileStatus.DELETED else laid.edited.content
    old_blob = None if before is None else compute_blob_id(before, digits)
    new_blob = None if after is None else compute_blob_id(after, digits)
    edited = laid.edited if laid is not None else Edited(b"", frozenset(), frozenset())
    return PlacedFile(
        path=file.path or "",
        old_path=file.old_path,
        status=file.status,
        before=before,
        after=after,
        old_blob=old_blob,
        new_blob=new_blob,
        proven=laid is not None and not laid.unplaced and _is_proven(file, old_blob, new_blob),
        added_lines=edited.added_lines,
        removed_lines=edited.removed_lines,
        unplaced=laid.unplaced if laid is not None else tuple(range(len(file.hunks))),
        cut=laid.cut if laid is not None else (),
        notes=laid.notes if laid is not None else (),
        is_laid=laid is not None,
    )


def has_ids(file: FilePatch) -> bool:
    """Tell whether the mail names blob ids for this file."""
    return bool(file.old_id or file.new_id)


def _is_proven(file: FilePatch, old_blob: str | None, new_blob: str | None) -> bool:
    """Tell whether the mail's ids are those of both blobs; one that it does not name proves nothing."""
    outcome = file.new_id if new_blob is not None else file.old_id
    return bool(outcome) and _agrees(file.old_id, old_blob) and _agrees(file.new_id, new_blob)


def _agrees(stated: str | None, blob: str | None) -> bool:
    """Tell whether an id of an ``index`` line is that of *blob*; all zeros stand for no file."""
    if not stated or not stated.strip("0"):
        return blob is None or not stated
    return blob is not None and blob.startswith(stated)
