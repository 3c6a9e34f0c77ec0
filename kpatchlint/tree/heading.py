# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a place agrees with the function that the ``@@`` line names."""

from bisect import bisect_left

from kpatchlint.patch.records import Hunk
from kpatchlint.tree.basetext import BaseText, fold
from kpatchlint.tree.spot import Spot, is_telling, lacks_context, old_side

_TELLING_MIN = 2


def is_below_heading(hunk: Hunk, spot: Spot, base: BaseText) -> bool:
    """Tell whether git would name for *spot* what the hunk's ``@@`` line names.

    That is the nearest line above that starts a definition (xdiff-interface.c def_ff). Of a cut hunk the first
    lines may be missing, and the definition may be among them.
    """
    section = _section(hunk)
    cut = max(0, (hunk.old_count or 0) - len(old_side(hunk)))
    return any(_find_heading(base, start).startswith(section) for start in {spot.start, spot.start - cut})


def is_trusted(hunk: Hunk, spot: Spot, base: BaseText) -> bool:
    """Tell whether a place may be taken although no line number speaks for it."""
    telling_count = sum(is_telling(text) for text in old_side(hunk))
    if telling_count < _TELLING_MIN and not any(lacks_context(hunk)):
        return False
    return is_below_heading(hunk, spot, base) or not base.has_heading(_section(hunk))


def _find_heading(base: BaseText, position: int) -> bytes:
    headings = base.headings()
    at = bisect_left(headings, (position, b""))
    return headings[at - 1][1] if at > 0 else b""


def _section(hunk: Hunk) -> bytes:
    return fold(hunk.section.encode(errors="surrogateescape"))
