# SPDX-License-Identifier: GPL-2.0-or-later
"""A mail's body becomes lines with their quote depth told apart from their text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_MARKS = re.compile(rb">(?: ?>)*")


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
    return BodyLine(number, marks[0].count(b">"), rest[1:] if is_padded else rest, is_padded)


def group_by_depth(lines: Iterable[BodyLine]) -> dict[int, list[BodyLine]]:
    """Lines of each depth in their order, depths in the order of their first line."""
    found: dict[int, list[BodyLine]] = {}
    for line in lines:
        found.setdefault(line.depth, []).append(line)
    return found
