# SPDX-License-Identifier: GPL-2.0-or-later
"""One segment of an index: for each word, the numbers of the files that have it; written once, then mapped.

A table is three arrays: sorted 32-bit hashes of the words, where each word's numbers begin, and the numbers (16 bits).
Words that share a hash share their numbers; an answer may be too long, never too short.
"""

import mmap
import struct
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from zlib import crc32

_KINDS = ("defines", "mentions")
_HEADER = struct.Struct("<8s4Q")  # magic; for each kind: number of words, number of postings
_MAGIC = b"kplseg1\n"


def write_segment(path: Path, tables: Mapping[str, Mapping[bytes, list[int]]]) -> None:
    """Write both tables, atomically. File numbers are below 65536 and ascending within a word."""
    parts: list[bytes] = []
    counts: list[int] = []
    for kind in _KINDS:
        table = tables[kind]
        merged: dict[int, list[int]] = {}
        for word, numbers in table.items():
            key = crc32(word)
            merged[key] = sorted({*merged[key], *numbers}) if key in merged else numbers
        keys = sorted(merged)
        lists = [merged[k] for k in keys]
        starts = array("I", [0])
        total = 0
        for numbers in lists:
            total += len(numbers)
            starts.append(total)
        postings = array("H", chain.from_iterable(lists))
        if total % 2:
            postings.append(0)  # keeps the next array aligned
        counts += [len(keys), len(postings)]
        parts += [array("I", keys).tobytes(), starts.tobytes(), postings.tobytes()]
    scratch = path.with_suffix(".part")
    with scratch.open("wb") as out:
        out.write(_HEADER.pack(_MAGIC, *counts))
        out.writelines(parts)
    scratch.replace(path)


class Segment:
    """A mapped segment."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        magic, *counts = _HEADER.unpack_from(self._map)
        if magic != _MAGIC:
            raise ValueError(f"{path}: not an index segment")
        view, at = memoryview(self._map), _HEADER.size
        self._tables: dict[str, tuple[memoryview[int], memoryview[int], memoryview[int]]] = {}
        for kind, words, postings in zip(_KINDS, counts[::2], counts[1::2], strict=True):
            starts_at = at + 4 * words
            postings_at = starts_at + 4 * (words + 1)
            past = postings_at + 2 * postings
            keys, starts = view[at:starts_at].cast("I"), view[starts_at:postings_at].cast("I")
            self._tables[kind] = (keys, starts, view[postings_at:past].cast("H"))
            at = past

    def find(self, kind: str, word: bytes) -> Sequence[int]:
        """Numbers of the files that have *word*; a few may not, where hashes collide."""
        keys, starts, postings = self._tables[kind]
        key = crc32(word)
        at = bisect_left(keys, key)
        if at == len(keys) or keys[at] != key:
            return ()
        return postings[starts[at] : starts[at + 1]].tolist()
