# SPDX-License-Identifier: GPL-2.0-or-later
"""One file of a patch is laid over its base content."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from kpatchlint.patch.records import FilePatch, FileStatus, Hunk, LineKind
from kpatchlint.tree.basetext import BaseText, Level
from kpatchlint.tree.budget import Budget
from kpatchlint.tree.choose import Choice, choose_spots
from kpatchlint.tree.content import compute_blob_id
from kpatchlint.tree.cut import is_cut_inside
from kpatchlint.tree.edit import Edited, build_edits, find_clashes
from kpatchlint.tree.outcome import Placing
from kpatchlint.tree.proof import is_own_base, is_proven
from kpatchlint.tree.records import PlacedFile
from kpatchlint.tree.repair import keep
from kpatchlint.tree.reverse import shows_outcome
from kpatchlint.tree.spot import Spot, old_side

_NO_CONTEXT = "has no context to find its place by"
_CLASHES = "changes what another hunk has changed already"
_CUT = "was cut inside its change: its code is read on its own"
_OTHER_SPACE = "white space of context lines differs from the tree; added lines stand as in the mail"


class Laid(msgspec.Struct, frozen=True, kw_only=True):
    """Hunks laid over one content: the result, the hunks left over, and what is to be said of it.

    ``is_bridged``: a hunk fits only across lines that the mail or the content lacks. ``cut`` as in PlacedFile.
    """

    edited: Edited
    is_bridged: bool = False
    unplaced: tuple[int, ...] = ()
    cut: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def lacks_places(self) -> bool:
        """Whether a hunk has no place here, as against one whose place is known but that was cut."""
        return len(self.unplaced) > len(self.cut)


class _Sorting(msgspec.Struct):
    """Hunks by what is to become of them: those with a spot are laid, the others left out for a reason."""

    spots: dict[int, Spot] = msgspec.field(default_factory=dict)
    reasons: dict[int, str] = msgspec.field(default_factory=dict)
    cut: list[int] = msgspec.field(default_factory=list)

    def leave_out(self, index: int, reason: str) -> None:
        """Take a hunk out; *reason* completes a sentence that begins with its name."""
        self.spots.pop(index, None)
        self.reasons[index] = reason


def lay_hunks(file: FilePatch, content: bytes, budget: Budget) -> Laid:
    """Lay the hunks of *file* over *content*; those without a place are left out."""
    base = BaseText(content)
    sorting = _sort_hunks(file, base, budget)
    placing = Placing(file, base, sorting.spots, budget)
    outcome = placing.build_outcome()
    if not outcome.is_proven:
        for i in [i for i, spot in sorting.spots.items() if is_cut_inside(file.hunks[i], spot)]:
            sorting.cut.append(i)
            sorting.leave_out(i, _CUT)
        outcome = placing.build_outcome() if sorting.cut else outcome
    notes = [f"{_name(i, file.hunks[i])} {reason}" for i, reason in sorted(sorting.reasons.items())]
    if not outcome.is_explained:
        notes.append(_OTHER_SPACE)
    if not outcome.is_proven:
        notes += [_describe_bridge(i, file.hunks[i], spot) for i, spot in sorting.spots.items() if spot.cost]
    return Laid(
        edited=outcome.edited,
        is_bridged=placing.is_bridged,
        unplaced=tuple(sorted(sorting.reasons)),
        cut=tuple(sorting.cut),
        notes=tuple(notes),
    )


def _sort_hunks(file: FilePatch, base: BaseText, budget: Budget) -> _Sorting:
    """Give each hunk its place in *base*, and leave out those that have none or that clash with an earlier one."""
    choices = choose_spots(file.hunks, base, budget, is_own_base=is_own_base(file, base.content))
    is_anchored = not base.lines or _is_anchored(file, base.content, choices)
    sorting = _Sorting()
    for i, (hunk, choice) in enumerate(zip(file.hunks, choices, strict=True)):
        if choice.spot is None:
            sorting.leave_out(i, _reason(hunk, base, choice, budget))
        elif not is_anchored:
            sorting.leave_out(i, _NO_CONTEXT)
        else:
            sorting.spots[i] = choice.spot
    order = list(sorting.spots)
    for clash in find_clashes([build_edits(file.hunks[i], sorting.spots[i], keep) for i in order]):
        sorting.leave_out(order[clash], _CLASHES)
    return sorting


def _is_anchored(file: FilePatch, content: bytes, choices: Sequence[Choice]) -> bool:
    """Tell whether anything but line numbers says that this is the right content for the hunks."""
    placed = [hunk for hunk, choice in zip(file.hunks, choices, strict=True) if choice.spot is not None]
    return any(old_side(hunk) for hunk in placed) or is_own_base(file, content)


def _name(index: int, hunk: Hunk) -> str:
    stated = f" (line {hunk.old_start})" if hunk.old_start is not None else ""
    return f"hunk {index + 1}{stated}"


def _describe_bridge(index: int, hunk: Hunk, spot: Spot) -> str:
    lost = sum(line.kind is not LineKind.ADDED and row < 0 for line, row in zip(hunk.lines, spot.rows, strict=True))
    which = f"{lost} of its lines not in the tree" if lost else "lines that only the tree has"
    return f"{_name(index, hunk)} was aligned with the tree across {which}"


def _reason(hunk: Hunk, base: BaseText, choice: Choice, budget: Budget) -> str:
    """Why there is no place; a hunk whose outcome is there is in the tree already."""
    new = [line.text for line in hunk.lines if line.kind is not LineKind.REMOVED]
    if not choice.open and shows_outcome(hunk) and base.find_run(new, Level.EXACT, budget):
        return "is in the tree already"
    return choice.reason


def describe_file(file: FilePatch, before: bytes | None, laid: Laid | None, digits: int) -> PlacedFile:
    """The record of one file. *laid* None: nothing of it was placed. *digits* is the length of the tree's blob ids."""
    after = None if laid is None or file.status is FileStatus.DELETED else laid.edited.content
    old_blob = None if before is None else compute_blob_id(before, digits)
    new_blob = None if after is None else compute_blob_id(after, digits)
    record = PlacedFile(
        path=file.path or "",
        old_path=file.old_path,
        status=file.status,
        before=before,
        after=after,
        old_blob=old_blob,
        new_blob=new_blob,
    )
    if laid is None:
        return replace(record, unplaced=tuple(range(len(file.hunks))), is_laid=False)
    return replace(
        record,
        proven=not laid.unplaced and is_proven(file, old_blob, new_blob),
        added_lines=laid.edited.added_lines,
        removed_lines=laid.edited.removed_lines,
        unplaced=laid.unplaced,
        cut=laid.cut,
        notes=laid.notes,
    )
