# SPDX-License-Identifier: GPL-2.0-or-later
"""The records that the mail stage hands on: one mail, and one series of mails."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail with its transfer encoding undone; quoting and diffs are still in the body.

    ``body`` stays bytes because a patch's bytes are what its blob ids prove; ``charset`` says how to read the
    prose in it. Lines end in ``\\n`` only when the sender's did: a CR inside is kept for the patch stage to judge.
    """

    subject: str
    author: str  # display form as written, e.g. "A Name <a@b.c>"; archives mask or drop the address
    body: bytes
    origin: str  # for messages: "x.mbox#3", "-", "git:abc123"
    charset: str = "utf-8"
    date: str | None = None
    message_id: str | None = None  # with its angle brackets
    references: tuple[str, ...] = ()
    damage: tuple[str, ...] = ()  # e.g. "unknown charset 'y', read as latin-1"
    is_flowed: bool = False  # format=flowed (RFC 3676) was declared; the body is not yet unwrapped
    is_delsp: bool = False  # with DelSp=yes: the blank of a soft line break is not part of the text
    is_flattened: bool = False  # a web archive's text: runs of blanks are one, both ends of each line are bare


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectTag:
    """What ``[PATCH v3 2/5]`` says: tag words, version from 1, number and total (None when absent)."""

    title: str
    words: tuple[str, ...] = ()
    version: int = 1
    number: int | None = None
    total: int | None = None
    is_reply: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Mails of one series in the order in which they apply; ``missing`` names the numbers nobody sent.

    ``replies`` are mails of the same thread that answer the series; they are discussion, not patches of it.
    """

    mails: tuple[Mail, ...]
    cover: Mail | None = None
    version: int = 1
    total: int | None = None
    missing: tuple[int, ...] = ()
    replies: tuple[Mail, ...] = ()
    notes: tuple[str, ...] = field(default=())
