# SPDX-License-Identifier: GPL-2.0-or-later
"""A word in a file becomes the functions it stands in."""

import re
from collections.abc import Iterator
from zlib import crc32

from kpatchlint.facts.spans import enclosing_function
from kpatchlint.program.code import Function


def functions_naming(path: str, source: bytes, name: str) -> Iterator[Function]:
    """The functions of a file in whose bodies the word *name* stands, each once."""
    past = 0
    for match in re.finditer(rb"(?<!\w)" + re.escape(name.encode()) + rb"(?!\w)", source):
        if match.start() < past:
            continue
        span = enclosing_function(source, match.start())
        if span is not None and span.body < match.start():
            past = span.end
            yield Function(path, span, source, crc32(source[span.start : span.end]))
