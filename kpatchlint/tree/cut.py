# SPDX-License-Identifier: GPL-2.0-or-later
"""Hunks that were cut inside their change: their place may be known, but half a change must not be applied."""

from kpatchlint.patch.records import Hunk, LineKind
from kpatchlint.tree.fragment import count_open_braces
from kpatchlint.tree.spot import Spot

_CONTEXT_LINES = 3  # as every hunk has on each side


def is_cut_inside(hunk: Hunk, spot: Spot) -> bool:
    """Tell whether lines that *hunk* adds or removes are missing from it.

    As many old as new lines missing are context lines, and more than a margin's worth only when the braces of what
    is left agree. Half a function applied to a file would break all that stands below it.
    """
    if hunk.complete:
        return False
    missing = _count_missing(hunk, spot)
    if missing is None:
        return not _is_balanced(hunk, spot)
    missing_old, missing_new = missing
    return missing_old != missing_new or (missing_old > _CONTEXT_LINES and not _is_balanced(hunk, spot))


def _count_missing(hunk: Hunk, spot: Spot) -> tuple[int, int] | None:
    if hunk.old_count is None or hunk.new_count is None:
        return None
    kinds = [LineKind.CONTEXT if i in spot.kept else line.kind for i, line in enumerate(hunk.lines)]
    old = sum(kind is not LineKind.ADDED for kind in kinds)
    new = sum(kind is not LineKind.REMOVED for kind in kinds)
    return hunk.old_count - old, hunk.new_count - new


def _is_balanced(hunk: Hunk, spot: Spot) -> bool:
    changed = [line for i, line in enumerate(hunk.lines) if i not in spot.kept]
    added, removed = (
        count_open_braces(b"\n".join(line.text for line in changed if line.kind is kind))
        for kind in (LineKind.ADDED, LineKind.REMOVED)
    )
    return added == removed
