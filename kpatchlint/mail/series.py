# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails become series: put in order, told apart by thread and version, with what is missing said."""

from collections.abc import Mapping, Sequence

import msgspec

from kpatchlint.mail.limits import PATCHES_MAX_COUNT, check_limit
from kpatchlint.mail.records import Mail, Series, SubjectTag
from kpatchlint.mail.subject import parse_subject

_NOT_A_NAME = frozenset({"RESEND", "REPOST", "RFC"})  # tags that come and go within one thread


class _Group(msgspec.Struct):
    """Mails that may be one series, while it is being collected."""

    threads: set[str]
    version: int
    total: int | None
    words: frozenset[str]
    author: str
    numbered: dict[int, Mail] = msgspec.field(default_factory=dict)
    replies: list[Mail] = msgspec.field(default_factory=list)

    def takes(self, mail: Mail, tag: SubjectTag) -> bool:
        """Whether *mail* is the next unseen number of this very series."""
        if tag.number is None or tag.number in self.numbered:
            return False
        if (tag.version, tag.total, _names(tag)) != (self.version, self.total, self.words):
            return False
        same_thread = not self.threads.isdisjoint(_thread(mail))
        return same_thread or (not mail.references and _sender(mail) == self.author)


def build_series(mails: Sequence[Mail]) -> list[Series]:
    """Group mails into series, in the order in which each series first appears.

    A mail without ``n/m`` is a series of its own. A reply belongs to the series whose thread it is in, and is a
    series of its own when that series is not among the mails.

    Raises:
        OverLimit: a series of over 200 patches.
    """
    groups: list[_Group] = []
    answers: list[Mail] = []
    for mail in mails:
        tag = parse_subject(mail.subject)
        if tag.is_reply:
            answers.append(mail)
            continue
        group = next((group for group in groups if group.takes(mail, tag)), None)
        if group is None:
            group = _Group(set(), tag.version, tag.total, _names(tag), _sender(mail))
            groups.append(group)
        group.threads.update(_thread(mail))
        group.numbered[tag.number if tag.number is not None else 1] = mail
    holders = {mail.message_id: group for group in groups for mail in group.numbered.values() if mail.message_id}
    alone = [mail for mail in answers if not _hand_to_thread(mail, holders)]
    return [_finish(group) for group in groups] + [Series(mails=(mail,)) for mail in alone]


def _names(tag: SubjectTag) -> frozenset[str]:
    return frozenset(word.upper() for word in tag.words) - _NOT_A_NAME


def _sender(mail: Mail) -> str:
    return mail.author.rpartition("<")[2].rstrip(">").strip().lower()


def _thread(mail: Mail) -> set[str]:
    """The ids that tie a mail to its series: its own and its parents'."""
    own = {mail.message_id} if mail.message_id else set()
    return own | set(mail.references)


def _hand_to_thread(reply: Mail, holders: Mapping[str, _Group]) -> bool:
    """Give a reply to the series it answers: the one holding its nearest ancestor."""
    for ancestor in reversed(reply.references):
        if group := holders.get(ancestor):
            group.replies.append(reply)
            return True
    return False


def _finish(group: _Group) -> Series:
    patches = tuple(group.numbered[number] for number in sorted(group.numbered) if number > 0)
    cover = group.numbered.get(0)
    check_limit(
        (patches[0] if patches else group.numbered[0]).origin, "the series", len(patches), PATCHES_MAX_COUNT, "patches"
    )
    present = [number for number in group.numbered if number > 0]
    expected = range(1, min(group.total or 0, PATCHES_MAX_COUNT) + 1)
    missing = tuple(number for number in expected if number not in group.numbered)
    return Series(
        mails=patches,
        cover=cover,
        version=group.version,
        total=group.total,
        missing=missing,
        replies=tuple(group.replies),
        notes=_notes(group, present, missing),
    )


def _notes(group: _Group, present: list[int], missing: tuple[int, ...]) -> tuple[str, ...]:
    notes = []
    if missing:
        numbers = ", ".join(str(number) for number in missing[:10]) + (", ..." if len(missing) > 10 else "")
        notes.append(
            f"patch {numbers} of {group.total} is missing"
            if len(missing) == 1
            else f"patches {numbers} of {group.total} are missing"
        )
    if present != sorted(present):
        notes.append("the patches came out of order and were sorted by number")
    if group.total is not None and any(number > group.total for number in present):
        notes.append(f"a patch has a number above the total of {group.total}")
    return tuple(notes)
