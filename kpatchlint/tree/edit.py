# SPDX-License-Identifier: GPL-2.0-or-later
"""Placed hunks become edits of the base, and edits become the patched file."""

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence

import msgspec

from kpatchlint.patch.records import Hunk, LineKind
from kpatchlint.tree.spot import Spot

Repair = Callable[[bytes], bytes]


class Edit(msgspec.Struct, frozen=True):
    """Base lines from ``at`` (from 0) on: ``removed`` of them go, ``added`` (with line ends) come in their place."""

    at: int
    removed: int
    added: tuple[bytes, ...]


class Edited(msgspec.Struct, frozen=True):
    """The patched file; line numbers count from 1."""

    content: bytes
    added_lines: frozenset[int]
    removed_lines: frozenset[int]


def build_edits(hunk: Hunk, spot: Spot, repair: Repair, *, is_late: bool = False) -> list[Edit]:
    """What a placed hunk changes; its context is left to the base.

    Added lines stand directly behind the last line before them that the base has. Where the mail lost a blank
    line between them and the next, *is_late* puts them directly before that next line instead.
    """
    edits: list[Edit] = []
    position = next((row for row in spot.rows if row >= 0), spot.start)
    removed, added = 0, []
    for i, (line, row) in enumerate(zip(hunk.lines, spot.rows, strict=True)):
        if row < 0:
            if line.kind is LineKind.ADDED:
                added.append(repair(line.text) + (b"" if line.no_newline else b"\n"))
            continue
        is_removed = line.kind is LineKind.REMOVED and i not in spot.kept
        if is_removed and row == position + removed:
            removed += 1
            continue
        if removed or added:
            edits.append(Edit(row if is_late and not removed else position, removed, tuple(added)))
        position, removed, added = (row, 1, []) if is_removed else (row + 1, 0, [])
    if removed or added:
        edits.append(Edit(position, removed, tuple(added)))
    return edits


def find_clashes(edits_of: Sequence[Sequence[Edit]]) -> set[int]:
    """Indexes of hunks whose edits touch what an earlier hunk has already changed."""
    taken: list[tuple[int, int]] = []  # sorted, and apart from each other
    clashing = set()
    for index, edits in enumerate(edits_of):
        if any(_is_taken(edit, taken) for edit in edits):
            clashing.add(index)
        else:
            for edit in edits:
                insort(taken, (edit.at, edit.at + edit.removed))
    return clashing


def _is_taken(edit: Edit, taken: Sequence[tuple[int, int]]) -> bool:
    """Tell whether *edit* begins where another does or overlaps it: only the nearest on each side can be such."""
    end = edit.at + edit.removed
    after = bisect_left(taken, (edit.at, 0))
    if after < len(taken) and (taken[after][0] == edit.at or taken[after][0] < end):
        return True
    return after > 0 and taken[after - 1][1] > edit.at


def apply_edits(lines: Sequence[bytes], edits: Sequence[Edit]) -> Edited:
    """The file after *edits*, which must not overlap."""
    result: list[bytes] = []
    added_lines: set[int] = set()
    removed_lines: set[int] = set()
    position = 0
    for edit in sorted(edits, key=lambda edit: edit.at):
        result += lines[position : edit.at]
        added_lines.update(range(len(result) + 1, len(result) + len(edit.added) + 1))
        removed_lines.update(range(edit.at + 1, edit.at + edit.removed + 1))
        result += edit.added
        position = edit.at + edit.removed
    result += lines[position:]
    for i, line in enumerate(result[:-1]):
        if not line.endswith(b"\n"):  # only the last line of a file can lack its end
            result[i] = line + b"\n"
    return Edited(b"".join(result), frozenset(added_lines), frozenset(removed_lines))
