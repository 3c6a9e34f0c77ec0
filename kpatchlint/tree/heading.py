# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a place agrees with the function that the ``@@`` line names."""

import re

from kpatchlint.patch.records import Hunk
from kpatchlint.tree.basetext import BaseText, Level, fold
from kpatchlint.tree.spot import Spot, is_telling, lacks_context, old_side

_HEADING = re.compile(rb"[A-Za-z_$]")
_LABEL = re.compile(rb"[A-Za-z_]\w*:\s*(?:$|/[/*])")
_TELLING_MIN = 2


def is_below_heading(hunk: Hunk, spot: Spot, base: BaseText) -> bool:
    """Tell whether git would name for *spot* what the hunk's ``@@`` line names.

    That is the nearest line above that starts a definition (xdiff-interface.c def_ff). Of a cut hunk the first
    lines may be missing, and the definition may be among them.
    """
    section = fold(hunk.section.encode(errors="surrogateescape"))
    cut = max(0, (hunk.old_count or 0) - len(old_side(hunk)))
    return any(fold(_find_heading(base, start)).startswith(section) for start in {spot.start, spot.start - cut})


def is_trusted(hunk: Hunk, spot: Spot, base: BaseText) -> bool:
    """Tell whether a place may be taken although no line number speaks for it."""
    telling_count = sum(is_telling(text) for text in old_side(hunk))
    if telling_count < _TELLING_MIN and not any(lacks_context(hunk)):
        return False
    return is_below_heading(hunk, spot, base) or not _has_heading(hunk, base)


def _find_heading(base: BaseText, position: int) -> bytes:
    for at in range(position - 1, -1, -1):
        line = base.lines[at]
        if _HEADING.match(line) and not _LABEL.match(line):
            return line
    return b""


def _has_heading(hunk: Hunk, base: BaseText) -> bool:
    """Tell whether what the hunk names is a definition of this file; git cuts the name at 80 bytes."""
    section = fold(hunk.section.encode(errors="surrogateescape"))
    lines = zip(base.lines, base.keys(Level.FOLDED), strict=True)
    return any(key.startswith(section) and _HEADING.match(line) is not None for line, key in lines)
