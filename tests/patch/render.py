# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of a patch become a diff that git applies: git is then the judge of what was read."""

from collections.abc import Iterable, Sequence

from kpatchlint.patch.names import DEV_NULL
from kpatchlint.patch.records import DiffLine, FilePatch, FileStatus, Hunk, LineKind

_LETTERS = {7: b"\\a", 8: b"\\b", 9: b"\\t", 10: b"\\n", 11: b"\\v", 12: b"\\f", 13: b"\\r", 34: b'\\"', 92: b"\\\\"}


def render_diff(files: Iterable[FilePatch]) -> bytes:
    """A git diff of *files*: those with a path, text and a place for each of their hunks; others are left out.

    Counts are those of the lines, whatever the mail's ``@@`` line said.
    """
    return b"".join(_render_file(file) for file in files if _is_renderable(file))


def _is_renderable(file: FilePatch) -> bool:
    placed = all(hunk.old_start is not None and hunk.new_start is not None for hunk in file.hunks)
    return file.path is not None and placed and not file.is_binary and not file.is_combined


def quote_name(name: str) -> bytes:
    """A name as git writes it in a header: C quotes around it when it holds anything but plain ASCII."""
    raw = name.encode("utf-8", errors="surrogateescape")
    if all(32 <= byte < 127 and byte not in (34, 92) for byte in raw):
        return raw
    quoted = b"".join(_LETTERS.get(b) or (bytes([b]) if 32 <= b < 127 else b"\\%03o" % b) for b in raw)
    return b'"' + quoted + b'"'


def _render_file(file: FilePatch) -> bytes:
    old, new = file.old_path or file.new_path or "", file.new_path or file.old_path or ""
    head = [b"diff --git " + quote_name("a/" + old) + b" " + quote_name("b/" + new)]
    head += _render_modes(file)
    if file.status in (FileStatus.RENAMED, FileStatus.COPIED):
        word = b"rename" if file.status is FileStatus.RENAMED else b"copy"
        similarity = file.similarity if file.similarity is not None else 50 if file.hunks else 100
        head.append(b"similarity index %d%%" % similarity)
        head += [word + b" from " + quote_name(old), word + b" to " + quote_name(new)]
    if file.hunks:
        head.append(b"--- " + (quote_name("a/" + old) if file.old_path is not None else DEV_NULL.encode()))
        head.append(b"+++ " + (quote_name("b/" + new) if file.new_path is not None else DEV_NULL.encode()))
    return b"\n".join(head) + b"\n" + b"".join(_render_hunk(hunk) for hunk in file.hunks)


def _render_modes(file: FilePatch) -> list[bytes]:
    if file.status is FileStatus.ADDED:
        return [b"new file mode " + (file.new_mode or "100644").encode()]
    if file.status is FileStatus.DELETED:
        return [b"deleted file mode " + (file.old_mode or "100644").encode()]
    if file.old_mode and file.new_mode and file.old_mode != file.new_mode:
        return [b"old mode " + file.old_mode.encode(), b"new mode " + file.new_mode.encode()]
    return []


def _render_hunk(hunk: Hunk) -> bytes:
    old = sum(line.kind is not LineKind.ADDED for line in hunk.lines)
    new = sum(line.kind is not LineKind.REMOVED for line in hunk.lines)
    head = b"@@ -%d,%d +%d,%d @@" % (hunk.old_start or 0, old, hunk.new_start or 0, new)
    section = hunk.section.encode("utf-8", errors="surrogateescape")
    return head + (b" " + section if section else b"") + b"\n" + _render_lines(hunk.lines)


def _render_lines(lines: Sequence[DiffLine]) -> bytes:
    end = b"\n\\ No newline at end of file\n"
    return b"".join(line.kind.value.encode() + line.text + (end if line.no_newline else b"\n") for line in lines)
