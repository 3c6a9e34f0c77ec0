# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines that give a diff its shape: hunk headers, signatures, the first column, and what ends a hunk for sure."""

import re
from collections.abc import Sequence

import msgspec

from kpatchlint.patch.quoting import BodyLine
from kpatchlint.patch.records import LineKind

_HUNK = re.compile(rb"\s*@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@(.*)$", re.DOTALL)
_VERSION = re.compile(rb"\d+\.\d+[\w.()+ -]{0,60}\r?$")
_KINDS = {b" ": LineKind.CONTEXT, b"+": LineKind.ADDED, b"-": LineKind.REMOVED}


class HunkHeader(msgspec.Struct, frozen=True):
    """The numbers of an ``@@`` line; a count that is not written is 1 (POSIX diff -u)."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    section: bytes


def parse_hunk_header(text: bytes) -> HunkHeader | None:
    """Read an ``@@ -1,7 +1,8 @@ section`` line, blanks before it allowed; None when it is something else."""
    if not text.lstrip().startswith(b"@@ -"):
        return None
    found = _HUNK.match(text)
    if found is None:
        return None
    old_start, old_count, new_start, new_count = (int(group) if group else 1 for group in found.groups()[:4])
    return HunkHeader(old_start, old_count, new_start, new_count, found[5].strip())


def split_marker(text: bytes) -> tuple[LineKind, bytes] | None:
    """Kind and code of a line that has its first column; an empty line is blank context, as GNU diff writes it."""
    if text in (b"", b"\r"):
        return LineKind.CONTEXT, text
    kind = _KINDS.get(text[:1])
    return None if kind is None else (kind, text[1:])


def is_no_newline(text: bytes) -> bool:
    """git's note that the line above is a file's last and has no line end; git translates the words."""
    return text.startswith(b"\\ ")


def is_signature(lines: Sequence[BodyLine], at: int) -> bool:
    """Whether a mail's signature begins at this line: ``-- `` with a version or no diff line below it."""
    if is_git_signature(lines, at):
        return True
    return lines[at].text == b"-- " and at + 1 < len(lines) and split_marker(lines[at + 1].text) is None


def is_git_signature(lines: Sequence[BodyLine], at: int) -> bool:
    """Whether git's own signature begins at this line: ``-- `` with git's version, or nothing, below it."""
    if not lines[at].text.startswith(b"--") or lines[at].text.rstrip() != b"--":
        return False
    return at + 1 >= len(lines) or bool(_VERSION.match(lines[at + 1].text))


def is_file_header(lines: Sequence[BodyLine], at: int) -> bool:
    """Whether another file of the diff begins at this line, in any of the forms that diff tools write."""
    text = lines[at].text
    if not text.startswith((b"diff ", b"diff --git", b"Index: ", b"--- ")):
        return False
    if text.startswith((b"diff --git ", b"diff --cc ", b"diff --combined ")):
        return True
    below = lines[at + 1].text if at + 1 < len(lines) else b""
    if text.rstrip() == b"diff --git":  # wrapped right behind it
        return below.startswith((b"a/", b'"a/'))
    if text.startswith(b"Index: "):
        return below.startswith((b"====", b"--- "))
    if text.startswith(b"diff -"):
        return below.startswith(b"--- ")
    return is_name_pair(lines, at) or is_trimmed_name_pair(lines, at)


def is_trimmed_name_pair(lines: Sequence[BodyLine], at: int) -> bool:
    """Whether ``--- a/X`` and ``+++ b/X`` follow each other here, though the ``@@`` line was trimmed away."""
    if at + 1 >= len(lines):
        return False
    old, new = lines[at].text.rstrip(), lines[at + 1].text.rstrip()
    return old.startswith(b"--- a/") and new.startswith(b"+++ b/") and old[6:] == new[6:]


def is_name_pair(lines: Sequence[BodyLine], at: int) -> bool:
    """Whether ``---``, ``+++`` and ``@@`` lines follow each other here, which no hunk's own lines do."""
    if at + 2 >= len(lines) or not lines[at].text.startswith(b"--- ") or not lines[at + 1].text.startswith(b"+++ "):
        return False
    return parse_hunk_header(lines[at + 2].text) is not None


def is_hunk_end(lines: Sequence[BodyLine], at: int) -> bool:
    """Whether a hunk that lacks lines is over here whatever its counts say."""
    text = lines[at].text
    return parse_hunk_header(text) is not None or is_file_header(lines, at) or is_signature(lines, at)
