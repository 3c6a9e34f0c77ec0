# SPDX-License-Identifier: GPL-2.0-or-later
"""Comments in the source that silence a rule at one place become marks: ``/* kpatchlint: ignore=RULE why */``."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kpatchlint.findings.records import Finding

_WORD = b"kpatchlint:"
_MARK = re.compile(rb"(?:/\*|//|#|\*)[ \t]*kpatchlint:[ \t]*ignore=([\w,-]*)([^\n]{0,400})")
_COMMENT_LINE = re.compile(rb"[ \t]*(?:/\*|//|#[ \t]*kpatchlint:|\*(?:[ \t/]|$))")
_LINES_ABOVE = 8  # lines of comment that may stand between a mark and the code that it is about

Read = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Mark:
    """One such comment. ``line`` counts from 1; without a ``reason`` it silences nothing."""

    path: str
    line: int
    rules: tuple[str, ...]
    reason: str

    @property
    def where(self) -> str:
        """As compilers name a place."""
        return f"{self.path}:{self.line}"


def find_marks(source: bytes, path: str) -> Iterator[Mark]:
    """Every mark of a file or of a part of one, lines counted from the start of *source*."""
    at = source.find(_WORD)
    while at >= 0:
        start = source.rfind(b"\n", 0, at) + 1
        end = source.find(b"\n", at)
        end = len(source) if end < 0 else end
        mark = _parse(source[start:end], path, source.count(b"\n", 0, start) + 1)
        if mark is not None:
            yield mark
        at = source.find(_WORD, end)


class MarkReader:
    """Finds the marks that silence a finding in one version of a tree; each file is split once."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._lines: dict[str, list[bytes]] = {}

    def covering(self, finding: Finding) -> Mark | None:
        """The mark for *finding* at its line or at a step of its path, None when nothing silences it.

        It stands on that line or in the comment right above it, names the rule and gives a reason.
        """
        places = [(finding.path, finding.line), *((step.path, step.line) for step in finding.chain)]
        for path, line in dict.fromkeys(places):
            for mark in self._marks_at(path, line):
                if finding.rule in mark.rules and mark.reason:
                    return mark
        return None

    def _marks_at(self, path: str, line: int) -> Iterator[Mark]:
        lines = self._split(path)
        for number in _reach(lines, line):
            mark = _parse(lines[number - 1], path, number)
            if mark is not None:
                yield mark

    def _split(self, path: str) -> list[bytes]:
        """The lines of a file, none when there is no mark in it at all."""
        if path not in self._lines:
            source = self._read(path) or b""
            self._lines[path] = source.split(b"\n") if _WORD in source else []
        return self._lines[path]


def _reach(lines: list[bytes], line: int) -> Iterator[int]:
    """The line itself and those of the comment right above it, from 1."""
    if not 1 <= line <= len(lines):
        return
    yield line
    for number in range(line - 1, max(line - 1 - _LINES_ABOVE, 0), -1):
        if not _COMMENT_LINE.match(lines[number - 1]):
            return
        yield number


def _parse(text: bytes, path: str, line: int) -> Mark | None:
    found = _MARK.search(text)
    if found is None:
        return None
    names, rest = (group.decode(errors="replace") for group in found.groups())
    reason = " ".join(rest.partition("*/")[0].split())
    return Mark(path, line, tuple(name for name in names.split(",") if name), reason.strip("-:, "))
