# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines below an ``@@`` line become a hunk, whatever a mailer, an archive or a reader's scissors did to them.

The counts of the ``@@`` line are the one thing that damage leaves alone, so each reading is tried against them, the
most literal first: as written, with wrapped lines joined, with the first column lost. A reading that fills both
counts is taken; when none does, the hunk was cut and what is there is kept as such.
"""

from collections.abc import Iterator, Sequence

import msgspec

from kpatchlint.patch.cut import has_lost_column, take_marked
from kpatchlint.patch.fill import Filled, Mends, Tally, fill_hunk, is_bare, read_line
from kpatchlint.patch.flattened import fill_flattened, take_flattened
from kpatchlint.patch.markers import HunkHeader, is_hunk_end, parse_hunk_header
from kpatchlint.patch.quoting import BodyLine
from kpatchlint.patch.records import DiffLine, Hunk

_WRAPPED_HEADER = "hunk header wrapped to a second line"
_LOST_COLUMN = "context lines have lost their first column"


class ReadHunk(msgspec.Struct, frozen=True):
    """One hunk, the index of the line after it, and what had to be mended."""

    hunk: Hunk
    next: int
    damage: tuple[str, ...] = ()


class Wear(msgspec.Struct, frozen=True):
    """What is known to have happened to a mail's lines before any hunk is looked at.

    ``is_flattened``: first column and indentation are lost. ``is_glued``: a mailer that takes a blank context line
    for a soft line break has been at work, so such a line may stand in front of the line below it.
    """

    is_flattened: bool = False
    is_glued: bool = False


UNWORN = Wear()


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
        if skip and not is_bare(lines, at + 1):
            break
        said = (_WRAPPED_HEADER,) if skip else ()
        for mends in _choose_mends(lines, at + 1 + skip):
            found = fill_hunk(lines, at + 1 + skip, header, mends)
            if found is not None:
                return ReadHunk(_build(header, found.lines, True), found.next, said + mends.notes + found.damage)
        flat = fill_flattened(lines, at + 1 + skip, header)
        if flat is not None:
            notes = said if wear.is_flattened else (*said, _LOST_COLUMN)
            return ReadHunk(_build(header, flat[0], True, True), flat[1], notes)
    return _read_cut(lines, at + 1, header, wear)


def _choose_mends(lines: Sequence[BodyLine], at: int) -> Iterator[Mends]:
    """The readings worth a try, most literal first: nothing is joined or parted where there is nothing to."""
    yield Mends()
    has_bare = has_glued = False
    for index in range(at, len(lines)):
        if is_hunk_end(lines, index) or (has_bare and has_glued):
            break
        has_bare = has_bare or is_bare(lines, index)
        has_glued = has_glued or len(read_line(lines[index], Mends(parts=True))) > 1
    if has_bare:
        yield Mends(joins=True)
    if has_glued:
        yield Mends(parts=True)
    if has_bare and has_glued:
        yield Mends(joins=True, parts=True)


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


def _read_cut(lines: Sequence[BodyLine], at: int, header: HunkHeader, wear: Wear) -> ReadHunk:
    """What is left of a hunk that lacks lines."""
    if wear.is_flattened or has_lost_column(lines, at):
        taken, end = take_flattened(lines, at, header)
        return _tell_cut(header, Filled(taken, end), folded=True)
    damage: tuple[str, ...] = ()
    if is_bare(lines, at) and not is_hunk_end(lines, at) and not is_bare(lines, at + 1):
        damage = (_WRAPPED_HEADER,)
        at += 1
    found = take_marked(lines, at, Mends(joins=True, parts=wear.is_glued))
    if wear.is_glued and not _fits(found.lines, header):
        found = take_marked(lines, at, Mends(joins=True))
    return _tell_cut(header, Filled(found.lines, found.next, damage), folded=False)


def _tell_cut(header: HunkHeader, found: Filled, *, folded: bool) -> ReadHunk:
    said = "is cut" if _fits(found.lines, header) else "does not match its counts"
    place = f"the hunk @@ -{header.old_start},{header.old_count} +{header.new_start},{header.new_count} @@ {said}"
    return ReadHunk(_build(header, found.lines, False, folded), found.next, (*found.damage, place))


def _fits(taken: Sequence[DiffLine], header: HunkHeader) -> bool:
    tally = Tally(header.old_count, header.new_count)
    return all(tally.add(line) for line in taken)
