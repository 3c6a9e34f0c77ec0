# SPDX-License-Identifier: GPL-2.0-or-later
"""A placed file becomes the lines of its diff, as a reply quotes them."""

from dataclasses import dataclass

from kpatchlint.text.clean import decode
from kpatchlint.tree.records import PlacedFile

_ABOVE = 6  # lines quoted above the one that a remark is about


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """One line of a diff: "+", "-" or " ", its text, and its number (from 1) in the file after the patch, or None."""

    mark: str
    text: str
    number: int | None


@dataclass(frozen=True, slots=True)
class Quote:
    """The lines of a diff down to one that a remark stands under; ``is_joined``: they follow the quote before."""

    lines: tuple[QuotedLine, ...]
    is_joined: bool


def diff_lines(file: PlacedFile) -> tuple[QuotedLine, ...]:
    """The whole file as one hunk: what the patch adds and takes away where it does so, the rest as context."""
    before, after = _lines(file.before), _lines(file.after)
    lines: list[QuotedLine] = []
    old = new = 1
    while old <= len(before) or new <= len(after):
        if old <= len(before) and (old in file.removed_lines or new > len(after)):
            lines.append(QuotedLine("-", before[old - 1], None))
            old += 1
        elif new in file.added_lines or old > len(before):
            lines.append(QuotedLine("+", after[new - 1], new))
            new += 1
        else:
            lines.append(QuotedLine(" ", after[new - 1], new))
            old, new = old + 1, new + 1
    return tuple(lines)


def quote_lines(file: PlacedFile, numbers: set[int]) -> dict[int, Quote]:
    """For each line *number* of the file after the patch what to quote before a remark on it, nearest lines last."""
    lines = diff_lines(file)
    quotes: dict[int, Quote] = {}
    shown = 0
    for index, line in enumerate(lines):
        if line.number in numbers:
            start = max(shown, _first(lines, index))
            quotes[line.number] = Quote(lines[start : index + 1], is_joined=start == shown and shown > 0)
            shown = index + 1
    return quotes


def _first(lines: tuple[QuotedLine, ...], index: int) -> int:
    """Where a quote begins: some lines above, or further up where the change begins that the line belongs to."""
    start = index
    while start > 0 and index - start < 2 * _ABOVE and lines[start].mark != " ":
        start -= 1
    return max(min(start, index - _ABOVE), 0)


def _lines(content: bytes | None) -> list[str]:
    if not content:
        return []
    return decode(content).removesuffix("\n").split("\n")
