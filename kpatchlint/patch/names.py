# SPDX-License-Identifier: GPL-2.0-or-later
"""The file names of a diff header become paths from the top of the tree."""

import re

import msgspec

# Top of a kernel tree, to tell "arch/arm64/x.c" (no prefix) from "linux-5.4/arch/arm64/x.c" (one prefix).
_TOP_FOLDERS = frozenset(
    {"Documentation", "LICENSES", "arch", "block", "certs", "crypto", "drivers", "fs", "include", "init", "io_uring"}
    | {"ipc", "kernel", "lib", "mm", "net", "rust", "samples", "scripts", "security", "sound", "tools", "usr", "virt"}
)
_PREFIXES = frozenset("abciow")  # git's diff.mnemonicPrefix: commit, index, object, work tree; 1/ and 2/ are rare
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_LETTERS = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_TIMESTAMP = re.compile(rb"(?:\t| {2,}|\s+(?=\(|\d{4}-\d\d-\d\d|[A-Z][a-z]{2} [A-Z][a-z]{2} )).*$")
DEV_NULL = "/dev/null"


class NamePair(msgspec.Struct, frozen=True):
    """Old and new path of one file, None for /dev/null."""

    old: str | None
    new: str | None


def unquote_name(raw: bytes) -> str:
    """Undo git's C quoting (core.quotePath). Bytes that are not UTF-8 become surrogates, as the file system has it."""
    quoted = _QUOTED.fullmatch(raw.strip())
    plain = _ESCAPE.sub(_unescape, quoted[1]) if quoted else raw
    return plain.decode("utf-8", errors="surrogateescape")


def _unescape(match: re.Match[bytes]) -> bytes:
    code = match[1]
    if len(code) == 3:
        return bytes([int(code, 8) & 0xFF])
    return _LETTERS.get(code, code)


def parse_marker_name(raw: bytes) -> str:
    """The name on a ``---`` or ``+++`` line, without the time stamp or revision that follows it."""
    text = raw.rstrip(b"\r\n")
    quoted = _QUOTED.match(text)
    return unquote_name(quoted[0] if quoted else _TIMESTAMP.sub(b"", text).strip())


def split_git_names(raw: bytes) -> tuple[str, str] | None:
    """The two names after ``diff --git``, prefixes kept; None when they cannot be told apart.

    Unquoted names may hold blanks; then git itself relies on both being the same but for the prefix.
    """
    text = raw.strip()
    if text.startswith(b'"'):
        first = _QUOTED.match(text)
        return (unquote_name(first[0]), unquote_name(text[first.end() :].strip())) if first else None
    if text.endswith(b'"') and b' "' in text:
        first_name, _, second = text.partition(b' "')
        return unquote_name(first_name), unquote_name(b'"' + second)
    words = text.split(b" ")
    if len(words) == 2:
        return unquote_name(words[0]), unquote_name(words[1])
    half = len(words) // 2
    first_half, second_half = b" ".join(words[:half]), b" ".join(words[half:])
    if len(words) % 2 == 0 and first_half.partition(b"/")[2] == second_half.partition(b"/")[2]:
        return unquote_name(first_half), unquote_name(second_half)
    return None


def strip_prefixes(old: str, new: str) -> NamePair:
    """Take ``a/`` and ``b/``, or a tree's folder name, off both names; ``.orig`` off the old one."""
    if old == DEV_NULL or new == DEV_NULL:
        return NamePair(_strip_lone(old), _strip_lone(new))
    old_head, _, old_tail = old.partition("/")
    new_head, _, new_tail = new.partition("/")
    if not old_tail or not new_tail or (old_head == new_head and old_head in _TOP_FOLDERS):
        return NamePair(old.removesuffix(".orig") if old != new else old, new)
    same_tail = old_tail.removesuffix(".orig") == new_tail
    if (old_head in _PREFIXES and new_head in _PREFIXES) or same_tail:
        return NamePair(new_tail if same_tail else old_tail, new_tail)
    return NamePair(old, new)


def _strip_lone(name: str) -> str | None:
    """A name beside /dev/null, where nothing but the name itself tells whether it has a prefix."""
    if name == DEV_NULL:
        return None
    head, _, tail = name.partition("/")
    return name if not tail or head in _TOP_FOLDERS else tail
