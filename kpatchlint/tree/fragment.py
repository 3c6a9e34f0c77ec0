# SPDX-License-Identifier: GPL-2.0-or-later
"""Hunks without a place become fragments: code to be read on its own."""

import re
from collections.abc import Iterator, Sequence

from kpatchlint.patch.records import DiffLine, Hunk, LineKind
from kpatchlint.tree.records import Fragment

_PATHS_NAMED = 3  # in one sentence
_NOT_CODE = re.compile(
    rb"""/\*.*?(?:\*/|\Z) | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""", re.VERBOSE | re.DOTALL
)


def extract_fragment(hunk: Hunk, path: str | None) -> Fragment | None:
    """What *hunk* adds, or None when it adds nothing.

    Added lines that close every brace they open stand alone, as a whole function does. Else the context goes with
    them, since what an added line means hangs on the code around it.
    """
    added = [line for line in hunk.lines if line.kind is LineKind.ADDED]
    if not any(line.text.strip() for line in added):
        return None
    if has_whole_block(_join(added)):
        lines: Sequence[DiffLine] = added
    else:
        lines = [line for line in hunk.lines if line.kind is not LineKind.REMOVED]
    code = _join(lines)
    return Fragment(code=code, lines=tuple(line.mail_line for line in lines), path=path, is_closed=is_closed(code))


def place_notes(fragments: Sequence[Fragment]) -> Iterator[str]:
    """Where the lines of code without a place are counted from, in a sentence or two."""
    paths = sorted({fragment.path for fragment in fragments if fragment.path})
    more = f" and {len(paths) - _PATHS_NAMED} more" if len(paths) > _PATHS_NAMED else ""
    if paths:
        yield f"code without a place is read as if it stood at the end of {', '.join(paths[:_PATHS_NAMED])}{more}"
    if any(fragment.path is None for fragment in fragments):
        yield "code without a file is read on its own"


def is_closed(code: bytes) -> bool:
    """Tell whether every brace that *code* opens is closed in it, and none is closed that it did not open."""
    depth = 0
    for byte in _NOT_CODE.sub(b" ", code):
        depth += (byte == 0x7B) - (byte == 0x7D)
        if depth < 0:
            return False
    return depth == 0


def count_open_braces(code: bytes) -> int:
    """Braces that *code* opens less those that it closes."""
    bare = _NOT_CODE.sub(b" ", code)
    return bare.count(b"{") - bare.count(b"}")


def has_whole_block(code: bytes) -> bool:
    """Tell whether *code* holds a brace block, and no half of one."""
    return b"{" in code and is_closed(code)


def _join(lines: Sequence[DiffLine]) -> bytes:
    return b"".join(line.text + b"\n" for line in lines)
