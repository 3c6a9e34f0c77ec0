# SPDX-License-Identifier: GPL-2.0-or-later
"""An mbox (mboxo, mboxrd, or what ``git format-patch --stdout`` prints) becomes raw mails."""

import re

# A separator line ends in a ctime date, with which prose that happens to begin with "From " does not; the header
# field below it is the second proof.
_SEPARATOR = re.compile(
    rb"^From [^\r\n]{1,400}?\d\d:\d\d(?::\d\d)?[^\r\n]{0,40}?\d{4}[^\r\n]{0,20}\r?\n(?=[!-9;-~]{1,80}[ \t]*:)",
    re.MULTILINE,
)
_ESCAPED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


def is_mbox(data: bytes) -> bool:
    """Whether *data* begins with an mbox separator line."""
    return _SEPARATOR.match(data.lstrip(b"\r\n")[:1024]) is not None


def split_mbox(data: bytes) -> list[bytes]:
    """The raw mails of an mbox, in order, with ``>From`` unescaped.

    mboxo escapes ``From `` and mboxrd ``>*From ``; taking one ``>`` off is right for both, but for a reply that
    quotes the word "From" without a blank in an unescaped mbox, which costs that line one quote level.
    """
    marks = list(_SEPARATOR.finditer(data))
    ends = [*(mark.start() for mark in marks[1:]), len(data)][: len(marks)]
    return [_unescape(data[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)]


def _unescape(mail: bytes) -> bytes:
    return _ESCAPED_FROM.sub(rb"\1", mail)
