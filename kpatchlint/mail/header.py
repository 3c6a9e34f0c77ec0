# SPDX-License-Identifier: GPL-2.0-or-later
"""The header block of a mail or MIME part becomes plain values.

Written here, not taken from ``email.parser``: that one parses the whole tree of parts before anything can be
bounded, and is quadratic on some headers. Encoded words are left to the standard library.
"""

import binascii
import contextlib
import re
from collections.abc import Iterable
from email.errors import HeaderParseError
from email.header import decode_header

import msgspec

from kpatchlint.mail.charset import find_codec

_VALUE_MAX_CHARS = 8192
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:[ \t]*(.*)", re.DOTALL)
_BLANK_LINE = re.compile(rb"^\r?\n", re.MULTILINE)
_PARAMETER = re.compile(r';\s*([a-z0-9-]+)(?:\*0?)?\*?\s*=\s*(?:"([^"]*)"|([^;\s"]*))', re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Header(msgspec.Struct, frozen=True):
    """Header fields in order, names in lower case, values undecoded with folds undone."""

    fields: tuple[tuple[str, bytes], ...]

    def raw(self, name: str) -> bytes:
        """The first value of field *name*, empty when there is none."""
        return next((value for field, value in self.fields if field == name), b"")

    def text(self, name: str) -> str:
        """The value of *name* for people: encoded words decoded, blanks single, control and bidi marks dropped."""
        return decode_words(self.raw(name))

    def message_ids(self, name: str) -> tuple[str, ...]:
        """All ``<...>`` of field *name*, in order."""
        return tuple(_MESSAGE_ID.findall(self.raw(name)[: 8 * _VALUE_MAX_CHARS].decode("latin-1")))


class ContentType(msgspec.Struct, frozen=True):
    """A Content-Type or Content-Disposition value: ``type`` and parameter names are in lower case."""

    type: str
    parameters: tuple[tuple[str, str], ...] = ()

    def parameter(self, name: str) -> str:
        """The value of one parameter, empty when it is absent."""
        return next((value for key, value in self.parameters if key == name), "")


def split_header(data: bytes) -> tuple[Header, bytes]:
    """Part a mail at its first blank line into header fields and the body's bytes."""
    blank = _BLANK_LINE.search(data)
    head, body = (data[: blank.start()], data[blank.end() :]) if blank else (data, b"")
    return Header(tuple(_unfold(head.splitlines()))), body


def _unfold(lines: Iterable[bytes]) -> list[tuple[str, bytes]]:
    fields: list[tuple[str, list[bytes]]] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1][1].append(line.strip())
        elif match := _FIELD.match(line):
            fields.append((match[1].decode("ascii").lower(), [match[2].strip()]))
    return [(name, b" ".join(parts)) for name, parts in fields]


def decode_words(value: bytes) -> str:
    """RFC 2047 text for people, never failing: what cannot be decoded stays as it is written."""
    text = decode_loosely(value[:_VALUE_MAX_CHARS])
    if "=?" in text:
        with contextlib.suppress(HeaderParseError, ValueError, LookupError, binascii.Error):
            text = "".join(_decode_word(chunk, charset) for chunk, charset in decode_header(text))
    return _HIDDEN.sub("", " ".join(text.split()))


def _decode_word(chunk: bytes | str, charset: str | None) -> str:
    if isinstance(chunk, str):
        return chunk
    if charset is None:  # between encoded words; the standard library hands it out in this encoding
        return chunk.decode("raw-unicode-escape", errors="replace")
    codec = find_codec(charset)
    try:
        return chunk.decode(codec) if codec else decode_loosely(chunk)
    except (LookupError, UnicodeError):
        return decode_loosely(chunk)


def decode_loosely(value: bytes) -> str:
    """UTF-8 where it is UTF-8, else latin-1, which every byte has a place in."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def parse_content_type(value: bytes) -> ContentType:
    """The type and parameters of a Content-Type or Content-Disposition value; an empty value gives an empty type."""
    text = value[:_VALUE_MAX_CHARS].decode("latin-1")
    kind = text.split(";", 1)[0].strip().lower()
    found = tuple((m[1].lower(), m[2] if m[2] is not None else m[3]) for m in _PARAMETER.finditer(text))
    return ContentType(kind, found)
