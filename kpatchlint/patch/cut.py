# SPDX-License-Identifier: GPL-2.0-or-later
"""What is left of a hunk that lacks lines: as far as its lines go before prose, a cut or the next part of the diff."""

from collections.abc import Sequence

from kpatchlint.patch.fill import Filled, Mends, Tally, is_bare, read_line
from kpatchlint.patch.markers import is_hunk_end, is_no_newline
from kpatchlint.patch.quoting import BodyLine, is_snip


def has_lost_column(lines: Sequence[BodyLine], at: int) -> bool:
    """Whether most context lines up to the next part of the diff have no blank in the first column."""
    bare = blank = 0
    for index in range(at, len(lines)):
        if is_hunk_end(lines, index):
            break
        blank += lines[index].text.startswith(b" ")
        bare += is_bare(lines, index)
        if blank:
            return False
    return bare > 0


def take_marked(lines: Sequence[BodyLine], at: int, mends: Mends) -> Filled:
    """The lines with a marker up to prose or the next part of the diff; blank lines at the end are not the diff's."""
    tally = Tally(0, 0)
    end = start = at
    for index in range(start, len(lines)):
        line = lines[index]
        if is_hunk_end(lines, index) or is_snip(line.text):
            break
        taken = read_line(line, mends)
        if is_no_newline(line.text):
            tally.end_without_newline()
        elif taken:
            tally.lines += taken
        elif not (mends.joins and _is_wrap_inside(lines, index) and tally.extend_last(line.text)):
            break
        end = index + 1
    while end > start and not lines[end - 1].text:
        tally.lines.pop()
        end -= 1
    return Filled(tuple(tally.lines), end)


def _is_wrap_inside(lines: Sequence[BodyLine], at: int) -> bool:
    """Whether a bare line is the rest of the line above: diff lines directly above and below it."""
    if at + 1 >= len(lines) or lines[at].number != lines[at - 1].number + 1:
        return False
    below = lines[at + 1]
    return below.number == lines[at].number + 1 and below.text[:1] in (b"+", b"-", b" ")
