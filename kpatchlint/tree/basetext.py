# SPDX-License-Identifier: GPL-2.0-or-later
"""One file of the base, ready for hunks to be looked up in it."""

import enum
import re
from bisect import bisect_left
from dataclasses import dataclass, field

from kpatchlint.tree.budget import Budget
from kpatchlint.tree.content import split_lines

_HEADING = re.compile(rb"[A-Za-z_$]")
_LABEL = re.compile(rb"[A-Za-z_]\w*:\s*(?:$|/[/*])")
_DOMAIN = re.compile(rb"@[A-Za-z0-9._-]+")
_NO_BREAK_SPACE = b"\xc2\xa0"


class Level(enum.IntEnum):
    """How much of a line must agree, strictest first."""

    EXACT = 0
    LINE_END = 1  # white space at the end of the line does not count, a CR among it
    FOLDED = 2  # no white space counts but as a separator, and a mail address may be masked
    ALIGNED = 3  # FOLDED, and lines that the mail lost or made up are bridged


def fold(text: bytes) -> bytes:
    """What is left of a line when a web archive has flattened it (white space run together, domains masked)."""
    folded = b" ".join(text.replace(_NO_BREAK_SPACE, b" ").split())
    if b"@" in folded:
        folded = _DOMAIN.sub(lambda found: b"@" + b"x" * (len(found[0]) - 1), folded)
    return folded


def comparable(text: bytes, level: Level) -> bytes:
    """The part of a line, without its ``\\n``, that *level* compares."""
    if level is Level.EXACT:
        return text
    return text.rstrip() if level is Level.LINE_END else fold(text)


@dataclass(slots=True)
class BaseText:
    """Lines of one file with an index per level, each made when it is first asked for.

    ``lines`` keep their line ends; all positions count from 0.
    """

    content: bytes
    lines: list[bytes] = field(init=False)
    _keys: dict[Level, list[bytes]] = field(init=False, default_factory=dict)
    _index: dict[Level, dict[bytes, list[int]]] = field(init=False, default_factory=dict)
    _headings: list[tuple[int, bytes]] | None = field(init=False, default=None)
    _heading_texts: list[bytes] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.lines = split_lines(self.content)

    def text(self, at: int) -> bytes:
        """Line *at* without its ``\\n``."""
        return self.lines[at].removesuffix(b"\n")

    def keys(self, level: Level) -> list[bytes]:
        """All lines as *level* compares them."""
        level = min(level, Level.FOLDED)
        if level not in self._keys:
            self._keys[level] = [comparable(line.removesuffix(b"\n"), level) for line in self.lines]
        return self._keys[level]

    def positions(self, key: bytes, level: Level) -> list[int]:
        """Where lines that compare as *key* are, ascending."""
        level = min(level, Level.FOLDED)
        if level not in self._index:
            index: dict[bytes, list[int]] = {}
            for at, line in enumerate(self.keys(level)):
                index.setdefault(line, []).append(at)
            self._index[level] = index
        return self._index[level].get(key, [])

    def find_run(self, wanted: list[bytes], level: Level, budget: Budget) -> list[int]:
        """Every position at which the lines *wanted*, as *level* compares them, follow each other.

        None when the budget is used up: even the rarest line was too frequent to compare all its places.
        """
        if not wanted:
            return []
        keys = self.keys(level)
        rarest = min(range(len(wanted)), key=lambda i: len(self.positions(wanted[i], level)))
        found = self.positions(wanted[rarest], level)
        if not budget.spend_cells(len(found) * len(wanted)):
            return []
        starts = (at - rarest for at in found)
        return [start for start in starts if start >= 0 and keys[start : start + len(wanted)] == wanted]

    def headings(self) -> list[tuple[int, bytes]]:
        """Position and folded text of each line that git would name after ``@@`` (xdiff-interface.c def_ff), in order.

        Labels are left out, as by git's driver for C that a kernel's .gitattributes asks for.
        """
        if self._headings is None:
            self._headings = [
                (at, fold(line))
                for at, line in enumerate(self.lines)
                if _HEADING.match(line) and not _LABEL.match(line)
            ]
        return self._headings

    def has_heading(self, start: bytes) -> bool:
        """Tell whether the folded text of any heading begins with *start*."""
        if self._heading_texts is None:
            self._heading_texts = sorted(text for _, text in self.headings())
        at = bisect_left(self._heading_texts, start)
        return at < len(self._heading_texts) and self._heading_texts[at].startswith(start)
