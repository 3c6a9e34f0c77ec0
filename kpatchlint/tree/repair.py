# SPDX-License-Identifier: GPL-2.0-or-later
"""What a mailer did to the white space of lines that the base has is undone on the lines that it adds.

Context and removed lines show both forms, the mail's and the base's. A repair is taken only when it turns the
first into the second for all of them; then it is applied to added lines. Flattened text, where the indentation
is simply gone, has no such repair and stays as the mail shows it.
"""

from collections.abc import Iterator, Sequence

from kpatchlint.tree.edit import Repair

Pair = tuple[bytes, bytes]  # a line as the mail has it, and the same line as the base has it

_NO_BREAK_SPACE = b"\xc2\xa0"
_TAB_STOPS = (8, 4)


def find_repair(pairs: Sequence[Pair]) -> Repair | None:
    """The repair that explains all *pairs*; None when there is none. Identity when nothing was damaged."""
    telling = [pair for pair in pairs if pair[0].strip() or pair[1].strip()]
    if not telling:
        return _keep
    return next((repair for repair in _repairs() if all(repair(mail) == base for mail, base in telling)), None)


def _keep(text: bytes) -> bytes:
    return text


def _repairs() -> Iterator[Repair]:
    """Repairs to try, the plainest first."""
    yield _keep
    yield _add_cr
    yield _drop_cr
    yield bytes.rstrip
    yield _plain_spaces
    for stop in _TAB_STOPS:
        for first in range(stop, 0, -1):
            yield _Retab(first, stop)


def _add_cr(text: bytes) -> bytes:
    return text if text.endswith(b"\r") else text + b"\r"


def _drop_cr(text: bytes) -> bytes:
    return text.removesuffix(b"\r")


def _plain_spaces(text: bytes) -> bytes:
    return text.replace(_NO_BREAK_SPACE, b" ").rstrip()


class _Retab:
    """Turn an indentation of spaces back into tabs: *first* columns for the first, *stop* for each further one.

    The first tab of a line is shorter where a mailer counted the diff's sign or quote marks as columns.
    """

    def __init__(self, first: int, stop: int) -> None:
        self.first = first
        self.stop = stop

    def __call__(self, text: bytes) -> bytes:
        plain = _plain_spaces(text)
        indent = len(plain) - len(plain.lstrip(b" "))
        if indent < self.first:
            return plain
        tabs, spaces = divmod(indent - self.first, self.stop)
        return b"\t" * (tabs + 1) + b" " * spaces + plain[indent:]
