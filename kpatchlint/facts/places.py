# SPDX-License-Identifier: GPL-2.0-or-later
"""A word becomes the places where it stands in a text.

An analysis asks this thousands of times, mostly in files that have the word a few times or not at all. ``bytes.find``
goes through them ten times as fast as a pattern made for the word, and a pattern would have to be compiled first.
"""

from collections.abc import Iterator

_IN_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def places_of(source: bytes, word: bytes) -> Iterator[int]:
    """Offsets at which *word* stands as a whole word; nowhere for an empty one."""
    length = len(word)
    at = source.find(word) if word else -1
    while at >= 0:
        end = at + length
        if (at == 0 or source[at - 1] not in _IN_WORD) and (end == len(source) or source[end] not in _IN_WORD):
            yield at
        at = source.find(word, end)


def has_word(source: bytes, word: bytes) -> bool:
    """Whether *word* stands in the text as a whole word."""
    return next(places_of(source, word), -1) >= 0
