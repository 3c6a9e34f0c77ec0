# SPDX-License-Identifier: GPL-2.0-or-later
"""Text without RFC 5322 headers becomes a Mail: a web archive's page, or a bare diff."""

import re

from kpatchlint.mail.charset import recode
from kpatchlint.mail.limits import MAIL_MAX_BYTES, check_limit
from kpatchlint.mail.message import check_lines
from kpatchlint.mail.records import Mail
from kpatchlint.mail.transfer import undo_transfer

# hypermail's text form: the subject alone, then "From: Name" without an address, then a date that no mailer writes.
_PAGE = re.compile(
    rb"\A\s*(?P<subject>[^\n]{1,1000})\n\s*\nFrom: (?P<author>[^\n]{0,300})\n"
    rb"Date: (?P<date>[A-Z][a-z]{2} [A-Z][a-z]{2} +\d\d? \d{4} - \d\d:\d\d:\d\d[^\n]{0,20})(?:\n|\Z)"
)
_GIT_SHOW = re.compile(rb"\A(?:commit [0-9a-f]{7,64}[^\n]*\n(?:[A-Z][A-Za-z]+:[^\n]*\n)+\n)[ \t]+(?P<title>[^\n]+)")
_TITLE = re.compile(rb"\A\s*([^\n]+)")
_DIFF_START = re.compile(rb"^(?:diff |Index: |--- |\+\+\+ |@@ |[+]|==)", re.MULTILINE)
_RUN_OF_BLANKS = re.compile(rb"\t|  |^ | $", re.MULTILINE)


def is_archive_page(data: bytes) -> bool:
    """Whether *data* is a page of a hypermail archive as text."""
    return _PAGE.match(_unix(data[:4096])) is not None


def parse_archive_page(data: bytes, origin: str) -> Mail:
    """Read a page with its three-line header; there are no message ids and no addresses in it.

    Raises:
        OverLimit: over 2 MB, or a line over 64 kB.
    """
    check_limit(origin, "the mail", len(data), MAIL_MAX_BYTES)
    text = recode(_unix(data), "utf-8")
    head = _PAGE.match(text.data)
    if head is None:
        return parse_bare_text(data, origin)
    body = text.data[head.end() :]
    is_flattened = _RUN_OF_BLANKS.search(body) is None
    return Mail(
        subject=_prose(head["subject"], text.charset),
        author=_prose(head["author"], text.charset),
        body=check_lines(body, origin),
        origin=origin,
        charset=text.charset,
        date=_prose(head["date"], text.charset),
        damage=("archive text: white space folded",) if is_flattened else (),
        is_flattened=is_flattened,
    )


def parse_bare_text(data: bytes, origin: str) -> Mail:
    """Read text that has no mail header: a diff, a quilt patch with a description, the output of ``git show``.

    Raises:
        OverLimit: over 2 MB, or a line over 64 kB.
    """
    check_limit(origin, "the patch", len(data), MAIL_MAX_BYTES)
    plain = undo_transfer(data, "8bit")
    text = recode(plain.data, "utf-8")
    return Mail(
        subject=_prose(_find_title(text.data), text.charset),
        author="",
        body=check_lines(text.data, origin),
        origin=origin,
        charset=text.charset,
        damage=(*plain.damage, *((text.damage,) if text.damage else ())),
    )


def _find_title(text: bytes) -> bytes:
    shown = _GIT_SHOW.match(text)
    if shown:
        return shown["title"]
    first = _TITLE.match(text)
    return first[1] if first and not _DIFF_START.match(first[1]) else b""


def _prose(raw: bytes, charset: str) -> str:
    return " ".join(raw.decode(charset, errors="replace").split())


def _unix(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")
