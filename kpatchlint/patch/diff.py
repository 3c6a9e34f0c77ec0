# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines of one quote depth become files with hunks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from kpatchlint.patch.cut import take_marked
from kpatchlint.patch.fileheader import read_file_header
from kpatchlint.patch.fill import Mends
from kpatchlint.patch.fragment import find_fragments
from kpatchlint.patch.hunk import UNWORN, Wear, read_hunk
from kpatchlint.patch.markers import is_file_header, is_signature, parse_hunk_header
from kpatchlint.patch.quoting import BodyLine
from kpatchlint.patch.records import DiffLine, FilePatch, FileStatus, Hunk, LineKind


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file of a diff, the body's line where it begins and the last one that is part of it."""

    file: FilePatch
    first_line: int
    last_line: int
    damage: tuple[str, ...] = ()


class _Open(msgspec.Struct):
    """The file whose hunks are being read."""

    file: FilePatch
    first_line: int
    last_line: int
    hunks: list[Hunk] = msgspec.field(default_factory=list)
    damage: list[str] = msgspec.field(default_factory=list)
    stray: list[BodyLine] = msgspec.field(default_factory=list)

    def add_headerless(self, hunk: Hunk) -> None:
        """Take a hunk whose ``@@`` line the mail lost."""
        self.hunks.append(hunk)
        self.last_line = hunk.lines[-1].mail_line
        self.damage.append("a hunk has lost its @@ line")

    def keep_stray(self) -> None:
        """Code among the lines since the last hunk is a hunk that has lost its header."""
        for hunk in find_fragments(self.stray) if self.hunks else ():
            self.add_headerless(hunk)
        self.stray.clear()

    def close(self) -> FoundFile:
        """All that the mail says of this file."""
        self.keep_stray()
        file = replace(self.file, hunks=tuple(self.hunks), status=_refine_status(self.file, self.hunks))
        name = file.path or "a file without a name"
        said = [f"{name}: {damage}" for damage in dict.fromkeys(self.damage)]
        if file.is_binary:
            said.append(f"{name}: a binary patch, which is never applied")
        return FoundFile(file, self.first_line, self.last_line, tuple(said))


def read_files(lines: Sequence[BodyLine], wear: Wear = UNWORN) -> list[FoundFile]:
    """Find every file that is changed in *lines*, all of one quote depth.

    A hunk without a file header above it (trimmed away by who quotes it) gives a file without a path; code of a file
    that has lost its ``@@`` line gives a hunk without numbers.
    """
    found: list[FoundFile] = []
    current: _Open | None = None
    at = 0
    while at < len(lines):
        if is_file_header(lines, at):
            if current is not None:
                found.append(current.close())
            header = read_file_header(lines, at)
            last = lines[header.next - 1].number
            current = _Open(header.file, lines[at].number, last, damage=list(header.damage))
            at = _take_trimmed(lines, header.next, current)
        elif parse_hunk_header(lines[at].text) is not None:
            current = current or _open_nameless(lines[at])
            current.keep_stray()
            at = _take_hunk(lines, at, current, wear)
        elif current is not None and is_signature(lines, at):
            found.append(current.close())
            current = None
            at += 1
        else:
            if current is not None:
                current.stray.append(lines[at])
            at += 1
    return [*found, current.close()] if current is not None else found


def _take_trimmed(lines: Sequence[BodyLine], at: int, current: _Open) -> int:
    """Diff lines right below the names, where the ``@@`` line should be."""
    if current.file.is_combined or at >= len(lines) or lines[at].number != current.last_line + 1:
        return at
    taken = take_marked(lines, at, Mends())
    if any(line.kind is not LineKind.CONTEXT for line in taken.lines):
        current.add_headerless(Hunk(lines=taken.lines, complete=False))
        return taken.next
    return at


def _open_nameless(line: BodyLine) -> _Open:
    file = FilePatch(old_path=None, new_path=None, status=FileStatus.MODIFIED)
    return _Open(file, line.number, line.number, damage=["the header that names the file was trimmed away"])


def _take_hunk(lines: Sequence[BodyLine], at: int, current: _Open, wear: Wear) -> int:
    read = read_hunk(lines, at, wear)
    if read is None:
        return at + 1
    if lines[at].text[:1].isspace() and current.hunks and not current.hunks[-1].complete:
        current.hunks[-1] = _restore_glued(current.hunks[-1], lines[at].number)
        if current.hunks[-1].complete:
            current.damage.pop()  # what read_hunk said of it: that it is cut
        current.damage.append("a blank context line was glued to the line below it")
    current.hunks.append(read.hunk)
    current.damage += read.damage
    current.last_line = lines[read.next - 1].number
    return read.next


def _restore_glued(hunk: Hunk, number: int) -> Hunk:
    """format=flowed takes a blank context line for a soft break: it then stands before the next ``@@``."""
    old = sum(line.kind is not LineKind.ADDED for line in hunk.lines)
    new = sum(line.kind is not LineKind.REMOVED for line in hunk.lines)
    if hunk.old_count is None or hunk.new_count is None or old >= hunk.old_count or new >= hunk.new_count:
        return hunk
    is_whole = old + 1 == hunk.old_count and new + 1 == hunk.new_count
    return replace(hunk, lines=(*hunk.lines, DiffLine(LineKind.CONTEXT, b"", number)), complete=is_whole)


def _refine_status(file: FilePatch, hunks: list[Hunk]) -> FileStatus:
    """MODIFIED as long as there was no better word: only the hunks tell a mode-only change or a whole new file."""
    if file.status is not FileStatus.MODIFIED:
        return file.status
    is_mode_change = file.old_mode is not None and file.new_mode is not None and file.old_mode != file.new_mode
    return FileStatus.MODE if is_mode_change and not hunks and not file.is_binary else FileStatus.MODIFIED
