# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches become the set of lines that they change, which tells a quote of them from a proposal of its own."""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from kpatchlint.patch.records import LineKind, Patch

# A changed line: the file (None: of any), whether it is added or removed, its text without white space.
ChangedLine: TypeAlias = tuple[str | None, LineKind, bytes]


def changed_lines(patches: Iterable[Patch]) -> frozenset[ChangedLine]:
    """Every line that *patches* add or remove, under its file and under no file, as quotes often lose the header."""
    lines = [line for patch in patches for line in _lines(patch)]
    return frozenset((*lines, *((None, kind, text) for _, kind, text in lines)))


def repeats(patch: Patch, known: frozenset[ChangedLine]) -> bool:
    """Whether *patch* changes something, and nothing that is not in *known*: then it is a quote."""
    lines = set(_lines(patch))
    return bool(lines) and lines <= known


def _lines(patch: Patch) -> Iterator[ChangedLine]:
    for file in patch.files:
        for hunk in file.hunks:
            for line in hunk.lines:
                text = b"".join(line.text.split())
                if line.kind is not LineKind.CONTEXT and text:
                    yield file.path, line.kind, text
