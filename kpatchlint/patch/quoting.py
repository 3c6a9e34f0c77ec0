# SPDX-License-Identifier: GPL-2.0-or-later
"""A mail's body becomes lines with their quote depth told apart from their text."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

_MARKS = re.compile(rb">(?: ?>)*")
_SNIP = re.compile(
    rb"""\s*(?:
        [\[(<{*-]+ \s* (?:\.\.+ | snip\w* | cut(?!\ here) | trim\w* | skip\w* | \xe2\x80\xa6) .{0,40} [\])>}*-]+
      | \.\.\.+
      | \xe2\x80\xa6
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_DEPTH_MAX = 50  # people reach 10; what is deeper is taken together
_DIFF_COLUMN = (b"+", b"-", b" ")
_WRAP_COLUMN = 72  # mailers break lines there or a little further on


@dataclass(frozen=True, slots=True)
class BodyLine:
    """One line of a body.

    ``text`` is what follows the quote marks, less the one blank that mailers put after them when there is one
    (``is_padded``), and without its line end. ``number`` counts from 1.
    """

    number: int
    depth: int
    text: bytes
    is_padded: bool = False

    @property
    def unpadded(self) -> bytes:
        """The text for mailers that put no blank after the marks."""
        return b" " + self.text if self.is_padded else self.text


def split_quotes(body: bytes) -> list[BodyLine]:
    """Tell depth and text of each line. The depth is the number of ``>`` in the leading run of ``>`` and blanks.

    The run must begin with ``>``: a line that begins with a blank may be the context line of a diff.
    """
    lines = body.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    return [_split_line(number, line) for number, line in enumerate(lines, 1)]


def _split_line(number: int, line: bytes) -> BodyLine:
    marks = _MARKS.match(line)
    if marks is None:
        return BodyLine(number, 0, line)
    rest = line[marks.end() :]
    is_padded = rest.startswith(b" ")
    depth = min(marks[0].count(b">"), _DEPTH_MAX)
    return BodyLine(number, depth, rest[1:] if is_padded else rest, is_padded)


def rejoin_wrapped(lines: Sequence[BodyLine]) -> tuple[list[BodyLine], frozenset[int]]:
    """Undo the wrapping of quoted diff lines by the mailer that quoted them: the rest of such a line has lost its mark.

    Only a rest is taken whose first word would not have fitted on the line above it, with diff lines above and below.

    Returns:
        The lines, each rest put back, and the numbers of the lines that got one.
    """
    joined: list[BodyLine] = []
    mended: set[int] = set()
    for index, line in enumerate(lines):
        below = lines[index + 1] if index + 1 < len(lines) else None
        if joined and below is not None and _is_rest(joined[-1], line, below):
            joined[-1] = replace(joined[-1], text=joined[-1].text.rstrip(b" ") + b" " + line.text.strip())
            mended.add(joined[-1].number)
        else:
            joined.append(line)
    return joined, frozenset(mended)


def _is_rest(above: BodyLine, line: BodyLine, below: BodyLine) -> bool:
    if not above.depth == below.depth == line.depth + 1 or above.number + 1 != line.number:
        return False
    if above.text[:1] not in _DIFF_COLUMN or below.text[:1] not in _DIFF_COLUMN or not line.text.strip():
        return False
    first_word = line.text.split()[0]
    width = 2 * above.depth + len(above.text.expandtabs())
    return width + 1 + len(first_word) > _WRAP_COLUMN and len(line.text) < _WRAP_COLUMN // 2


def group_by_depth(lines: Iterable[BodyLine]) -> dict[int, list[BodyLine]]:
    """Lines of each depth in their order, depths in the order of their first line.

    Whoever cuts a quote says so at his own depth, so a "[...]" counts for all deeper ones too.
    """
    found: dict[int, list[BodyLine]] = {}
    for line in lines:
        found.setdefault(line.depth, []).append(line)
        if is_snip(line.text):
            for depth, group in found.items():
                if depth > line.depth:
                    group.append(line)
    return found


def is_snip(text: bytes) -> bool:
    """Whether a reader says here that lines were left out: ``[...]``, ``<snip>``."""
    return _SNIP.match(text) is not None
