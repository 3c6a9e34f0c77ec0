# SPDX-License-Identifier: GPL-2.0-or-later
"""One segment of an index: which of its files have a word, as sorted numbers; built once, then mapped.

A posting says "file *number* has a word with this hash": crc32(word) * 65536 + number, kept as a double, which holds
all 48 bits. Doubles, because Python sorts them fastest, and sorting is what an index is made by. Words that share
a hash share their postings; an answer may be too long, never too short.
"""

import mmap
import os
import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal
from zlib import crc32

FILES_MAX_COUNT = 1 << 16  # a posting has 16 bits for the file

Kind = Literal["defines", "mentions"]
Entry = tuple[str, str]  # a path and the key of its content

_HEADER = struct.Struct("=8s3Q")  # magic; number of postings of each kind; bytes of the entries
_MAGIC = b"kplseg2\n"
_POSTING_BYTES = 8
_SHIFT = float(FILES_MAX_COUNT)


class SegmentBuilder:
    """Takes files one after the other and gives the segment's bytes."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._defines: list[float] = []
        self._mentions: list[float] = []

    def add(self, entry: Entry, defines: Iterable[bytes], mentions: Iterable[bytes]) -> None:
        """Enter one file. At most 65,536 fit."""
        number = len(self._entries)
        self._entries.append(entry)
        self._defines += [crc32(word) * _SHIFT + number for word in defines]
        self._mentions += [crc32(word) * _SHIFT + number for word in mentions]

    def build(self) -> bytes:
        """The segment as it is on disk: header, both arrays of postings, paths and keys with NULs between."""
        parts = []
        for postings in (self._defines, self._mentions):
            postings.sort()
            parts.append(array("d", postings).tobytes())
        entries = "\0".join(text for entry in self._entries for text in entry).encode(errors="surrogateescape")
        header = _HEADER.pack(_MAGIC, len(self._defines), len(self._mentions), len(entries))
        return b"".join((header, *parts, entries))


class Segment:
    """A segment in memory or mapped.

    Raises:
        ValueError: these bytes are no whole segment.
    """

    def __init__(self, data: bytes | mmap.mmap) -> None:
        if len(data) < _HEADER.size:
            raise ValueError("shorter than its header")
        magic, defines, mentions, self._entries_bytes = _HEADER.unpack_from(data)
        split = _HEADER.size + defines * _POSTING_BYTES
        self._entries_at = split + mentions * _POSTING_BYTES
        if magic != _MAGIC or len(data) != self._entries_at + self._entries_bytes:
            raise ValueError("not a whole index segment")
        self._view = memoryview(data)
        self._postings: dict[Kind, memoryview[float]] = {
            "defines": self._view[_HEADER.size : split].cast("d"),
            "mentions": self._view[split : self._entries_at].cast("d"),
        }

    @cached_property
    def entries(self) -> Sequence[Entry]:
        """Path and content key of each file, by number."""
        texts = bytes(self._view[self._entries_at :]).decode(errors="surrogateescape").split("\0")
        return list(zip(texts[::2], texts[1::2], strict=False))

    def find(self, kind: Kind, word: bytes) -> Sequence[int]:
        """Numbers of the files that have *word*, ascending; a few may not, where hashes collide."""
        postings = self._postings[kind]
        first = crc32(word) * _SHIFT
        past = first + _SHIFT
        at = bisect_left(postings, first)
        numbers = []
        while at < len(postings) and first <= postings[at] < past:
            numbers.append(int(postings[at] - first))
            at += 1
        return numbers


def open_segment(path: Path) -> Segment:
    """Map a segment, so that a question touches only the pages it needs.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no whole segment.
    """
    with path.open("rb") as file:
        return Segment(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that whoever opens it finds all of it or none, even when two processes write it at once."""
    scratch = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        scratch.write_bytes(data)
        scratch.replace(path)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise
