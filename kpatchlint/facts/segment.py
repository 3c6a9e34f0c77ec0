# SPDX-License-Identifier: GPL-2.0-or-later
"""One segment of an index: which of its files have a word, as sorted numbers; written once, then read piece by piece.

A posting says "file *number* has a word with this hash": crc32(word) * 65536 + number, kept as a double, which holds
all 48 bits. Doubles, because Python sorts them fastest, and sorting is what an index is made by. Words that share
a hash share their postings; an answer may be too long, never too short. A table of where each twelve leading bits of a
hash begin makes a question one read of some kilobytes. Nothing is mapped: where the kernel maps files by huge pages
a question would cost megabytes, and a file cut short under us would be a bus error.

What a file defines comes in two kinds, since most names are nobody else's: ``shares`` is what other files can mean,
``keeps`` what only the file itself can (static functions and macros of a C file).
"""

import os
import struct
import weakref
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import accumulate, chain
from pathlib import Path
from typing import Literal
from zlib import crc32

FILES_MAX_COUNT = 1 << 16  # a posting has 16 bits for the file

Kind = Literal["shares", "keeps", "mentions"]
KINDS: tuple[Kind, ...] = ("shares", "keeps", "mentions")
Entry = tuple[str, str]  # a path and the key of its content

_HEADER = struct.Struct("=8s6Q")  # magic; postings of each kind; files; bytes of the paths, of the keys
_MAGIC = b"kplseg5\n"
_POSTING_BYTES = 8
_SHIFT = float(FILES_MAX_COUNT)
_FAN_BITS = 12
_FAN_STEP = 1 << (32 - _FAN_BITS)  # hashes that share an entry of the table
_END_BYTES = 4
_FAN_BYTES = 4 * ((1 << _FAN_BITS) + 1)


class SegmentBuilder:
    """Takes files one after the other and gives the segment's bytes."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._postings: tuple[list[float], ...] = tuple([] for _ in KINDS)

    def add(self, entry: Entry, *words: Iterable[bytes]) -> None:
        """Enter one file with its *words* of each kind, in the order of ``KINDS``. At most 65,536 files fit."""
        number = len(self._entries)
        self._entries.append(entry)
        for postings, found in zip(self._postings, words, strict=True):
            postings += [crc32(word) * _SHIFT + number for word in found]

    def build(self) -> bytes:
        """The segment as it is on disk: header, a table for each kind, the postings of each kind, paths, keys.

        Before the paths and before the keys stands where each of them ends.
        """
        for postings in self._postings:
            postings.sort()
        columns = [_column(path for path, _ in self._entries), _column(key for _, key in self._entries)]
        counts = (len(self._entries), *(len(texts) for _, texts in columns))
        header = _HEADER.pack(_MAGIC, *map(len, self._postings), *counts)
        postings_bytes = (array("d", postings).tobytes() for postings in self._postings)
        return b"".join((header, *map(_fan, self._postings), *postings_bytes, *chain.from_iterable(columns)))


def _column(texts: Iterable[str]) -> tuple[bytes, bytes]:
    """Where each of the texts ends, and all of them one after the other."""
    encoded = [text.encode(errors="surrogateescape") for text in texts]
    return array("I", accumulate(map(len, encoded))).tobytes(), b"".join(encoded)


def _fan(postings: list[float]) -> bytes:
    """Where the postings of each leading part of a hash begin, and the end."""
    firsts = (part * _FAN_STEP * _SHIFT for part in range((1 << _FAN_BITS) + 1))
    return array("I", (bisect_left(postings, first) for first in firsts)).tobytes()


class _Column:
    """Texts one after the other, behind where each of them ends; read when the first is asked for."""

    def __init__(self, read: Callable[[int, int], bytes], at: int, shape: tuple[int, int]) -> None:
        self._read = read
        self._at = at
        self._count, self._text_bytes = shape
        self.past = at + self._count * _END_BYTES + self._text_bytes

    @cached_property
    def _parts(self) -> "tuple[memoryview[int], bytes]":
        ends_bytes = self._count * _END_BYTES
        data = self._read(self._at, ends_bytes + self._text_bytes).ljust(ends_bytes, b"\0")
        return memoryview(data[:ends_bytes]).cast("I"), data[ends_bytes:]

    def text(self, number: int) -> str:
        """One of the texts, from 0."""
        ends, texts = self._parts
        return texts[ends[number - 1] if number else 0 : ends[number]].decode(errors="surrogateescape")

    def all(self) -> list[str]:
        """Every text."""
        ends, texts = self._parts
        starts = chain((0,), ends)
        return [texts[a:b].decode(errors="surrogateescape") for a, b in zip(starts, ends, strict=False)]


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
        magic, *counts, self.count, paths_bytes, keys_bytes = _HEADER.unpack(head)
        self._counts: dict[Kind, int] = dict(zip(KINDS, counts, strict=True))
        at = _HEADER.size + len(KINDS) * _FAN_BYTES
        self._postings_at: dict[Kind, int] = {}
        for kind in KINDS:
            self._postings_at[kind] = at
            at += self._counts[kind] * _POSTING_BYTES
        self._paths = _Column(read, at, (self.count, paths_bytes))
        self._keys = _Column(read, self._paths.past, (self.count, keys_bytes))
        if magic != _MAGIC or length_bytes != self._keys.past:
            raise ValueError("not a whole index segment")
        self._fans: dict[Kind, memoryview[int]] = {}

    def path(self, number: int) -> str:
        """Path of one of the ``count`` files, from 0."""
        return self._paths.text(number)

    def key(self, number: int) -> str:
        """Key of the content of one of the files."""
        return self._keys.text(number)

    def entries(self) -> list[Entry]:
        """Path and content key of each file, by number."""
        return list(zip(self._paths.all(), self._keys.all(), strict=True))

    def find(self, kind: Kind, word: bytes) -> Sequence[int]:
        """Numbers of the files that have *word*, ascending; a few may not, where hashes collide."""
        key = crc32(word)
        fan, part = self._fan(kind), key // _FAN_STEP
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

    def _fan(self, kind: Kind) -> "memoryview[int]":
        if kind not in self._fans:
            fan = self._read(_HEADER.size + KINDS.index(kind) * _FAN_BYTES, _FAN_BYTES)
            self._fans[kind] = memoryview(fan.ljust(_FAN_BYTES, b"\0")).cast("I")
        return self._fans[kind]


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
