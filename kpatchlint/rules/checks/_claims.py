# SPDX-License-Identifier: GPL-2.0-or-later
"""What was said around a diff becomes notes on a finding about its code: a claim, and what is to be said to it.

Words of a reviewer are never held against the reviewer, and nothing that was said is a finding of its own.
"""

import re
from collections.abc import Iterator

from kpatchlint.patch.records import Patch
from kpatchlint.program import Scope

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n\s*\n")
_QUOTED = 160

_SILENCED = (re.compile(r"\b(?:skip\w*|silenc\w*|suppress\w*|disabl\w*|remov\w*)\b[^.]*\bwarning", re.IGNORECASE),)
_READ_ONLY_FIRST = (
    re.compile(r"read-?\s?only", re.IGNORECASE),
    re.compile(r"\b(?:TLBI|flush\w*|invalidat\w*)\b", re.IGNORECASE),
    re.compile(r"\bpfn\b|output address", re.IGNORECASE),
)
_PRECEDENT = (
    re.compile(r"\b(?:x86|s390|powerpc|riscv)\b", re.IGNORECASE),
    re.compile(r"\b(?:does|do|same|similar\w*|like|as in)\b", re.IGNORECASE),
)


_ALL_UNDER_LOCK = re.compile(
    r"\b(?:entire|whole|complete|all)\b[^.]*?\b(\w+)\(\)\s+(?:under|inside|within|with|in)\s+(?:the\s+)?(\w[\w.>-]*lock)\b",
    re.IGNORECASE,
)


def live_change_notes(scope: Scope) -> tuple[str, ...]:
    """On a live entry that changes: that the check is silenced, or that read-only in between is enough."""
    return (
        *_notes(scope, _SILENCED, "the check that warns is right, and silencing it leaves the fault"),
        *_notes(
            scope,
            _READ_ONLY_FIRST,
            "read-only in between is not invalid: the CPU may put a mapping together from the old and the new entry",
        ),
    )


def precedent_notes(scope: Scope) -> tuple[str, ...]:
    """On kernel tables that change: that another architecture does so, by the author's own words."""
    return tuple(_notes(scope, _PRECEDENT, "that another architecture does it does not show that it is right", True))


def said_to_be_under_lock(scope: Scope) -> tuple[str, str, str] | None:
    """(function, lock, sentence) where the author says that all of a function is to be done under a lock."""
    patch = scope.placed.patch if scope.placed is not None else None
    for text in _said(patch, only_author=True) if patch is not None else ():
        for sentence in _SENTENCE.split(text):
            found = _ALL_UNDER_LOCK.search(sentence)
            if found is not None:
                return found[1], found[2], _shortened(sentence)
    return None


def _shortened(sentence: str) -> str:
    said = " ".join(sentence.split())
    return said if len(said) <= _QUOTED else f"{said[:_QUOTED]}..."


def _notes(scope: Scope, words: tuple[re.Pattern[str], ...], answer: str, only_author: bool = False) -> Iterator[str]:
    patch = scope.placed.patch if scope.placed is not None else None
    for text in _said(patch, only_author) if patch is not None else ():
        for sentence in _SENTENCE.split(text):
            if all(word.search(sentence) for word in words):
                yield f'said of it: "{_shortened(sentence)}"; but {answer}'
                return


def _said(patch: Patch, only_author: bool) -> Iterator[str]:
    yield patch.changelog
    for comment in patch.commentary:
        is_author = bool(patch.author and comment.author and comment.author in patch.author)
        if is_author or not only_author:
            yield comment.text
