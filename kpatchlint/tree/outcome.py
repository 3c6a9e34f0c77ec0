# SPDX-License-Identifier: GPL-2.0-or-later
"""Hunks that have their places become the patched file, damage undone."""

from collections.abc import Iterator, Mapping

import msgspec

from kpatchlint.patch.records import FilePatch, LineKind
from kpatchlint.tree.basetext import BaseText
from kpatchlint.tree.budget import Budget
from kpatchlint.tree.edit import Edited, Repair, apply_edits, build_edits
from kpatchlint.tree.proof import is_own_outcome, may_prove_outcome
from kpatchlint.tree.repair import Pair, is_undamaged, keep, rank_repairs
from kpatchlint.tree.spot import Spot


class Outcome(msgspec.Struct, frozen=True):
    """The patched file. ``is_explained``: what the mail did to white space is understood, or proven to be undone."""

    edited: Edited
    is_proven: bool = False
    is_explained: bool = True


class Placing(msgspec.Struct, frozen=True):
    """Hunks of one file and their places, by index of the hunk; who fills ``spots`` may take some out again."""

    file: FilePatch
    base: BaseText
    spots: Mapping[int, Spot]
    budget: Budget

    def build_outcome(self) -> Outcome:
        """The content that the mail's blob id proves; without such proof the likeliest."""
        likeliest = None
        for repair, is_explained in self._repairs():
            for is_late in (False, True) if self.is_bridged else (False,):
                if likeliest is not None and not self.budget.spend_bytes(len(self.base.content)):
                    return likeliest
                edited = self._edit(repair, is_late)
                if is_own_outcome(self.file, edited.content):
                    return Outcome(edited, is_proven=True)
                likeliest = likeliest or Outcome(edited, is_explained=is_explained)
            if not may_prove_outcome(self.file):
                break
        return likeliest or Outcome(apply_edits(self.base.lines, []))

    @property
    def is_bridged(self) -> bool:
        """Whether a hunk fits only across lines that the mail or the content lacks."""
        return any(spot.cost for spot in self.spots.values())

    def _edit(self, repair: Repair, is_late: bool) -> Edited:
        edits = [
            edit
            for i, spot in self.spots.items()
            for edit in build_edits(self.file.hunks[i], spot, repair, is_late=is_late)
        ]
        return apply_edits(self.base.lines, edits)

    def _repairs(self) -> Iterator[tuple[Repair, bool]]:
        """Repairs to try, likeliest first, and whether each explains the context. Undamaged mail needs no search."""
        pairs = list(self._pairs())
        added = [line.text for i in self.spots for line in self.file.hunks[i].lines if line.kind is LineKind.ADDED]
        if is_undamaged(pairs, added):
            yield keep, True
        explaining, others = rank_repairs(pairs, added)
        if not explaining:
            yield keep, False
        for repair in explaining:
            yield repair, True
        for repair in others:
            yield repair, False

    def _pairs(self) -> Iterator[Pair]:
        """Lines as the mail and as the base has them; none for a line whose sign was text."""
        for i, spot in self.spots.items():
            for at, (line, row) in enumerate(zip(self.file.hunks[i].lines, spot.rows, strict=True)):
                if row >= 0 and at not in spot.kept:
                    yield Pair(line.text, self.base.text(row), line.kind is LineKind.CONTEXT)
