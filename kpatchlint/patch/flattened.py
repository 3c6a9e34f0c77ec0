# SPDX-License-Identifier: GPL-2.0-or-later
"""Hunks whose context lines have lost their first column: the counts tell which lines are whose.

A line with neither ``+`` nor ``-`` is context. One that has either may be context too, whose code begins so
(``---help---`` in Kconfig): the counts say how many such lines there are, their look says which are likeliest.
"""

from collections.abc import Sequence
from dataclasses import replace

from kpatchlint.patch.markers import HunkHeader, is_hunk_end, is_no_newline, split_marker
from kpatchlint.patch.quoting import BodyLine, is_snip
from kpatchlint.patch.records import DiffLine, LineKind

_DISGUISED_MAX = 4  # context lines that begin with a marker; more of them in one hunk is a wrong reading


def fill_flattened(lines: Sequence[BodyLine], at: int, header: HunkHeader) -> tuple[tuple[DiffLine, ...], int] | None:
    """Lines that fill both counts of *header*, and the index after them; None when no reading does."""
    taken = _read_markers(lines, at, header.old_count + header.new_count)
    best: tuple[int, int] | None = None  # how many lines must be context in disguise, number of lines
    old = new = minus = plus = 0
    for count, (_, line) in enumerate(taken, 1):
        old += line.kind is not LineKind.ADDED
        new += line.kind is not LineKind.REMOVED
        minus += line.kind is LineKind.REMOVED
        plus += line.kind is LineKind.ADDED
        from_minus, from_plus = header.new_count - new, header.old_count - old
        if 0 <= from_minus <= minus and 0 <= from_plus <= plus:
            disguised = from_minus + from_plus
            if disguised <= _DISGUISED_MAX and (best is None or disguised < best[0]):
                best = (disguised, count)
    if best is None:
        return None
    chosen = [line for _, line in taken[: best[1]]]
    if not _is_plausible(chosen, lines, at):
        return None
    return _settle(chosen, header), taken[best[1] - 1][0] + 1


def take_flattened(lines: Sequence[BodyLine], at: int, header: HunkHeader) -> tuple[tuple[DiffLine, ...], int]:
    """Lines of a hunk that was cut, as far as its counts and the next part of the diff allow."""
    old, new = header.old_count, header.new_count
    kept: list[DiffLine] = []
    end = at
    for index, line in _read_markers(lines, at, old + new):
        old -= line.kind is not LineKind.ADDED
        new -= line.kind is not LineKind.REMOVED
        if old < 0 or new < 0:
            break
        kept.append(line)
        end = index + 1
    while kept and not kept[-1].text and kept[-1].kind is LineKind.CONTEXT:
        kept.pop()
    return tuple(kept), end


def _read_markers(lines: Sequence[BodyLine], at: int, limit: int) -> list[tuple[int, DiffLine]]:
    """Index and likeliest reading of each line up to where the hunk must end, at most *limit* lines."""
    taken: list[tuple[int, DiffLine]] = []
    for index in range(at, len(lines)):
        text = lines[index].text
        if len(taken) >= limit or is_hunk_end(lines, index) or is_snip(text):
            break
        if is_no_newline(text):
            if taken:
                taken[-1] = (index, replace(taken[-1][1], no_newline=True))
            continue
        kind, code = _split_flat(text)
        taken.append((index, DiffLine(kind, code, lines[index].number)))
    return taken


def _split_flat(text: bytes) -> tuple[LineKind, bytes]:
    """Kind and code of one line; a sign's blank is an indentation that has collapsed, so it stays in the code."""
    split = split_marker(text)
    return split if split is not None else (LineKind.CONTEXT, text)


def _is_plausible(chosen: Sequence[DiffLine], lines: Sequence[BodyLine], at: int) -> bool:
    """Where context lines still have their blank, a bare line is prose and not context."""
    by_number = {line.number: line.text for line in lines[at : at + 2 * len(chosen) + 2]}
    context = [by_number.get(line.mail_line, b"") for line in chosen if line.kind is LineKind.CONTEXT]
    blank = sum(text.startswith(b" ") for text in context)
    bare = sum(bool(text) and not text.startswith(b" ") for text in context)
    return bare > blank or bare == blank == 0


def _settle(chosen: list[DiffLine], header: HunkHeader) -> tuple[DiffLine, ...]:
    """Turn as many marked lines into context as the counts want, likeliest first; the rest of them stay doubtful."""
    old = sum(line.kind is not LineKind.ADDED for line in chosen)
    new = sum(line.kind is not LineKind.REMOVED for line in chosen)
    wanted = {LineKind.REMOVED: header.new_count - new, LineKind.ADDED: header.old_count - old}
    settled = list(chosen)
    for kind, count in wanted.items():
        if not count:
            continue
        mark = kind.value.encode()
        places = [index for index, line in enumerate(chosen) if line.kind is kind]
        places.sort(key=lambda index: _disguise_rank(chosen[index].text, mark))
        for rank, index in enumerate(places):
            line = replace(chosen[index], doubtful=len(places) > count)
            if rank < count:
                line = replace(line, kind=LineKind.CONTEXT, text=mark + line.text)
            settled[index] = line
    return tuple(settled)


def _disguise_rank(text: bytes, mark: bytes) -> int:
    """0 for ``---help---``, 1 for code at the margin, 2 for indented code, which is what changed lines mostly are."""
    if text.startswith(mark):
        return 0
    return 2 if text.startswith((b" ", b"\t")) else 1
