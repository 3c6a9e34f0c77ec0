# SPDX-License-Identifier: GPL-2.0-or-later
"""Each hunk of a file gets its one place, or the reason why it has none.

A place is never guessed. A hunk that fits once stands there, unless it has next to no context or names a function
that is elsewhere in the file: then a look-alike may have survived where the true place has changed. A hunk that
fits several times is decided by, in this order: its own line number, when the base is proven to be the patch's own
or every hunk of the file fits exactly at its number; the hunks before and after it, between which it must lie; the
shift that its nearest placed neighbour shows against the ``@@`` line; the function that the ``@@`` line names; the
one shift at which all open hunks fit. What is still open then stays open.
"""

from collections.abc import Sequence

import msgspec

from kpatchlint.patch.records import Hunk
from kpatchlint.tree.align import find_aligned_spots
from kpatchlint.tree.basetext import BaseText, Level
from kpatchlint.tree.budget import Budget
from kpatchlint.tree.heading import is_below_heading, is_trusted
from kpatchlint.tree.spot import Spot, find_spot_at, find_spots, is_telling, old_side

_HUNKS_MAX = 500  # of one file; the time to weigh them against each other grows with the square
_SPOTS_MAX = 50  # more places than that are told apart by nothing


class Choice(msgspec.Struct, frozen=True):
    """What was decided of one hunk: its place, or why it has none. ``open`` are the places between which it is open."""

    spot: Spot | None
    reason: str = ""
    open: tuple[Spot, ...] = ()


def choose_spots(hunks: Sequence[Hunk], base: BaseText, budget: Budget, *, is_own_base: bool = False) -> list[Choice]:
    """Decide on every hunk of one file, in the hunks' order.

    *is_own_base*: the base is proven to be the file that the patch was made on, so a hunk lies where it says.
    """
    stated = [find_spot_at(hunk, base, _stated_start(hunk) if base.lines else 0) for hunk in hunks]
    if all(spot is not None for spot in stated):
        return [Choice(spot) for spot in stated]
    candidates = [_candidates(hunk, base, budget, is_own_base) for hunk in hunks]
    settled: list[Spot | None] = [None] * len(hunks)
    neighbours = (_between_neighbours, _by_neighbours_shift)
    tie_breaks = (*neighbours, _by_heading, *neighbours, _by_common_shift) if len(hunks) <= _HUNKS_MAX else ()
    for tie_break in (_take_all, *tie_breaks):
        agrees_with_lines = tie_break in (_by_neighbours_shift, _by_common_shift)
        for i, hunk in enumerate(hunks):
            if settled[i] is None and candidates[i]:
                left = tie_break(_Open(i, hunk, candidates[i], hunks, settled, candidates, base))
                candidates[i] = left or candidates[i]
                if len(left) == 1 and (is_own_base or agrees_with_lines or is_trusted(hunk, left[0], base)):
                    settled[i] = left[0]
    return [_explain(hunk, spot, found) for hunk, spot, found in zip(hunks, settled, candidates, strict=True)]


class _Open(msgspec.Struct, frozen=True):
    """One undecided hunk with all that can decide it."""

    at: int
    hunk: Hunk
    spots: list[Spot]
    hunks: Sequence[Hunk]
    settled: Sequence[Spot | None]
    candidates: Sequence[list[Spot]]
    base: BaseText


def _candidates(hunk: Hunk, base: BaseText, budget: Budget, is_own_base: bool) -> list[Spot]:
    spots = find_spots(hunk, base, budget)
    if spots and not is_own_base and not any(is_telling(text) for text in old_side(hunk)):
        return [spot for spot in spots if spot.start == _stated_start(hunk) and spot.level is Level.EXACT]
    spots = spots or find_aligned_spots(hunk, base, budget)
    return [spot for spot in spots if _is_where_stated(hunk, spot)] if is_own_base else spots


def _is_where_stated(hunk: Hunk, spot: Spot) -> bool:
    """Tell whether a place is within the lines that the ``@@`` line names; a cut hunk may begin further down."""
    stated = _stated_start(hunk)
    return stated < 0 or stated <= spot.start <= stated + max(0, (hunk.old_count or 0) - len(old_side(hunk)))


def _stated_start(hunk: Hunk) -> int:
    """Position of the first old line by the ``@@`` line; -1 when there is none. ``-N,0`` means behind line N."""
    if hunk.old_start is None or (not old_side(hunk) and not hunk.complete):
        return -1
    return hunk.old_start if hunk.old_count == 0 else hunk.old_start - 1


def _shift(hunk: Hunk, spot: Spot | None) -> int | None:
    stated = _stated_start(hunk)
    return None if spot is None or stated < 0 else spot.start - stated


def _take_all(case: _Open) -> list[Spot]:
    return case.spots


def _between_neighbours(case: _Open) -> list[Spot]:
    before = [spot for spot in case.settled[: case.at] if spot is not None]
    after = [spot for spot in case.settled[case.at + 1 :] if spot is not None]
    low = max((max(spot.rows) for spot in before), default=-1)
    high = min((spot.start for spot in after), default=len(case.base.lines))
    return [spot for spot in case.spots if low < spot.start and max(spot.rows) < high]


def _by_neighbours_shift(case: _Open) -> list[Spot]:
    known = [_shift(hunk, spot) for hunk, spot in zip(case.hunks, case.settled, strict=True)]
    before = next((shift for shift in reversed(known[: case.at]) if shift is not None), None)
    after = next((shift for shift in known[case.at + 1 :] if shift is not None), None)
    wanted = {before, after} - {None}
    return [spot for spot in case.spots if _shift(case.hunk, spot) in wanted]


def _by_heading(case: _Open) -> list[Spot]:
    if not case.hunk.section or len(case.spots) > _SPOTS_MAX:
        return []
    return [spot for spot in case.spots if is_below_heading(case.hunk, spot, case.base)]


def _by_common_shift(case: _Open) -> list[Spot]:
    """The shift at which all hunks fit: none at all if that will do, else the only one there is, of several hunks."""
    shifts = [
        {shift for spot in found if (shift := _shift(hunk, spot)) is not None}
        for hunk, found in zip(case.hunks, case.candidates, strict=True)
        if found
    ]
    common = set.intersection(*shifts)
    if 0 not in common and (len(common) > 1 or len(shifts) < 2):
        return []
    wanted = 0 if 0 in common else next(iter(common), None)
    return [spot for spot in case.spots if wanted is not None and _shift(case.hunk, spot) == wanted]


def _explain(hunk: Hunk, spot: Spot | None, found: list[Spot]) -> Choice:
    if spot is not None:
        return Choice(spot)
    if len(found) > 1:
        count = "many" if len(found) > _SPOTS_MAX else len(found)
        return Choice(None, f"fits in {count} places equally well", tuple(found))
    if len(found) == 1:
        return Choice(None, "fits in one place only, but not where it says that it belongs", tuple(found))
    if not any(is_telling(text) for text in old_side(hunk)):
        return Choice(None, "has no context to find its place by")
    return Choice(None, "has no place: its context is not in the file")
