# SPDX-License-Identifier: GPL-2.0-or-later
"""What a mailer did to the white space of lines that the base has is undone on the lines that it adds.

Context and removed lines show both forms, the mail's and the base's. A repair explains the mail when it turns the
first into the second for all of them. Flattened text, where the indentation is simply gone, has no such repair
and stays as the mail shows it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kpatchlint.tree.basetext import fold
from kpatchlint.tree.edit import Repair

_NO_BREAK_SPACE = b"\xc2\xa0"
_TAB_STOPS = (8, 4)


@dataclass(frozen=True, slots=True)
class Pair:
    """A line as the mail and as the base has it. A context line has no sign, so its first column is unsafe."""

    mail: bytes
    base: bytes
    is_context: bool


def keep(text: bytes) -> bytes:
    """The repair for undamaged mail."""
    return text


def rank_repairs(pairs: Sequence[Pair]) -> tuple[list[Repair], list[Repair]]:
    """The repairs that explain every pair, likeliest first, and those that a blob id alone could justify."""
    telling = [pair for pair in pairs if pair.mail.strip() or pair.base.strip()]
    whole: list[Repair] = []
    indent: list[Repair] = []
    others: list[Repair] = []
    for repair in _repairs():
        if all(_explains(repair, pair) for pair in telling):
            whole.append(repair)
        elif isinstance(repair, Retab) and all(_explains_indent(repair, pair) for pair in telling):
            indent.append(repair)
        else:
            others.append(repair)
    return whole + indent, others


def _explains(repair: Repair, pair: Pair) -> bool:
    return any(repair(text) == pair.base for text in _readings(pair))


def _explains_indent(repair: Repair, pair: Pair) -> bool:
    """As _explains, but inside the line a tab cannot be told from blanks."""
    repaired = [repair(text) for text in _readings(pair)]
    return any(_indent(text) == _indent(pair.base) and fold(text) == fold(pair.base) for text in repaired)


def _readings(pair: Pair) -> Iterator[bytes]:
    """The mail's line, and for context also with a blank less or more in front.

    A mailer that pads quoted lines, or that ate the diff's own column, has moved context but no signed line.
    """
    yield pair.mail
    if pair.is_context:
        for blank in (b" ", b"  ", _NO_BREAK_SPACE):
            if pair.mail.startswith(blank):
                yield pair.mail[len(blank) :]
        yield b" " + pair.mail


def _indent(text: bytes) -> bytes:
    return text[: len(text) - len(text.lstrip(b" \t"))]


def _repairs() -> Iterator[Repair]:
    """Repairs to try, the plainest first."""
    yield keep
    yield _add_cr
    yield _drop_cr
    yield bytes.rstrip
    yield _plain_spaces
    for stop in _TAB_STOPS:
        for first in range(stop, 0, -1):
            yield Retab(first, stop, is_inner=True)
            yield Retab(first, stop, is_inner=False)


def _add_cr(text: bytes) -> bytes:
    return text if text.endswith(b"\r") else text + b"\r"


def _drop_cr(text: bytes) -> bytes:
    return text.removesuffix(b"\r")


def _plain_spaces(text: bytes) -> bytes:
    return text.replace(_NO_BREAK_SPACE, b" ").rstrip()


@dataclass(frozen=True, slots=True)
class Retab:
    """Turn blanks back into tabs: *first* columns for a line's first tab, *stop* for each further one.

    The first tab of a line is shorter where a mailer counted the diff's sign or quote marks as columns. With
    ``is_inner`` a run of two blanks or more that ends at a tab stop inside the line counts as tabs too.
    """

    first: int
    stop: int
    is_inner: bool

    def __call__(self, text: bytes) -> bytes:
        plain = _plain_spaces(text)
        indent = len(plain) - len(plain.lstrip(b" "))
        body = plain[indent:]
        if self.is_inner:
            body = self._retab_body(body, indent)
        if indent < self.first:
            return plain[:indent] + body
        tabs, blanks = divmod(indent - self.first, self.stop)
        return b"\t" * (tabs + 1) + b" " * blanks + body

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
