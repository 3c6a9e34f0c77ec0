# SPDX-License-Identifier: GPL-2.0-or-later
"""A place for a hunk in a file of the base, and the places that compare equal line by line."""

import msgspec

from kpatchlint.patch.records import DiffLine, Hunk, LineKind
from kpatchlint.tree.basetext import BaseText, Level, comparable
from kpatchlint.tree.budget import Budget

_STARTS_MAX = 200


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """One way to lay a hunk on a file.

    ``rows`` runs parallel to the hunk's lines: the position in the base of a line that is there, else -1.
    ``kept`` are indexes of lines whose sign turned out to be their own first character: context after all.
    ``cost`` counts what had to be bridged, 0 when nothing.
    """

    start: int  # position of the hunk's first base line
    rows: tuple[int, ...]
    level: Level
    cost: int = 0
    kept: frozenset[int] = frozenset()


def is_old(line: DiffLine) -> bool:
    """Tell whether the line claims to be in the base."""
    return line.kind is not LineKind.ADDED


def old_side(hunk: Hunk) -> list[bytes]:
    """The hunk's context and removed lines."""
    return [line.text for line in hunk.lines if is_old(line)]


def is_telling(text: bytes) -> bool:
    """Tell whether a line says anything of where it stands: not a blank, a brace or a comment's edge."""
    return sum(byte in b"_0123456789" or chr(byte).isalpha() for byte in text) >= 3


def find_spots(hunk: Hunk, base: BaseText, budget: Budget) -> list[Spot]:
    """All places where every context and removed line is found in one run, at the strictest level that has any.

    Of very many only those nearest to the stated line. What a place is worth when the old side says next to nothing
    is for the caller to judge.
    """
    old = old_side(hunk)
    for level in (Level.EXACT, Level.LINE_END, Level.FOLDED):
        starts = base.find_run([comparable(text, level) for text in old], level, budget)
        starts = _at_required_edge(hunk, starts, len(base.lines) - len(old))
        if len(starts) > _STARTS_MAX:
            stated = (hunk.old_start or 1) - 1
            starts = sorted(sorted(starts, key=lambda start: abs(start - stated))[:_STARTS_MAX])
        if starts:
            return [Spot(start=start, rows=_rows_from(hunk, start), level=level) for start in starts]
    return []


def find_spot_at(hunk: Hunk, base: BaseText, start: int) -> Spot | None:
    """The hunk at *start*, if all of its context and removed lines are there as they are."""
    old = old_side(hunk)
    if start < 0 or base.keys(Level.EXACT)[start : start + len(old)] != old:
        return None
    if start > len(base.lines) or not _at_required_edge(hunk, [start], len(base.lines) - len(old)):
        return None
    return Spot(start=start, rows=_rows_from(hunk, start), level=Level.EXACT)


def _at_required_edge(hunk: Hunk, starts: list[int], last_start: int) -> list[int]:
    """Only the file's edge will do where a whole hunk lacks context on that side (git apply.c match_beginning, _end).

    A hunk without any context (``diff -U0``) shows nothing by it.
    """
    needs_top, needs_end = lacks_context(hunk)
    if needs_top:
        starts = [start for start in starts if start == 0]
    if needs_end:
        starts = [start for start in starts if start == last_start]
    return starts


def lacks_context(hunk: Hunk) -> tuple[bool, bool]:
    """Whether a whole hunk begins, and whether it ends, without a context line although it has some."""
    if not hunk.complete or all(line.kind is not LineKind.CONTEXT for line in hunk.lines):
        return hunk.complete and hunk.old_start == 0, False
    first, last = hunk.lines[0], hunk.lines[-1]
    return first.kind is not LineKind.CONTEXT, last.kind is not LineKind.CONTEXT


def _rows_from(hunk: Hunk, start: int) -> tuple[int, ...]:
    rows = []
    for line in hunk.lines:
        rows.append(start if is_old(line) else -1)
        start += is_old(line)
    return tuple(rows)
