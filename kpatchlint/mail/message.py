# SPDX-License-Identifier: GPL-2.0-or-later
"""One RFC 5322 message becomes a Mail: its text parts and attached patches, decoded and in order."""

import re

import msgspec

from kpatchlint.mail.charset import recode
from kpatchlint.mail.header import Header, parse_content_type, split_header
from kpatchlint.mail.limits import (
    LINE_MAX_BYTES,
    LINES_MAX_COUNT,
    MAIL_MAX_BYTES,
    MIME_MAX_DEPTH,
    MIME_MAX_PARTS,
    check_limit,
)
from kpatchlint.mail.records import Mail
from kpatchlint.mail.transfer import undo_transfer

_PATCH_TYPES = ("text/x-patch", "text/x-diff", "text/x-log", "text/x-csrc", "application/x-patch")
_NO_TEXT = "the mail has no plain text"
_PATCH_NAME = re.compile(r"\.(patch|diff|txt|mbox|eml)$", re.IGNORECASE)


class TextPart(msgspec.Struct, frozen=True):
    """One part that is text: its bytes, the charset its prose is in, and what had to be mended."""

    data: bytes
    charset: str
    is_flowed: bool = False
    is_delsp: bool = False
    damage: tuple[str, ...] = ()


def parse_message(data: bytes, origin: str) -> Mail:
    """Decode one raw mail.

    Args:
        data: header and body as received, without mbox escaping.
        origin: how messages to the user name this mail.

    Raises:
        OverLimit: a mail over 2 MB, a decoded line over 64 kB, MIME nested over 10 deep, over 200 parts.
    """
    check_limit(origin, "the mail", len(data), MAIL_MAX_BYTES)
    header, body = split_header(data)
    parts = _read_parts(header, body, origin, 0)
    charset = next((part.charset for part in parts if part.charset != "utf-8"), "utf-8")
    return Mail(
        subject=header.text("subject"),
        author=header.text("from"),
        body=check_lines(b"".join(_ended(part.data) for part in parts), origin),
        origin=origin,
        charset=charset,
        date=header.text("date") or None,
        message_id=next(iter(header.message_ids("message-id")), None),
        references=_references(header),
        damage=tuple(dict.fromkeys(said for part in parts for said in part.damage)) if parts else (_NO_TEXT,),
        is_flowed=any(part.is_flowed for part in parts),
        is_delsp=any(part.is_delsp for part in parts),
    )


def check_lines(body: bytes, origin: str) -> bytes:
    """*body* itself, unless it has more or longer lines than any patch needs.

    Raises:
        OverLimit: a line over 64 kB, or over 50,000 lines.
    """
    lines = body.split(b"\n")
    check_limit(origin, "the mail", len(lines), LINES_MAX_COUNT, "lines")
    longest = max(range(len(lines)), key=lambda index: len(lines[index]))
    check_limit(origin, f"line {longest + 1}", len(lines[longest]), LINE_MAX_BYTES)
    return body


def _ended(data: bytes) -> bytes:
    return data if not data or data.endswith(b"\n") else data + b"\n"


def _references(header: Header) -> tuple[str, ...]:
    """The thread from its root to the parent; In-Reply-To names the parent when References lacks it."""
    chain = [*header.message_ids("references"), *header.message_ids("in-reply-to")[:1]]
    return tuple(dict.fromkeys(chain))


def _read_parts(header: Header, body: bytes, origin: str, depth: int) -> list[TextPart]:
    check_limit(origin, "the MIME structure", depth, MIME_MAX_DEPTH, "levels")
    content = parse_content_type(header.raw("content-type"))
    boundary = content.parameter("boundary")
    if content.type.startswith("multipart/") and boundary:
        pieces = [split_header(piece) for piece in _split_multipart(body, boundary, origin)]
        if content.type == "multipart/alternative":
            pieces = _plainest(pieces)
        return [part for head, data in pieces for part in _read_parts(head, data, origin, depth + 1)]
    if content.type == "message/rfc822":
        return _read_parts(*split_header(body.lstrip(b"\r\n")), origin, depth + 1)
    if not _is_text(header, depth):
        return []
    decoded = undo_transfer(body, header.raw("content-transfer-encoding").decode("latin-1"))
    recoded = recode(decoded.data, content.parameter("charset"))
    said = (*decoded.damage, recoded.damage) if recoded.damage else decoded.damage
    is_flowed = content.parameter("format").lower() == "flowed"
    is_delsp = content.parameter("delsp").lower() == "yes"
    return [TextPart(recoded.data, recoded.charset, is_flowed, is_flowed and is_delsp, said)]


def _is_text(header: Header, depth: int) -> bool:
    """Whether a part can hold a patch: plain text, or an attachment whose type or name says patch."""
    content = parse_content_type(header.raw("content-type"))
    disposition = parse_content_type(header.raw("content-disposition"))
    name = disposition.parameter("filename") or content.parameter("name")
    if content.type in ("", "text/plain", *_PATCH_TYPES) or (depth == 0 and "/" not in content.type):
        return True
    return content.type.startswith(("text/", "application/octet-stream")) and bool(_PATCH_NAME.search(name))


def _plainest(pieces: list[tuple[Header, bytes]]) -> list[tuple[Header, bytes]]:
    """Of alternatives for the same text, the plain one."""
    plain = [p for p in pieces if parse_content_type(p[0].raw("content-type")).type in ("", "text/plain")]
    return plain[:1] or pieces


def _split_multipart(body: bytes, boundary: str, origin: str) -> list[bytes]:
    """The parts between boundary lines; preamble and epilogue are left out (RFC 2046, 5.1.1)."""
    mark = re.escape(boundary.encode("latin-1"))
    found = re.split(rb"(?:\A|\r?\n)--" + mark + rb"(--)?[ \t]*(?=\r?\n|\Z)", body)
    pieces: list[bytes] = []
    for closing, piece in zip(found[1::2], found[2::2], strict=True):
        if closing is not None:
            break
        pieces.append(re.sub(rb"\A\r?\n", b"", piece))
    check_limit(origin, "the MIME structure", len(pieces), MIME_MAX_PARTS, "parts")
    return pieces
