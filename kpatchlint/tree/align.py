# SPDX-License-Identifier: GPL-2.0-or-later
"""Hunks that lost lines or gained some on their way are aligned with the base at the least cost.

What is bridged, and what for (MAIL.md A, B, C): a blank context line glued to the next one or dropped; a line
that a reviewer trimmed; a context line that has changed since; a comment read as context; a long line broken in
two; a context line whose own first character was taken for a sign. Removed lines must all be there.
What is too far from the hunk as sent is not a place (credible.py).
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from kpatchlint.patch.records import DiffLine, Hunk, LineKind
from kpatchlint.tree.basetext import BaseText, Level, fold
from kpatchlint.tree.budget import Budget
from kpatchlint.tree.credible import is_credible
from kpatchlint.tree.spot import Spot, is_old, is_telling

_BLANK = 1  # a blank line that only one side has
_SIGN = 1  # a sign that is part of the text
_JOIN = 2  # a line broken in two
_MISSING = 3  # a base line that the hunk lacks
_EXTRA = 4  # a context line that the base lacks
_NEVER = 1 << 30

_COMMON = 20  # a line that is in the file more often says nothing of where a hunk belongs
_SITES = 8
_CELL_COST = 10  # against the comparison of two lines
_BAND_MAX = 40
_MARGIN = 3  # another site must cost this much more, else the place is not sure


def find_aligned_spots(hunk: Hunk, base: BaseText, budget: Budget) -> list[Spot]:
    """The places where the hunk fits once its damage is bridged, at most those within the margin of the cheapest."""
    old_count = sum(is_old(line) for line in hunk.lines)
    missing = max(0, (hunk.old_count or 0) - old_count)
    band = min(_BAND_MAX, missing + 6)
    found: dict[tuple[int, ...], Spot] = {}
    for site in _find_sites(hunk, base, band):
        if not budget.spend_cells(_CELL_COST * (len(hunk.lines) + 1) * (2 * band + 1)):
            break
        spot = _Alignment(hunk, base, site, band).solve()
        if spot is not None and is_credible(hunk, spot, base):
            found[spot.rows] = spot
    cheapest = min((spot.cost for spot in found.values()), default=0)
    return [spot for spot in found.values() if spot.cost < cheapest + _MARGIN]


def _find_sites(hunk: Hunk, base: BaseText, band: int) -> Iterator[int]:
    """Likely positions of the hunk's first old line: those for which most telling lines speak, best first."""
    votes: Counter[int] = Counter()
    row = 0
    for line in hunk.lines:
        if is_old(line):
            positions = base.positions(fold(line.text), Level.FOLDED) if is_telling(line.text) else []
            if len(positions) <= _COMMON:
                votes.update(at - row for at in positions)
            row += 1
    taken: list[int] = []
    for site, _ in sorted(votes.items(), key=lambda vote: (-vote[1], vote[0])):
        if len(taken) == _SITES:
            return
        if all(abs(site - other) > band // 2 for other in taken):
            taken.append(site)
            yield site


class _Step(msgspec.Struct, frozen=True):
    """One move of the alignment: the hunk and base lines it takes, its cost, and whether they are the same line."""

    hunk: int
    base: int
    cost: int
    is_match: bool = False
    is_kept: bool = False


_SKIP_BLANK_BASE = _Step(0, 1, _BLANK)
_SKIP_BASE = _Step(0, 1, _MISSING)
_SKIP_BLANK_LINE = _Step(1, 0, _BLANK)
_SKIP_LINE = _Step(1, 0, _EXTRA)
_ADD = _Step(1, 0, 0)
_MATCH = _Step(1, 1, 0, is_match=True)
_MATCH_BROKEN = _Step(2, 1, _JOIN, is_match=True)
_MATCH_SIGN = _Step(1, 1, _SIGN, is_match=True, is_kept=True)


class _Alignment:
    """Least-cost alignment of one hunk around one site, in a band, with free ends on the base's side."""

    def __init__(self, hunk: Hunk, base: BaseText, site: int, band: int) -> None:
        self.lines: Sequence[DiffLine] = hunk.lines
        self.folded = [fold(line.text) for line in hunk.lines]
        self.keys = base.keys(Level.FOLDED)
        self.site = site
        self.band = band
        self.old_before = [0]
        for line in hunk.lines:
            self.old_before.append(self.old_before[-1] + is_old(line))

    def solve(self) -> Spot | None:
        """The cheapest alignment, the one nearest to the site when several cost the same; None when none is allowed."""
        costs: list[dict[int, int]] = [{} for _ in range(len(self.lines) + 1)]
        came: list[dict[int, _Step]] = [{} for _ in range(len(self.lines) + 1)]
        costs[0] = dict.fromkeys(self._columns(0), 0)
        for i, row in enumerate(costs):
            for j in self._columns(i):
                cost = row.get(j, _NEVER)
                if cost == _NEVER:
                    continue
                for step in self._steps(i, j):
                    self._relax(costs, came, (i, j), step)
        last = costs[-1]
        if not last:
            return None
        target = self.site + self.old_before[-1]
        end = min(last, key=lambda j: (last[j], abs(j - target), j))
        return self._trace(came, end, last[end])

    def _columns(self, i: int) -> range:
        """Base positions in the band for hunk line *i*."""
        middle = self.site + self.old_before[i]
        return range(max(0, middle - self.band), min(len(self.keys), middle + self.band) + 1)

    def _steps(self, i: int, j: int) -> Iterator[_Step]:
        key = self.keys[j] if j < len(self.keys) else None
        if 0 < i < len(self.lines) and key is not None:
            yield _SKIP_BASE if key else _SKIP_BLANK_BASE
        if i == len(self.lines):
            return
        line, text = self.lines[i], self.folded[i]
        if line.kind is LineKind.ADDED:
            yield _ADD
        elif text == key:
            yield _MATCH
        elif line.kind is LineKind.CONTEXT:
            yield _SKIP_LINE if text else _SKIP_BLANK_LINE
        if key is None:
            return
        sign = line.kind.value.encode()
        if line.kind is not LineKind.CONTEXT and key.startswith(sign) and fold(sign + line.text) == key:
            yield _MATCH_SIGN
        if text and key.startswith(text) and self._is_broken(i, key):
            yield _MATCH_BROKEN

    def _is_broken(self, i: int, key: bytes) -> bool:
        """Tell whether base line *key* is hunk lines i and i+1 in one."""
        if i + 1 == len(self.lines) or not is_old(self.lines[i]) or self.lines[i + 1].kind is not LineKind.CONTEXT:
            return False
        rest = self.folded[i + 1]
        return bool(rest) and key in (self.folded[i] + rest, self.folded[i] + b" " + rest)

    @staticmethod
    def _relax(costs: list[dict[int, int]], came: list[dict[int, _Step]], at: tuple[int, int], step: _Step) -> None:
        i, j = at[0] + step.hunk, at[1] + step.base
        cost = costs[at[0]][at[1]] + step.cost
        if cost < costs[i].get(j, _NEVER):
            costs[i][j] = cost
            came[i][j] = step

    def _trace(self, came: list[dict[int, _Step]], end: int, cost: int) -> Spot | None:
        rows = [-1] * len(self.lines)
        kept = set()
        i, j = len(self.lines), end
        while i > 0:
            step = came[i][j]
            i, j = i - step.hunk, j - step.base
            if step.is_match:
                rows[i] = j
                if step.is_kept:
                    kept.add(i)
        start = next((row for row in rows if row >= 0), None)
        if start is None:
            return None
        return Spot(start=start, rows=tuple(rows), level=Level.ALIGNED, cost=cost, kept=frozenset(kept))
