# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines of a body fill the counts of a hunk, read literally or with lines joined and parted again."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from kpatchlint.patch.markers import (
    HunkHeader,
    is_git_signature,
    is_hunk_end,
    is_name_pair,
    is_no_newline,
    parse_hunk_header,
    split_marker,
)
from kpatchlint.patch.quoting import BodyLine, is_snip
from kpatchlint.patch.records import DiffLine, LineKind

_JOINED_MAX_BYTES = 2000  # no mailer wraps code longer than that, and what prose it is must not pile up


class Filled(msgspec.Struct, frozen=True):
    """Lines of one hunk, and the index of the first line that is not part of it."""

    lines: tuple[DiffLine, ...]
    next: int
    damage: tuple[str, ...] = ()


class Mends(msgspec.Struct, frozen=True):
    """One way of reading a hunk's lines: whether bare lines go on the line above, and glued ones are parted."""

    joins: bool = False
    parts: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What to tell the user when this reading is the right one."""
        joined = ("lines wrapped by the mailer",) if self.joins else ()
        return (*joined, "blank context lines were glued to the lines below them") if self.parts else joined


class Tally(msgspec.Struct):
    """Diff lines taken so far, and how many of each side the header still wants."""

    old: int
    new: int
    lines: list[DiffLine] = msgspec.field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return self.old == 0 and self.new == 0

    def add(self, line: DiffLine) -> bool:
        """Take *line*, unless that is more than the header counts."""
        old = self.old - (line.kind is not LineKind.ADDED)
        new = self.new - (line.kind is not LineKind.REMOVED)
        if old < 0 or new < 0:
            return False
        self.old, self.new = old, new
        self.lines.append(line)
        return True

    def end_without_newline(self) -> None:
        """The line taken last is the last of its file and has no line end."""
        if self.lines:
            self.lines[-1] = replace(self.lines[-1], no_newline=True)

    def extend_last(self, text: bytes) -> bool:
        """A mailer broke the line taken last at a blank; *text* is the rest of it. False when that cannot be."""
        if not self.lines or len(self.lines[-1].text) > _JOINED_MAX_BYTES:
            return False
        last = self.lines[-1]
        glue = b"" if last.text.endswith(b" ") else b" "
        self.lines[-1] = replace(last, text=last.text + glue + text.strip())
        return True


def fill_hunk(lines: Sequence[BodyLine], at: int, header: HunkHeader, mends: Mends) -> Filled | None:
    """The lines from index *at* on that fill both counts of *header* exactly; None when they do not."""
    tally = Tally(header.old_count, header.new_count)
    while not tally.is_full:
        if at >= len(lines) or is_name_pair(lines, at) or is_git_signature(lines, at):
            return None
        line = lines[at]
        taken = read_line(line, mends)
        if parse_hunk_header(line.text) is not None:
            return None
        if is_no_newline(line.text):
            tally.end_without_newline()
        elif taken:
            if not all(tally.add(part) for part in taken):
                return None
        elif not (mends.joins and _may_go_on(lines, at) and tally.extend_last(line.text)):
            return None
        at += 1
    if at < len(lines) and is_no_newline(lines[at].text):
        tally.end_without_newline()
        at += 1
    if mends.joins and _is_wrapped_tail(lines, at):
        tally.extend_last(lines[at].text)
        at += 1
    return _add_surplus(lines, at, tally)


def _may_go_on(lines: Sequence[BodyLine], at: int) -> bool:
    """Whether a line without a marker can be the rest of the one above it."""
    return not is_hunk_end(lines, at) and not is_snip(lines[at].text) and b"@@ -" not in lines[at].text


def read_line(line: BodyLine, mends: Mends) -> tuple[DiffLine, ...]:
    """The diff lines that stand in one line of the body: none without a marker, two where one is glued on."""
    split = split_marker(line.text)
    if split is None:
        return ()
    rest = line.text.lstrip(b" ")
    if mends.parts and split[0] is LineKind.CONTEXT and rest[:1] in (b"+", b"-"):
        second = split_marker(rest)
        if second is not None:
            return DiffLine(LineKind.CONTEXT, b"", line.number), DiffLine(second[0], second[1], line.number)
    return (DiffLine(split[0], split[1], line.number),)


def _is_wrapped_tail(lines: Sequence[BodyLine], at: int) -> bool:
    """Whether the last line of a hunk goes on here: a bare line right below with another part of the diff after it."""
    if not is_bare(lines, at) or is_hunk_end(lines, at) or lines[at].number != lines[at - 1].number + 1:
        return False
    return at + 1 < len(lines) and is_hunk_end(lines, at + 1)


def _add_surplus(lines: Sequence[BodyLine], at: int, tally: Tally) -> Filled:
    """Lines that go on as a diff although the counts are full: the header counts too few, and none may be lost."""
    end = at
    while end < len(lines) and lines[end].text.strip() and lines[end].number == lines[end - 1].number + 1:
        if split_marker(lines[end].text) is None or is_hunk_end(lines, end) or is_no_newline(lines[end].text):
            break
        end += 1
    extra = lines[at:end]
    if not any(line.text.startswith(b"+") for line in extra):
        return Filled(tuple(tally.lines), at)
    for line in extra:
        split = split_marker(line.text)
        if split is not None:
            tally.lines.append(DiffLine(split[0], split[1], line.number))
    said = f"the hunk at line {lines[at].number} has {len(extra)} more lines than its header counts"
    return Filled(tuple(tally.lines), end, (said,))


def is_bare(lines: Sequence[BodyLine], at: int) -> bool:
    """Whether the line has no diff marker in its first column."""
    return at < len(lines) and split_marker(lines[at].text) is None and not is_no_newline(lines[at].text)
