# SPDX-License-Identifier: GPL-2.0-or-later
"""What a mailer did to the white space of lines that the base has is undone on the lines that it adds.

Context and removed lines show both forms, the mail's and the base's. A repair explains the mail when it turns the
first into the second for all of them. Flattened text, where the indentation is simply gone, has no such repair
and stays as the mail shows it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import msgspec

from kpatchlint.tree.basetext import fold
from kpatchlint.tree.edit import Repair

_NO_BREAK_SPACE = b"\xc2\xa0"
_TAB_STOPS = (8, 4)
_PADDING_MAX = 4


class Pair(msgspec.Struct, frozen=True):
    """A line as the mail and as the base has it. A context line has no sign, so its first column is unsafe."""

    mail: bytes
    base: bytes
    is_context: bool


def keep(text: bytes) -> bytes:
    """The repair for undamaged mail."""
    return text


def is_undamaged(pairs: Sequence[Pair], added: Sequence[bytes]) -> bool:
    """Tell whether nothing speaks for a repair; a blob id may still show that one is needed."""
    return all(pair.mail == pair.base for pair in pairs) and not any(_NO_BREAK_SPACE in text for text in added)


def rank_repairs(pairs: Sequence[Pair], added: Sequence[bytes]) -> tuple[list[Repair], list[Repair]]:
    """The repairs that explain every pair, likeliest first, and those that a blob id alone could justify.

    Of several tab widths that would do, the likeliest leaves the fewest *added* lines indented by blanks.
    """
    telling = [pair for pair in pairs if pair.mail.strip() or pair.base.strip()]
    whole: list[Repair] = []
    indent: list[Repair] = []
    others: list[Repair] = []
    for repair in _repairs(telling):
        if all(_explains(repair, pair) for pair in telling):
            whole.append(repair)
        elif isinstance(repair, Retab) and all(_explains_indent(repair, pair) for pair in telling):
            indent.append(repair)
        else:
            others.append(repair)
    whole.sort(key=lambda repair: _rate(repair, added))
    indent.sort(key=lambda repair: _rate(repair, added))
    return whole + indent, others


def _rate(repair: Repair, added: Sequence[bytes]) -> tuple[int, int]:
    """Lower is likelier: added lines that keep a no-break space, and then such as are indented by blanks.

    The second is not held against repairs that touch no indentation: one of them comes first if it will do.
    """
    repaired = [repair(text) for text in added]
    odd = sum(_NO_BREAK_SPACE in text for text in repaired)
    is_neutral = repair in (keep, _add_cr, _drop_cr, bytes.rstrip)
    return odd, -1 if is_neutral else sum(text.startswith(b" ") for text in repaired)


def _explains(repair: Repair, pair: Pair) -> bool:
    return any(repair(text) == pair.base for text in _readings(pair))


def _explains_indent(repair: "Retab", pair: Pair) -> bool:
    """As _explains, but only up to the first letter: behind it a tab cannot be told from blanks."""
    expanded = repair.expand_indent(pair.base)
    same = fold(pair.mail) == fold(pair.base)
    return same and any(_indent(_plain_spaces(text)) == expanded for text in _readings(pair))


def _readings(pair: Pair) -> Iterator[bytes]:
    """The mail's line, and for context also with some blanks less in front, or one more.

    A mailer that pads quoted lines, glues blank ones to the next, or ate the diff's own column has moved context but
    no signed line.
    """
    yield pair.mail
    if pair.is_context:
        text = pair.mail.replace(_NO_BREAK_SPACE, b" ")
        for extra in range(1, _PADDING_MAX + 1):
            if text.startswith(b" " * extra):
                yield text[extra:]
        yield b" " + text


def _indent(text: bytes) -> bytes:
    return text[: len(text) - len(text.lstrip(b" \t"))]


def _repairs(pairs: Sequence[Pair]) -> Iterator[Repair]:
    """Repairs to try, the plainest first."""
    yield keep
    yield _add_cr
    yield _drop_cr
    yield bytes.rstrip
    yield _plain_spaces
    for width in _TAB_STOPS:
        yield partial(_tabs_for_no_break_spaces, _NO_BREAK_SPACE * width)
    for stop in _TAB_STOPS:
        for first in range(stop, 0, -1):
            seen = _find_seen_indents(Retab(first, stop, False, {}), pairs)
            yield Retab(first, stop, True, seen)
            yield Retab(first, stop, False, seen)


def _find_seen_indents(repair: "Retab", pairs: Sequence[Pair]) -> dict[bytes, bytes]:
    """Indentations as in the mail -> as in the base, by majority; signed lines count twice, being like added ones."""
    seen: dict[bytes, Counter[bytes]] = {}
    for pair in pairs:
        for text in _readings(pair):
            shown = _indent(_plain_spaces(text))
            if shown and shown == repair.expand_indent(pair.base):
                seen.setdefault(shown, Counter())[_indent(pair.base)] += 1 if pair.is_context else 2
    return {shown: max(counts, key=lambda base: (counts[base], base.count(b"\t"))) for shown, counts in seen.items()}


def _add_cr(text: bytes) -> bytes:
    return text if text.endswith(b"\r") else text + b"\r"


def _drop_cr(text: bytes) -> bytes:
    return text.removesuffix(b"\r")


def _tabs_for_no_break_spaces(run: bytes, text: bytes) -> bytes:
    return text.replace(run, b"\t")


def _plain_spaces(text: bytes) -> bytes:
    return text.replace(_NO_BREAK_SPACE, b" ").rstrip()


class Retab(msgspec.Struct, frozen=True):
    """Turn blanks back into tabs: *first* columns for a line's first tab, *stop* for each further one.

    The first tab of a line is shorter where a mailer counted the diff's sign or quote marks as columns. With
    ``is_inner`` a run of two blanks or more that ends at a tab stop inside the line counts as tabs too. ``seen`` are
    indentations that the context shows, since some are of tabs and blanks.
    """

    first: int
    stop: int
    is_inner: bool
    seen: Mapping[bytes, bytes]

    def __call__(self, text: bytes) -> bytes:
        plain = _plain_spaces(text)
        indent = len(plain) - len(plain.lstrip(b" "))
        body = plain[indent:]
        if self.is_inner:
            body = self._retab_body(body, indent)
        if plain[:indent] in self.seen:
            return self.seen[plain[:indent]] + body
        if indent < self.first:
            return plain[:indent] + body
        tabs, blanks = divmod(indent - self.first, self.stop)
        return b"\t" * (tabs + 1) + b" " * blanks + body

    def expand_indent(self, text: bytes) -> bytes:
        """The indentation of a base line as this mailer shows it."""
        column = 0
        for byte in _indent(text):
            if byte == 0x20:
                column += 1
            elif column < self.first:
                column = self.first
            else:
                column += self.stop - (column - self.first) % self.stop
        return b" " * column

    def _retab_body(self, body: bytes, column: int) -> bytes:
        """*body* with its runs of blanks turned into the tabs that end where they end; *column* is its first one's."""
        parts = []
        at = 0
        while at < len(body):
            run = len(body) - at - len(body[at:].lstrip(b" "))
            if run == 0:
                end = body.find(b" ", at)
                word = body[at:] if end < 0 else body[at:end]
                parts.append(word)
                at += len(word)
                continue
            start, stop = column + at - self.first, column + at + run - self.first
            tabs = (stop // self.stop) - (start // self.stop)
            is_tabs = run > 1 and stop % self.stop == 0
            parts.append(b"\t" * tabs if is_tabs else b" " * run)
            at += run
        return b"".join(parts)
