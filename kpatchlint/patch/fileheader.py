# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines that name one file of a diff become a FilePatch without hunks (git's, svn's, quilt's and plain forms)."""

import re
from collections.abc import Sequence

import msgspec

from kpatchlint.patch.markers import (
    is_file_header,
    is_name_pair,
    is_signature,
    is_trimmed_name_pair,
    parse_hunk_header,
)
from kpatchlint.patch.names import NamePair, parse_marker_name, split_git_names, strip_prefixes, unquote_name
from kpatchlint.patch.quoting import BodyLine
from kpatchlint.patch.records import FilePatch, FileStatus

_INDEX = re.compile(rb"index ([0-9a-f]{4,64})\.\.([0-9a-f]{4,64})(?: ([0-7]{6}))?\s*$")
_COMBINED = re.compile(rb"diff --(?:cc|combined) (.*)$")
_BINARY_DATA = re.compile(rb"(?:literal|delta) \d+\s*$|[A-Za-z][0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{5,}\s*$")
_JOINED_INDEX = re.compile(rb" [0-9a-f]{4,64}\.\.[0-9a-f]{4,64}\b|\s*$")
_WRAPPED_NAMES = (b"a/", b"b/", b'"a/', b'"b/')
_STRAY_MAX = 3  # lines inside a file header that may mean nothing
_ZERO = re.compile(r"^0+$")


class ReadFile(msgspec.Struct, frozen=True):
    """One file's header, and the index of the first line below it."""

    file: FilePatch
    next: int
    damage: tuple[str, ...] = ()


class _Draft(msgspec.Struct):
    """What the header lines have said so far; names still have their prefixes."""

    old: str | None = None
    new: str | None = None
    renamed_from: str | None = None
    renamed_to: str | None = None
    status: FileStatus | None = None
    old_mode: str | None = None
    new_mode: str | None = None
    old_id: str | None = None
    new_id: str | None = None
    similarity: int | None = None
    is_binary: bool = False


def read_file_header(lines: Sequence[BodyLine], at: int) -> ReadFile:
    """Read the header that begins at ``lines[at]`` (``is_file_header`` must hold there)."""
    text = lines[at].text
    if combined := _COMBINED.match(text):
        return _read_combined(lines, at, unquote_name(combined[1].strip()))
    draft = _Draft()
    damage: tuple[str, ...] = ()
    start = at
    if text.startswith(b"diff --git"):
        at, damage = _read_git_line(lines, at, draft)
    elif text.startswith(b"Index: "):
        draft.old = draft.new = parse_marker_name(text[len(b"Index: ") :])
        at += 1
    elif text.startswith(b"diff -"):
        at += 1
    at = _read_extended(lines, at, draft)
    return ReadFile(_finish(draft), max(at, start + 1), damage)


def _read_git_line(lines: Sequence[BodyLine], at: int, draft: _Draft) -> tuple[int, tuple[str, ...]]:
    """The names after ``diff --git``, on as many lines as a mailer made of them; the index after the last line."""
    text = lines[at].text.rstrip()
    damage: tuple[str, ...] = ()
    for below in lines[at + 1 : at + 3]:
        if not below.text.lstrip().startswith(_WRAPPED_NAMES):
            break
        text += b" " + below.text.strip()
        damage = ("diff header wrapped to a second line",)
        at += 1
    head, mark, joined = text.partition(b" index")
    if mark and _JOINED_INDEX.match(joined):
        damage = ("diff header and index line joined by the mailer",)
        if not joined.strip() and at + 1 < len(lines):
            at += 1
            joined = lines[at].text
        _read_extended_line(b"index " + joined.strip(), draft)
        text = head
    draft.old, draft.new = split_git_names(text[len(b"diff --git ") :]) or (None, None)
    return at + 1, damage


def _read_combined(lines: Sequence[BodyLine], at: int, path: str) -> ReadFile:
    end = at + 1
    while end < len(lines) and not is_signature(lines, end):
        if is_file_header(lines, end) and not is_trimmed_name_pair(lines, end):  # its own names belong to it
            break
        end += 1
    file = FilePatch(old_path=path, new_path=path, status=FileStatus.MODIFIED, is_combined=True)
    return ReadFile(file, end, ("a combined diff of a merge applies to no single parent and was left out",))


def _read_extended(lines: Sequence[BodyLine], at: int, draft: _Draft) -> int:
    """git's extended header lines, then ``---`` and ``+++``; what is neither ends the header."""
    while at < len(lines):
        text = lines[at].text.rstrip()
        names = lines[at : at + 2]
        if len(names) == 2 and names[0].text.startswith(b"--- ") and names[1].text.startswith(b"+++ "):
            draft.old = parse_marker_name(names[0].text[4:]) or draft.old
            draft.new = parse_marker_name(names[1].text[4:]) or draft.new
            return at + 2
        if text == b"GIT binary patch":
            draft.is_binary = True
            return _skip_binary(lines, at + 1)
        is_over = is_file_header(lines, at) or not _is_names_soon(lines, at)
        if not _read_extended_line(text, draft) and is_over:
            return at
        at += 1
    return at


def _is_names_soon(lines: Sequence[BodyLine], at: int) -> bool:
    """Whether ``---`` and ``+++`` still follow a line that says nothing, such as the rest of a wrapped one."""
    for index in range(at + 1, min(at + 1 + _STRAY_MAX, len(lines))):
        if is_name_pair(lines, index):
            return True
        if lines[index].text.startswith(b"diff "):
            return False
    return False


def _read_extended_line(text: bytes, draft: _Draft) -> bool:
    """Take one extended header line (git-diff(1), "generating patch text"); False when it is none."""
    word, _, rest = text.partition(b" ")
    if index := _INDEX.match(text):
        draft.old_id, draft.new_id = index[1].decode(), index[2].decode()
        if index[3]:
            draft.old_mode = draft.old_mode or index[3].decode()
            draft.new_mode = draft.new_mode or index[3].decode()
    elif text.startswith((b"old mode ", b"deleted file mode ")):
        draft.old_mode = text[-6:].decode("latin-1")
        if word == b"deleted":
            draft.status = FileStatus.DELETED
    elif text.startswith((b"new mode ", b"new file mode ")):
        draft.new_mode = text[-6:].decode("latin-1")
        if rest.startswith(b"file"):
            draft.status = FileStatus.ADDED
    elif text.startswith((b"rename from ", b"copy from ")):
        draft.renamed_from = unquote_name(rest[len(b"from ") :])
        draft.status = FileStatus.RENAMED if word == b"rename" else FileStatus.COPIED
    elif text.startswith((b"rename to ", b"copy to ")):
        draft.renamed_to = unquote_name(rest[len(b"to ") :])
    elif text.startswith((b"similarity index ", b"dissimilarity index ")):
        digits = text.split()[-1].rstrip(b"%")
        draft.similarity = int(digits) if word == b"similarity" and digits.isdigit() and len(digits) < 4 else None
    elif text.startswith((b"Binary files ", b"Files ")) and text.endswith(b" differ"):
        draft.is_binary = True
    else:
        return text.startswith(b"=====")
    return True


def _skip_binary(lines: Sequence[BodyLine], at: int) -> int:
    """Past the base85 lines of a binary patch; they are never decoded, since they may inflate without bound."""
    while at < len(lines) and (not lines[at].text.strip() or _BINARY_DATA.match(lines[at].text)):
        if is_file_header(lines, at) or is_signature(lines, at) or parse_hunk_header(lines[at].text):
            break
        at += 1
    return at


def _finish(draft: _Draft) -> FilePatch:
    names = _choose_names(draft)
    status = draft.status
    if names.old is None and names.new is None:
        status = FileStatus.MODIFIED
    elif status is None and names.old is None:
        status = FileStatus.ADDED
    elif status is None and names.new is None:
        status = FileStatus.DELETED
    old_path = None if status is FileStatus.ADDED else names.old
    new_path = None if status is FileStatus.DELETED else names.new
    if status is None:
        status = FileStatus.MODIFIED if old_path == new_path or old_path is None else FileStatus.RENAMED
    return FilePatch(
        old_path=old_path,
        new_path=new_path,
        status=status,
        old_id=_real_id(draft.old_id),
        new_id=_real_id(draft.new_id),
        old_mode=draft.old_mode,
        new_mode=draft.new_mode,
        is_binary=draft.is_binary,
        similarity=draft.similarity,
    )


def _choose_names(draft: _Draft) -> NamePair:
    if draft.renamed_from is not None and draft.renamed_to is not None:
        return NamePair(draft.renamed_from, draft.renamed_to)
    if draft.old is None or draft.new is None:
        return NamePair(draft.old, draft.new)
    return strip_prefixes(draft.old, draft.new)


def _real_id(abbreviated: str | None) -> str | None:
    """None for the all-zero id that stands for "no file"."""
    return None if abbreviated is None or _ZERO.match(abbreviated) else abbreviated
