# SPDX-License-Identifier: GPL-2.0-or-later
"""Which files may define a name, and which mention it: the index, in memory for small trees, on disk for a kernel.

On disk an index is a folder of segments (``segment.py``) and one table of paths. Files are known by content key, so a
tree that differs in a few files costs only those: they go into a new segment, and their old entries are passed over.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Protocol

import msgspec

from kpatchlint.facts.segment import Segment, write_segment
from kpatchlint.facts.words import defined_words, is_constant_table, mentioned_words

SCHEMA = 2
_SOURCE_SUFFIXES = (".c", ".h")
_OUT_OF_SCOPE = ("tools/", "samples/", "Documentation/", "scripts/", "usr/", "LICENSES/", "rust/")
_SEGMENT_FILES = 4000  # postings are 16 bits wide
_LARGEST_FILE = 8_000_000  # bytes


class Reader(Protocol):
    """Gives the bytes of a file, or None."""

    def read(self, path: str) -> bytes | None: ...


class Index(Protocol):
    """Both answers are supersets (a word in a comment counts): whoever asks reads the file and looks."""

    def defining(self, name: str) -> Sequence[str]:
        """Paths of files that may define *name* as a function or macro."""

    def mentioning(self, name: str) -> Sequence[str]:
        """Paths of files in which the word *name* occurs."""


def is_source(path: str) -> bool:
    """Whether the analysis reads this file at all."""
    return path.endswith(_SOURCE_SUFFIXES) and not path.startswith(_OUT_OF_SCOPE)


class SmallIndex:
    """Every file's words, in memory: for fixtures and rule examples, where writing an index would cost more."""

    def __init__(self, reader: Reader, paths: Iterable[str]) -> None:
        self._defines: dict[str, list[str]] = {}
        self._mentions: dict[str, list[str]] = {}
        for path in sorted(p for p in paths if is_source(p)):
            source = reader.read(path)
            if source is None:
                continue
            for word in defined_words(source):
                self._defines.setdefault(word.decode(), []).append(path)
            for word in mentioned_words(source):
                self._mentions.setdefault(word.decode(), []).append(path)

    def defining(self, name: str) -> Sequence[str]:
        return self._defines.get(name, ())

    def mentioning(self, name: str) -> Sequence[str]:
        return self._mentions.get(name, ())


class _Table(msgspec.Struct, frozen=True):
    """What an index folder holds. ``files[i]`` are the i-th segment's: (path, content key), "" for a dead entry."""

    schema: int
    segments: tuple[str, ...]
    files: tuple[tuple[tuple[str, str], ...], ...]


class DiskIndex:
    """An index folder, opened. Segments are mapped, so a question touches only the pages it needs."""

    def __init__(self, folder: Path, table: _Table) -> None:
        self._paths = [[path for path, _ in files] for files in table.files]
        self._segments = [Segment(folder / name) for name in table.segments]

    def defining(self, name: str) -> Sequence[str]:
        return self._ask("defines", name)

    def mentioning(self, name: str) -> Sequence[str]:
        return self._ask("mentions", name)

    def _ask(self, kind: str, name: str) -> list[str]:
        word = name.encode()
        found = []
        for paths, segment in zip(self._paths, self._segments, strict=True):
            found += [paths[i] for i in segment.find(kind, word) if paths[i]]
        return sorted(found)


def open_index(reader: Reader, listing: Mapping[str, str], folder: Path) -> Index:
    """The index of a tree, brought up to date first.

    Args:
        reader: gives the bytes of the tree's files.
        listing: path -> content key of every file of the tree.
        folder: where this tree's index lives; made when missing.

    A folder that cannot be written costs the speed of the next run, not this one: it is built in a temporary place.
    """
    wanted = {p: k for p, k in listing.items() if is_source(p)}
    table = _load(folder)
    known = {pair for files in table.files for pair in files if pair[0]}
    fresh = sorted(p for p, k in wanted.items() if (p, k) not in known)
    stale = any(wanted.get(p) != k for p, k in known)
    if fresh or stale:
        if len(fresh) > len(wanted) // 3:
            table = _Table(SCHEMA, (), ())
            fresh = sorted(wanted)
        table = _extend(reader, wanted, fresh, table, folder)
    return DiskIndex(folder, table)


def _load(folder: Path) -> _Table:
    empty = _Table(SCHEMA, (), ())
    try:
        table = msgspec.msgpack.decode((folder / "table").read_bytes(), type=_Table)
    except (OSError, msgspec.MsgspecError):
        return empty
    if table.schema != SCHEMA or not all((folder / s).is_file() for s in table.segments):
        return empty
    return table


def _extend(reader: Reader, wanted: Mapping[str, str], fresh: list[str], table: _Table, folder: Path) -> _Table:
    """Write segments for the *fresh* files, mark what is gone, and replace the table last."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = tuple(tuple((p, k) if wanted.get(p) == k else ("", "") for p, k in files) for files in table.files)
    chunks = _chunks(fresh)
    names = _write_chunks(reader, chunks, folder)
    files = (*kept, *(tuple((p, wanted[p]) for p in chunk) for chunk in chunks))
    made = _Table(SCHEMA, (*table.segments, *names), files)
    scratch = folder / f"table.{os.getpid()}"
    scratch.write_bytes(msgspec.msgpack.encode(made))
    scratch.replace(folder / "table")
    return made


def _chunks(paths: list[str]) -> list[list[str]]:
    """Equal shares that fit a segment, at least a few so that processes can share the work."""
    if not paths:
        return []
    count = max(-(-len(paths) // _SEGMENT_FILES), min(8, len(paths) // 500) or 1)
    size = -(-len(paths) // count)
    return [paths[i : i + size] for i in range(0, len(paths), size)]


def _write_chunks(reader: Reader, chunks: list[list[str]], folder: Path) -> list[str]:
    """One segment a chunk, in as many processes as there are processors when it is worth it."""
    workers = min(len(chunks), os.cpu_count() or 1)
    if workers < 2:
        return [_write_chunk(reader, chunk, folder) for chunk in chunks]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(_write_chunk, [reader] * len(chunks), chunks, [folder] * len(chunks)))


def _write_chunk(reader: Reader, paths: list[str], folder: Path) -> str:
    defines: dict[bytes, list[int]] = {}
    mentions: dict[bytes, list[int]] = {}
    for number, path in enumerate(paths):
        source = reader.read(path)
        if source is None or len(source) > _LARGEST_FILE or is_constant_table(source):
            continue
        for word in defined_words(source, with_static=not path.endswith(".c")):
            defines.setdefault(word, []).append(number)
        for word in mentioned_words(source):
            mentions.setdefault(word, []).append(number)
    name = "segment-" + hashlib.sha256("\0".join(paths).encode(errors="surrogateescape")).hexdigest()[:16]
    name += f"-{os.getpid()}"
    write_segment(folder / name, {"defines": defines, "mentions": mentions})
    return name
