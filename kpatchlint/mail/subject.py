# SPDX-License-Identifier: GPL-2.0-or-later
"""A subject line becomes its tag: ``[RFC PATCH v3 2/5] title`` and the forms that people write instead."""

import re

import msgspec

from kpatchlint.mail.records import SubjectTag

_REPLY = re.compile(
    r"^\s*(?:(?:re|aw|sv|antw|vs|odp|fwd?|wg|r|回复|答复|转发)\s*(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE
)
_FORWARD = re.compile(r"^\s*(?:fwd?|wg|转发)\s*[:：]", re.IGNORECASE)
_BRACKET = re.compile(r"^\s*\[([^\[\]]{0,200})\]")
_NUMBER = re.compile(r"^(\d{1,4})\s*(?:/|of)\s*(\d{1,4})$", re.IGNORECASE)
_NUMBER_GAPS = re.compile(r"(\d)\s*(?:/|\bof\b)\s*(\d)", re.IGNORECASE)
_VERSION = re.compile(r"^v(?:er(?:sion)?)?\.?(\d{1,3})$", re.IGNORECASE)
_TAIL_VERSION = re.compile(r"\s*[(\[]v(\d{1,3})[)\]]\s*$", re.IGNORECASE)
_GLUED = re.compile(r"^(.*?[a-z])-?(v\d{1,3})$", re.IGNORECASE)


class _Words(msgspec.Struct):
    """What the brackets have said so far."""

    words: list[str] = msgspec.field(default_factory=list)
    version: int | None = None
    number: int | None = None
    total: int | None = None


def parse_subject(subject: str) -> SubjectTag:
    """Take a subject apart; it never fails, a subject without a tag is all title.

    Version 1 is meant where none is written. ``words`` keep the sender's case, e.g. ("RFC", "PATCH", "net-next").
    """
    stripped = _REPLY.sub("", subject)
    is_reply = stripped != subject and not _FORWARD.match(subject)
    said = _Words()
    rest = stripped
    while match := _BRACKET.match(rest):
        _read_bracket(match[1], said)
        rest = rest[match.end() :]
    title = " ".join(rest.split())
    if said.words and (tail := _TAIL_VERSION.search(title)):
        title = title[: tail.start()]
        said.version = said.version or int(tail[1])
    return SubjectTag(
        title=title,
        words=tuple(said.words),
        version=said.version or 1,
        number=said.number,
        total=said.total,
        is_reply=is_reply,
    )


def _read_bracket(text: str, said: _Words) -> None:
    spaced = _NUMBER_GAPS.sub(r"\1/\2", text).replace(",", " ")
    for word in spaced.split():
        if match := _NUMBER.match(word):
            said.number, said.total = int(match[1]), int(match[2])
        elif match := _VERSION.match(word):
            said.version = int(match[1])
        elif glued := _GLUED.match(word):  # "PATCHv2"
            said.words.append(glued[1])
            said.version = int(glued[2][1:])
        else:
            said.words.append(word)
