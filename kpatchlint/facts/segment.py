# SPDX-License-Identifier: GPL-2.0-or-later
"""One segment of an index: which of its files have a word, as sorted numbers; written once, then read piece by piece.

A posting says "file *number* has a word with this hash": crc32(word) * 65536 + number, kept as a double, which holds
all 48 bits. Doubles, because Python sorts them fastest, and sorting is what an index is made by. Words that share
a hash share their postings; an answer may be too long, never too short. A table of where each twelve leading bits of a
hash begin makes a question one read of some kilobytes. Nothing is mapped: where the kernel maps files by huge pages
a question would cost megabytes, and a file cut short under us would be a bus error.
"""

import os
import struct
import weakref
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal
from zlib import crc32

FILES_MAX_COUNT = 1 << 16  # a posting has 16 bits for the file

Kind = Literal["defines", "mentions"]
Entry = tuple[str, str]  # a path and the key of its content

_HEADER = struct.Struct("=8s4Q")  # magic; postings that define, that mention; bytes of the paths, of the keys
_MAGIC = b"kplseg4\n"
_POSTING_BYTES = 8
_SHIFT = float(FILES_MAX_COUNT)
_FAN_BITS = 12
_FAN_STEP = 1 << (32 - _FAN_BITS)  # hashes that share an entry of the table
_FAN_BYTES = 4 * ((1 << _FAN_BITS) + 1)


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
        """The segment as it is on disk: header, a table for each kind, the postings of each kind, paths, keys."""
        both = (self._defines, self._mentions)
        for postings in both:
            postings.sort()
        texts = [_join(text) for text in zip(*self._entries, strict=True)] or [b"", b""]
        header = _HEADER.pack(_MAGIC, *map(len, both), *map(len, texts))
        return b"".join((header, *map(_fan, both), *(array("d", postings).tobytes() for postings in both), *texts))


def _join(texts: Iterable[str]) -> bytes:
    return "\0".join(texts).encode(errors="surrogateescape")


def _fan(postings: list[float]) -> bytes:
    """Where the postings of each leading part of a hash begin, and the end."""
    firsts = (part * _FAN_STEP * _SHIFT for part in range((1 << _FAN_BITS) + 1))
    return array("I", (bisect_left(postings, first) for first in firsts)).tobytes()


class Segment:
    """A segment in memory or in a file; *read* gives a number of bytes from an offset, fewer where it ends.

    Raises:
        ValueError: these are not the bytes of a whole segment.
    """

    def __init__(self, read: Callable[[int, int], bytes], length_bytes: int) -> None:
        self._read = read
        head = read(0, _HEADER.size)
        if len(head) < _HEADER.size:
            raise ValueError("shorter than its header")
        magic, defines, mentions, self._paths_bytes, self._keys_bytes = _HEADER.unpack(head)
        at = _HEADER.size + 2 * _FAN_BYTES
        self._counts: dict[Kind, int] = {"defines": defines, "mentions": mentions}
        self._postings_at: dict[Kind, int] = {"defines": at, "mentions": at + defines * _POSTING_BYTES}
        self._paths_at = at + (defines + mentions) * _POSTING_BYTES
        if magic != _MAGIC or length_bytes != self._paths_at + self._paths_bytes + self._keys_bytes:
            raise ValueError("not a whole index segment")
        fans = read(_HEADER.size, 2 * _FAN_BYTES)
        self._fans: dict[Kind, memoryview[int]] = {
            "defines": memoryview(fans[:_FAN_BYTES]).cast("I"),
            "mentions": memoryview(fans[_FAN_BYTES:]).cast("I"),
        }

    @cached_property
    def paths(self) -> Sequence[str]:
        """Path of each file, by number."""
        return self._texts(self._paths_at, self._paths_bytes)

    def entries(self) -> list[Entry]:
        """Path and content key of each file, by number."""
        keys = self._texts(self._paths_at + self._paths_bytes, self._keys_bytes)
        return list(zip(self.paths, keys, strict=False))

    def find(self, kind: Kind, word: bytes) -> Sequence[int]:
        """Numbers of the files that have *word*, ascending; a few may not, where hashes collide."""
        key = crc32(word)
        fan, part = self._fans[kind], key // _FAN_STEP
        start, past = fan[part], fan[part + 1]
        if not start < past <= self._counts[kind]:  # nothing there, or damage
            return ()
        data = self._read(self._postings_at[kind] + start * _POSTING_BYTES, (past - start) * _POSTING_BYTES)
        postings = memoryview(data[: len(data) // _POSTING_BYTES * _POSTING_BYTES]).cast("d")
        first = key * _SHIFT
        at = bisect_left(postings, first)
        numbers = []
        while at < len(postings) and first <= postings[at] < first + _SHIFT:
            numbers.append(int(postings[at] - first))
            at += 1
        return numbers

    def _texts(self, at: int, length_bytes: int) -> list[str]:
        return self._read(at, length_bytes).decode(errors="surrogateescape").split("\0") if length_bytes else []


def segment_of(data: bytes) -> Segment:
    """A segment that is in memory. Raises ValueError when it is none."""
    return Segment(lambda at, count: data[at : at + count], len(data))


def open_segment(path: Path) -> Segment:
    """A segment in a file, which stays open as long as the segment is used.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no whole segment.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def read(at: int, count: int) -> bytes:
        return os.pread(fd, count, at)

    weakref.finalize(read, os.close, fd)
    return Segment(read, os.fstat(fd).st_size)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that whoever opens it finds all of it or none, even when two processes write it at once."""
    scratch = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        scratch.write_bytes(data)
        scratch.replace(path)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise
