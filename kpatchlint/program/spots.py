# SPDX-License-Identifier: GPL-2.0-or-later
"""A word in a file becomes the functions it stands in."""

from collections.abc import Iterator
from zlib import crc32

from kpatchlint.facts.places import places_of
from kpatchlint.facts.spans import enclosing_function
from kpatchlint.program.code import Function


def functions_naming(path: str, source: bytes, name: str) -> Iterator[Function]:
    """The functions of a file in whose bodies the word *name* stands, each once."""
    past = 0
    for at in places_of(source, name.encode()):
        if at < past:
            continue
        span = enclosing_function(source, at)
        if span is not None and span.body < at:
            past = span.end
            yield Function(path, span, source, crc32(source[span.start : span.end]))
