# SPDX-License-Identifier: GPL-2.0-or-later
"""How far an aligned hunk may be from the hunk as sent before it counts as having no place.

Three measures. Most of the telling lines must have been found. Few lines of the base may lie between them that
the hunk does not have. And each change must touch what was found: in a hunk that came whole the lines on both
sides of it, as a three-way merge asks; in a hunk that was cut, one side, as long as nothing in the base stands
between the two, for then it would be open on which side of that the change belongs.
"""

from collections.abc import Iterator, Sequence

from kpatchlint.patch.records import Hunk, LineKind
from kpatchlint.tree.basetext import BaseText, Level
from kpatchlint.tree.spot import Spot, is_old, is_telling, lacks_context

_FOUND_MIN = {True: 3, False: 2}  # by Hunk.complete: a whole hunk that differs from the base has no excuse
_SKIPPED_MAX = 2
_FOUND_SHARE = {True: 3 / 4, False: 2 / 3}


def is_credible(hunk: Hunk, spot: Spot, base: BaseText) -> bool:
    """Tell whether *spot* is close enough to the hunk to be its place."""
    telling = [i for i, line in enumerate(hunk.lines) if is_old(line) and is_telling(line.text)]
    found = sum(spot.rows[i] >= 0 for i in telling)
    if found < _FOUND_MIN[hunk.complete] or found < _FOUND_SHARE[hunk.complete] * len(telling):
        return False
    if _count_skipped(spot, base) > _SKIPPED_MAX + _count_cut(hunk):
        return False
    return all(_is_anchored(hunk, spot, base, run) for run in _change_runs(hunk, spot))


def _count_skipped(spot: Spot, base: BaseText) -> int:
    """Base lines, blank ones aside, that lie inside the hunk but are none of its lines."""
    found = {row for row in spot.rows if row >= 0}
    keys = base.keys(Level.FOLDED)
    return sum(bool(keys[row]) for row in range(min(found), max(found)) if row not in found)


def _count_cut(hunk: Hunk) -> int:
    """Old lines that the hunk had by its ``@@`` line and does not show."""
    return max(0, (hunk.old_count or 0) - sum(map(is_old, hunk.lines)))


def _change_runs(hunk: Hunk, spot: Spot) -> Iterator[range]:
    """Runs of hunk lines that change something."""
    start = None
    for i, line in enumerate(hunk.lines):
        is_change = line.kind is not LineKind.CONTEXT and i not in spot.kept
        if is_change and line.kind is LineKind.ADDED and spot.rows[i] >= 0:
            is_change = False
        if is_change and start is None:
            start = i
        elif not is_change and start is not None:
            yield range(start, i)
            start = None
    if start is not None:
        yield range(start, len(hunk.lines))


def _is_anchored(hunk: Hunk, spot: Spot, base: BaseText, run: range) -> bool:
    removed = [spot.rows[i] for i in run if spot.rows[i] >= 0]
    if removed and removed[-1] - removed[0] + 1 != len(removed):
        return False
    above = _row_above(hunk, spot, run)
    below = _row_below(hunk, spot, run)
    first = removed[0] if removed else below
    last = removed[-1] if removed else above
    touches_above = above is not None and first is not None and _is_next(base, above, first, hunk.complete)
    touches_below = below is not None and last is not None and _is_next(base, last, below, hunk.complete)
    needs_top, needs_end = lacks_context(hunk)
    if hunk.complete:
        at_top = run.start == 0 and first == 0 if needs_top else run.start == 0
        at_end = run.stop == len(hunk.lines) and (last == len(base.lines) - 1 if needs_end else True)
        return (touches_above or at_top) and (touches_below or at_end)
    if above is not None and below is not None:
        return touches_above or touches_below
    return bool(removed) or (above if run.stop == len(hunk.lines) else below if run.start == 0 else above) is not None


def _row_above(hunk: Hunk, spot: Spot, run: range) -> int | None:
    return _first_found(spot.rows, range(run.start - 1, max(-1, run.start - 1 - _reach(hunk)), -1))


def _row_below(hunk: Hunk, spot: Spot, run: range) -> int | None:
    return _first_found(spot.rows, range(run.stop, min(len(hunk.lines), run.stop + _reach(hunk))))


def _reach(hunk: Hunk) -> int:
    """How many lines away from a change a found line may be: the very next one, or one more in a cut hunk."""
    return 1 if hunk.complete else 2


def _first_found(rows: Sequence[int], candidates: range) -> int | None:
    return next((rows[i] for i in candidates if rows[i] >= 0), None)


def _is_next(base: BaseText, low: int, high: int, is_strict: bool) -> bool:
    """Tell whether nothing stands between two base lines; in a cut hunk blank lines may."""
    between = base.keys(Level.FOLDED)[low + 1 : high]
    return low < high and not (between if is_strict else any(between))
