# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines of one quote depth, freed from what mailers did to all of them alike: padding, NBSP, format=flowed."""

import re
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from kpatchlint.mail.records import Mail
from kpatchlint.patch.markers import parse_hunk_header, split_marker
from kpatchlint.patch.quoting import BodyLine

_SHAPE = (b"diff --git ", b"@@ -", b"--- ", b"+++ ")
_NBSP = b"\xc2\xa0"
_NBSP_INDENT = re.compile(rb"^[ +-]?[ \t]*\xc2\xa0")
_JOINED = "lines wrapped by format=flowed were joined"
_WRAP_COLUMN = 66  # RFC 3676 asks for lines of at most 66 to 78 characters
_STUFFED = (b"  ", b" >", b" From ")


class MendedDepth(msgspec.Struct, frozen=True):
    """The lines of one depth, ready to be read as a diff.

    ``refolded`` are the numbers of the lines whose white space is not as the sender typed it.
    """

    depth: int
    lines: tuple[BodyLine, ...]
    refolded: frozenset[int] = frozenset()
    damage: tuple[str, ...] = ()
    is_flattened: bool = False


def mend_depth(lines: Sequence[BodyLine], depth: int, mail: Mail) -> MendedDepth:
    """Undo, for all lines of one depth, what stands between them and a diff; each undoing is told in ``damage``."""
    damage: list[str] = []
    mended = _unpad(lines) if depth else list(lines)
    refolded: frozenset[int] = frozenset()
    if any(_NBSP_INDENT.match(line.text) for line in mended):
        refolded = frozenset(line.number for line in mended if _NBSP in line.text)
        mended = [replace(line, text=line.text.replace(_NBSP, b" ")) for line in mended]
        damage.append("no-break spaces stand for white space")
    if mail.is_flowed:
        mended = _unflow(mended, mail, damage)
    return MendedDepth(depth, tuple(mended), refolded, tuple(damage), mail.is_flattened)


def _unpad(lines: Sequence[BodyLine]) -> list[BodyLine]:
    """Some mailers put no blank after their quote marks; then a diff's header stands right at the mark."""
    shape = [line for line in lines if line.text.startswith(_SHAPE)]
    bare = sum(not line.is_padded for line in shape)
    if not shape or 2 * bare <= len(shape):
        return list(lines)
    return [replace(line, text=line.unpadded, is_padded=False) for line in lines]


def _unflow(lines: list[BodyLine], mail: Mail, damage: list[str]) -> list[BodyLine]:
    """Undo RFC 3676 as far as a diff allows.

    A line that ends in a blank is softly broken, but a blank context line looks the same; so lines are joined only
    where the next one does not begin as a diff line does, or its first word did not fit on the line above.
    """
    if lines and lines[0].depth == 0 and _is_stuffed(lines):
        lines = [replace(line, text=line.text[1:]) if line.text[:1] == b" " else line for line in lines]
    joined: list[BodyLine] = []
    last_number = 0
    for line in lines:
        follows = line.number == last_number + 1
        last_number = line.number
        if joined and follows and _is_soft(joined[-1], line):
            above = joined[-1].text[:-1] if mail.is_delsp else joined[-1].text
            joined[-1] = replace(joined[-1], text=above + line.text)
            if joined[-1].text[:1] in (b"+", b"-", b" ") and _JOINED not in damage:
                damage.append(_JOINED)
        else:
            joined.append(line)
    return joined


def _is_stuffed(lines: Sequence[BodyLine]) -> bool:
    """Whether the sender's mailer put a blank before each line that begins with one.

    It did not when a line begins with one blank and then plain text: such a line is a context line as it is.
    """
    blank = [line.text for line in lines if line.text.startswith(b" ")]
    return (
        bool(blank)
        and all(text == b" " or text.startswith(_STUFFED) for text in blank)
        and any(text.startswith(b"  ") for text in blank)
    )


def _is_soft(above: BodyLine, line: BodyLine) -> bool:
    """Whether *line* goes on where *above* was broken: it is no diff line, or its first word did not fit up there."""
    text = above.text
    if not text.endswith(b" ") or text == b"-- " or not text.strip():
        return False
    if not line.text.strip() or parse_hunk_header(line.text) is not None:
        return False
    is_full = 2 * above.depth + len(text) + len(line.text.split()[0]) > _WRAP_COLUMN
    return is_full or split_marker(line.text) is None
