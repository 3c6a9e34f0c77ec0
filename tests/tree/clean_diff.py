# SPDX-License-Identifier: GPL-2.0-or-later
"""Undamaged ``git diff`` output becomes a Patch, so that placement is tested apart from the reader."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from kpatchlint.patch.records import DiffLine, FilePatch, FileStatus, Hunk, LineKind, Patch

_FILE = re.compile(rb"^diff --git ", re.MULTILINE)
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)")
_KINDS = {b" ": LineKind.CONTEXT, b"+": LineKind.ADDED, b"-": LineKind.REMOVED}


@dataclass
class _Header:
    names: dict[str, str | None] = field(default_factory=dict)
    status: FileStatus = FileStatus.MODIFIED
    ids: tuple[str | None, str | None] = (None, None)
    modes: tuple[str | None, str | None] = (None, None)
    is_binary: bool = False


def parse_clean_diff(diff: bytes, **of_patch: object) -> Patch:
    """The Patch of *diff*; ``of_patch`` are further fields of it."""
    files = tuple(_parse_file(part.split(b"\n")) for part in _FILE.split(diff)[1:])
    return replace(Patch(subject="a test", files=files), **of_patch)  # type: ignore[arg-type]


def _parse_file(lines: list[bytes]) -> FilePatch:
    header = _Header()
    first = lines[0].decode()
    middle = len(first) // 2
    header.names = {"old": first[2:middle], "new": first[middle + 3 :]}
    at = 1
    while at < len(lines) and not lines[at].startswith(b"@@ "):
        _parse_header_line(lines[at].decode(errors="surrogateescape"), header)
        at += 1
    return FilePatch(
        old_path=header.names["old"],
        new_path=header.names["new"],
        status=header.status,
        hunks=tuple(_parse_hunks(lines[at:])),
        old_id=header.ids[0],
        new_id=header.ids[1],
        old_mode=header.modes[0],
        new_mode=header.modes[1],
        is_binary=header.is_binary,
    )


def _parse_header_line(line: str, header: _Header) -> None:
    word, _, rest = line.partition(" ")
    if word == "index":
        old, _, new = rest.split()[0].partition("..")
        header.ids = (old, new)
    elif line.startswith(("new file mode ", "deleted file mode ")):
        is_new = word == "new"
        header.status = FileStatus.ADDED if is_new else FileStatus.DELETED
        header.names["old" if is_new else "new"] = None
        header.modes = (None, line.split()[-1]) if is_new else (line.split()[-1], None)
    elif line.startswith(("rename from ", "copy from ")):
        header.names["old"] = line.split(" ", 2)[2]
        header.status = FileStatus.RENAMED if word == "rename" else FileStatus.COPIED
    elif line.startswith(("rename to ", "copy to ")):
        header.names["new"] = line.split(" ", 2)[2]
    elif line.startswith("new mode "):
        header.modes = (None, line.split()[-1])
        header.status = FileStatus.MODE if header.status is FileStatus.MODIFIED else header.status
    elif line.startswith(("Binary files ", "GIT binary patch")):
        header.is_binary = True
    elif line.startswith("--- ") and header.status is FileStatus.MODE:
        header.status = FileStatus.MODIFIED


def _parse_hunks(lines: list[bytes]) -> Iterator[Hunk]:
    at = 0
    while at < len(lines) and (found := _HUNK.match(lines[at])):
        old_count, new_count = (int(found[i] or b"1") for i in (2, 4))
        left = [old_count, new_count]
        rows: list[DiffLine] = []
        at += 1
        while at < len(lines) and (any(left) or lines[at].startswith(b"\\")):
            if lines[at].startswith(b"\\"):
                rows[-1] = replace(rows[-1], no_newline=True)
            else:
                kind = _KINDS[lines[at][:1]]
                rows.append(DiffLine(kind, lines[at][1:], at))
                left[0] -= kind is not LineKind.ADDED
                left[1] -= kind is not LineKind.REMOVED
            at += 1
        yield Hunk(
            lines=tuple(rows),
            old_start=int(found[1]),
            old_count=old_count,
            new_start=int(found[3]),
            new_count=new_count,
            section=found[5].decode(errors="surrogateescape"),
        )
