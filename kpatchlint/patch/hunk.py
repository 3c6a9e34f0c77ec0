# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines below an ``@@`` line become a hunk, whatever a mailer, an archive or a reader's scissors did to them.

The counts of the ``@@`` line are the one thing that damage leaves alone, so each reading is tried against them, the
most literal first: as written, with wrapped lines joined, with the first column lost. A reading that fills both
counts is taken; when none does, the hunk was cut and what is there is kept as such.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kpatchlint.patch.flattened import fill_flattened, take_flattened
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
from kpatchlint.patch.records import DiffLine, Hunk, LineKind


@dataclass(frozen=True, slots=True)
class Filled:
    """Lines of one hunk, and the index of the first line that is not part of it."""

    lines: tuple[DiffLine, ...]
    next: int
    damage: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadHunk:
    """One hunk, the index of the line after it, and what had to be mended."""

    hunk: Hunk
    next: int
    damage: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wear:
    """What is known to have happened to a mail's lines before any hunk is looked at.

    ``is_flattened``: first column and indentation are lost. ``is_glued``: a mailer that takes a blank context line
    for a soft line break has been at work, so such a line may stand in front of the line below it.
    """

    is_flattened: bool = False
    is_glued: bool = False


@dataclass(frozen=True, slots=True)
class Mends:
    """One way of reading a hunk's lines: whether bare lines go on the line above, and glued ones are parted."""

    joins: bool = False
    parts: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What to tell the user when this reading is the right one."""
        joined = ("lines wrapped by the mailer",) if self.joins else ()
        return (*joined, "blank context lines were glued to the lines below them") if self.parts else joined


UNWORN = Wear()
_MENDS = (Mends(), Mends(joins=True), Mends(parts=True), Mends(joins=True, parts=True))
_WRAPPED_HEADER = "hunk header wrapped to a second line"


@dataclass(slots=True)
class Tally:
    """Diff lines taken so far, and how many of each side the header still wants."""

    old: int
    new: int
    lines: list[DiffLine] = field(default_factory=list)

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

    def extend_last(self, text: bytes) -> None:
        """A mailer broke the line taken last at a blank; *text* is the rest of it."""
        last = self.lines[-1]
        glue = b"" if last.text.endswith(b" ") else b" "
        self.lines[-1] = replace(last, text=last.text + glue + text.strip())


def read_hunk(lines: Sequence[BodyLine], at: int, wear: Wear = UNWORN) -> ReadHunk | None:
    """Read the hunk whose ``@@`` line is ``lines[at]``; None when that is no ``@@`` line.

    Args:
        lines: lines of one quote depth, in order.
        at: index of the ``@@`` line.
        wear: what is known to have happened to all lines of the mail.
    """
    header = parse_hunk_header(lines[at].text)
    if header is None:
        return None
    for skip in (0, 1):
        if skip and not _is_bare(lines, at + 1):
            break
        said = (_WRAPPED_HEADER,) if skip else ()
        for mends in _MENDS:
            found = _fill(lines, at + 1 + skip, header, mends)
            if found is not None:
                return ReadHunk(_build(header, found.lines, True), found.next, said + mends.notes + found.damage)
        flat = fill_flattened(lines, at + 1 + skip, header)
        if flat is not None:
            notes = () if wear.is_flattened else ("context lines have lost their first column",)
            return ReadHunk(_build(header, flat[0], True, True), flat[1], said + notes)
    return _read_cut(lines, at + 1, header, wear)


def _build(header: HunkHeader, lines: tuple[DiffLine, ...], complete: bool, folded: bool = False) -> Hunk:
    return Hunk(
        lines=lines,
        old_start=header.old_start,
        old_count=header.old_count,
        new_start=header.new_start,
        new_count=header.new_count,
        section=header.section.decode("utf-8", errors="replace"),
        complete=complete,
        folded=folded,
    )


def _is_bare(lines: Sequence[BodyLine], at: int) -> bool:
    """Whether the line has no diff marker in its first column."""
    return at < len(lines) and split_marker(lines[at].text) is None and not is_no_newline(lines[at].text)


def _fill(lines: Sequence[BodyLine], at: int, header: HunkHeader, mends: Mends) -> Filled | None:
    tally = Tally(header.old_count, header.new_count)
    while not tally.is_full:
        if at >= len(lines) or is_name_pair(lines, at) or is_git_signature(lines, at):
            return None
        line = lines[at]
        taken = _read_line(line, mends)
        if parse_hunk_header(line.text) is not None:
            return None
        if is_no_newline(line.text):
            tally.end_without_newline()
        elif taken:
            if not all(tally.add(part) for part in taken):
                return None
        elif mends.joins and tally.lines and _may_go_on(lines, at):
            tally.extend_last(line.text)
        else:
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


def _read_line(line: BodyLine, mends: Mends) -> tuple[DiffLine, ...]:
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
    if not _is_bare(lines, at) or is_hunk_end(lines, at) or lines[at].number != lines[at - 1].number + 1:
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


def _read_cut(lines: Sequence[BodyLine], at: int, header: HunkHeader, wear: Wear) -> ReadHunk:
    """What is left of a hunk that lacks lines."""
    damage: tuple[str, ...] = ()
    if wear.is_flattened or _has_lost_column(lines, at):
        taken, end = take_flattened(lines, at, header)
        return _tell_cut(header, Filled(taken, end), folded=True)
    if _is_bare(lines, at) and not is_hunk_end(lines, at) and not _is_bare(lines, at + 1):
        damage = (_WRAPPED_HEADER,)
        at += 1
    if wear.is_glued:
        mends = Mends(joins=True, parts=True)
        taken, end = _take_marked(lines, at, mends)
        if _fits(taken, header):
            return _tell_cut(header, Filled(taken, end, damage), folded=False)
    taken, end = _take_marked(lines, at, Mends(joins=True))
    return _tell_cut(header, Filled(taken, end, damage), folded=False)


def _tell_cut(header: HunkHeader, found: Filled, *, folded: bool) -> ReadHunk:
    said = "is cut" if _fits(found.lines, header) else "does not match its counts"
    place = f"the hunk @@ -{header.old_start},{header.old_count} +{header.new_start},{header.new_count} @@ {said}"
    return ReadHunk(_build(header, found.lines, False, folded), found.next, (*found.damage, place))


def _fits(taken: Sequence[DiffLine], header: HunkHeader) -> bool:
    tally = Tally(header.old_count, header.new_count)
    return all(tally.add(line) for line in taken)


def _has_lost_column(lines: Sequence[BodyLine], at: int) -> bool:
    """Whether most context lines up to the next part of the diff have no blank in the first column."""
    bare = blank = 0
    for index in range(at, len(lines)):
        if is_hunk_end(lines, index):
            break
        blank += lines[index].text.startswith(b" ")
        bare += _is_bare(lines, index)
        if blank:
            return False
    return bare > 0


def _take_marked(lines: Sequence[BodyLine], at: int, mends: Mends) -> tuple[tuple[DiffLine, ...], int]:
    """The lines with a marker up to prose or the next part of the diff; blank lines at the end are not the diff's."""
    tally = Tally(0, 0)
    end = start = at
    for index in range(start, len(lines)):
        line = lines[index]
        if is_hunk_end(lines, index) or is_snip(line.text):
            break
        taken = _read_line(line, mends)
        if is_no_newline(line.text):
            tally.end_without_newline()
        elif taken:
            tally.lines += taken
        elif mends.joins and tally.lines and _is_wrap_inside(lines, index):
            tally.extend_last(line.text)
        else:
            break
        end = index + 1
    while tally.lines and not tally.lines[-1].text.strip() and tally.lines[-1].kind is LineKind.CONTEXT:
        tally.lines.pop()
    return tuple(tally.lines), end


def _is_wrap_inside(lines: Sequence[BodyLine], at: int) -> bool:
    """Whether a bare line is the rest of the line above: diff lines directly above and below it."""
    if at + 1 >= len(lines) or lines[at].number != lines[at - 1].number + 1:
        return False
    below = lines[at + 1]
    return below.number == lines[at].number + 1 and below.text[:1] in (b"+", b"-", b" ")
