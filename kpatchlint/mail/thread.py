# SPDX-License-Identifier: GPL-2.0-or-later
"""One Message-ID in an archive of mails becomes the thread around it, then the series it belongs to."""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from kpatchlint.mail.errors import NotInInbox
from kpatchlint.mail.header import split_header
from kpatchlint.mail.records import Mail
from kpatchlint.mail.series import build_series

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_OLDER_MAX = 5000  # mails looked at beyond the wanted one for the root of its thread
_SCAN_MAX = 1_000_000


class Archive(Protocol):
    """An archive in the order of arrival, such as one public-inbox clone."""

    def names(self) -> Iterator[str]:
        """Names of all mails, newest first."""

    def read(self, name: str) -> bytes | None:
        """One raw mail; None where the mail was removed from the archive."""


class _Post(msgspec.Struct, frozen=True):
    name: str
    id: str
    parents: tuple[str, ...]


def collect_thread(archive: Archive, message_id: str) -> list[bytes]:
    """The raw mails of the thread that *message_id* is in, oldest first.

    The archive is read from its new end until the wanted mail and the root of its thread were seen; mails that
    answer without naming the root are not found.

    Args:
        archive: where to look.
        message_id: with or without angle brackets.

    Raises:
        NotInInbox: no mail has this id.
    """
    wanted = f"<{message_id.strip().strip('<>')}>"
    seen: list[_Post] = []
    root: str | None = None
    older = 0
    for count, name in enumerate(archive.names()):
        post = _read_post(archive, name)
        if post is None:
            continue
        seen.append(post)
        if root is None and post.id == wanted:
            root = post.parents[0] if post.parents else wanted
        older += root is not None
        if post.id == root or older > _OLDER_MAX or count > _SCAN_MAX:
            break
    if root is None:
        raise NotInInbox(wanted)
    names = [post.name for post in reversed(seen) if post.id in (root, wanted) or root in post.parents]
    return [raw for raw in map(archive.read, names) if raw is not None]


def _read_post(archive: Archive, name: str) -> _Post | None:
    raw = archive.read(name)
    if raw is None:
        return None
    end = _HEADER_END.search(raw)
    header, _ = split_header(raw[: end.end()] if end else raw)
    own = header.message_ids("message-id")
    parents = header.message_ids("references") or header.message_ids("in-reply-to")
    return _Post(name, own[0] if own else "", parents)


def choose_series(mails: Sequence[Mail], message_id: str) -> list[Mail]:
    """Of a thread's mails, the ones to check: the series that the named mail is part of or covers, or a lone reply."""
    wanted = f"<{message_id.strip().strip('<>')}>"
    for series in build_series(mails):
        cover = (series.cover,) if series.cover is not None else ()
        if any(mail.message_id == wanted for mail in (*cover, *series.mails)):
            return [*cover, *series.mails, *series.replies]
    return [mail for mail in mails if mail.message_id == wanted]
