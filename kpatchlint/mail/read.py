# SPDX-License-Identifier: GPL-2.0-or-later
"""The inputs of the command line become mails: files, standard input, folders, git ranges, public-inbox clones."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from kpatchlint.mail.archive import is_archive_page, parse_archive_page, parse_bare_text
from kpatchlint.mail.errors import InputUnreadable, NoPatchInside
from kpatchlint.mail.folder import list_folder
from kpatchlint.mail.limits import INPUT_MAX_BYTES, MAILS_MAX_COUNT, check_limit
from kpatchlint.mail.mbox import is_mbox, split_mbox
from kpatchlint.mail.message import parse_message
from kpatchlint.mail.records import Mail
from kpatchlint.mail.thread import choose_series
from kpatchlint.text.errors import UsageError

_FIELD_LINE = re.compile(rb"[!-9;-~]{1,80}[ \t]*:|[ \t]+\S")
_MAIL_FIELD = re.compile(
    rb"^(?:from|subject|date|message-id|received|return-path|mime-version|to|content-type)[ \t]*:", re.IGNORECASE
)
_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


class Sources(msgspec.Struct, frozen=True):
    """How the inputs that need git are read; the engine fills this in, since running git belongs to a later stage.

    ``read_range`` takes what follows ``git:`` (a range, or ``--staged``) and gives mbox bytes;
    ``read_inbox`` takes the folder and the Message-ID of ``inbox:DIR#MSGID`` and gives the thread's raw mails.
    """

    read_range: Callable[[str], bytes] | None = None
    read_inbox: Callable[[str, str], Sequence[bytes]] | None = None


def read_inputs(names: Sequence[str], *, stdin: BinaryIO, sources: Sources | None = None) -> list[Mail]:
    """Read every input in the order given.

    Args:
        names: files, folders, ``-``, ``git:RANGE``, ``git:--staged``, ``inbox:DIR#MSGID``.
        stdin: what ``-`` reads.
        sources: how to reach git; without it the last three are refused.

    Raises:
        UsageError: an input that does not exist or cannot be read.
        NoPatchInside: an empty or binary file.
        OverLimit: an input over 64 MB, over 1,000 mails, or one of the limits of a mail.
    """
    mails: list[Mail] = []
    for name in names:
        mails += _read_input(name, stdin, sources or Sources())
        check_limit(name, "the input", len(mails), MAILS_MAX_COUNT, "mails")
    return mails


def _read_input(name: str, stdin: BinaryIO, sources: Sources) -> list[Mail]:
    if name == "-":
        return read_mail_bytes(stdin.read(INPUT_MAX_BYTES + 1), "-")
    if name.startswith("git:"):
        if sources.read_range is None:
            raise UsageError(f"{name}: no git repository to read it from")
        return read_mail_bytes(sources.read_range(name.removeprefix("git:")), name)  # what is staged is no mail
    if name.startswith("inbox:"):
        return _read_inbox(name, sources)
    path = Path(name)
    if path.is_dir():
        return _read_folder(path)
    return read_mail_bytes(_read_file(path), name)


def _read_inbox(name: str, sources: Sources) -> list[Mail]:
    folder, mark, message_id = name.removeprefix("inbox:").partition("#")
    if not (folder and mark and message_id):
        raise UsageError(f"{name}: an inbox is named as inbox:DIR#MESSAGE-ID")
    if sources.read_inbox is None:
        raise UsageError(f"{name}: no way to read a public-inbox clone here")
    raw = sources.read_inbox(folder, message_id)
    thread = [parse_message(data, f"{name}({number})") for number, data in enumerate(raw, 1)]
    return choose_series(thread, message_id)


def _read_folder(folder: Path) -> list[Mail]:
    mails: list[Mail] = []
    total_bytes = 0
    for path in list_folder(folder):
        data = _read_file(path)
        total_bytes += len(data)
        check_limit(str(folder), "the folder", total_bytes, INPUT_MAX_BYTES)
        mails += read_mail_bytes(data, str(path))
        check_limit(str(folder), "the folder", len(mails), MAILS_MAX_COUNT, "mails")
    return mails


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(INPUT_MAX_BYTES + 1)
    except OSError as error:
        raise InputUnreadable(str(path), error.strerror or "cannot be read") from error
    except ValueError as error:  # a name with NUL in it
        raise InputUnreadable(repr(str(path)), "not a file name") from error


def read_mail_bytes(data: bytes, origin: str) -> list[Mail]:
    """Read one input whose form is told from its first lines: mbox, mail, archive page, or bare patch text.

    Raises:
        NoPatchInside: it is empty or binary.
        OverLimit: it, or a mail in it, is too large.
    """
    check_limit(origin, "the input", len(data), INPUT_MAX_BYTES)
    data = _as_utf8(data)
    if not data.strip():
        raise NoPatchInside(origin, "it is empty")
    if is_mbox(data):
        return read_mbox_bytes(data, origin)
    if is_archive_page(data):
        return [parse_archive_page(data, origin)]
    if _has_mail_header(data):
        return [parse_message(data.lstrip(b"\r\n"), origin)]
    if b"\0" in data[:8192]:
        raise NoPatchInside(origin, "it is binary data")
    return [parse_bare_text(data, origin)]


def _as_utf8(data: bytes) -> bytes:
    """*data* without a byte order mark; text that a Windows shell redirected into a file is UTF-16."""
    codec = _UTF16_BOMS.get(data[:2])
    if codec is not None:
        return data[2:].decode(codec, errors="replace").encode("utf-8")
    return data.removeprefix(_BOM)


def read_mbox_bytes(data: bytes, origin: str) -> list[Mail]:
    """Read an mbox, such as ``git format-patch --stdout`` prints; no mails from no data.

    Raises:
        OverLimit: over 64 MB, over 1,000 mails, or a mail in it is too large.
    """
    check_limit(origin, "the mbox", len(data), INPUT_MAX_BYTES)
    raw = split_mbox(data)
    check_limit(origin, "the mbox", len(raw), MAILS_MAX_COUNT, "mails")
    if len(raw) == 1:
        return [parse_message(raw[0], origin)]
    return [parse_message(mail, f"{origin}#{number}") for number, mail in enumerate(raw, 1)]


def _has_mail_header(data: bytes) -> bool:
    """Whether the lines before the first blank one are header fields and one of them is a mail's."""
    is_mail = False
    for line in data[:65536].lstrip(b"\r\n").splitlines():
        if not line:
            break
        if not _FIELD_LINE.match(line):
            return False
        is_mail = is_mail or _MAIL_FIELD.match(line) is not None
    return is_mail
