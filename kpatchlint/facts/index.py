# SPDX-License-Identifier: GPL-2.0-or-later
"""Which files may define a name, and which mention it: the index, in memory for small trees, on disk for a kernel.

Files are known by content key, so a tree that differs in a few files costs only those (``store.py``).
"""

import contextlib
import gc
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from pathlib import Path
from typing import Protocol, runtime_checkable

from kpatchlint.facts.segment import FILES_MAX_COUNT, KINDS, Entry, Kind, SegmentBuilder, segment_of
from kpatchlint.facts.store import Part, Store
from kpatchlint.facts.words import defined_words, is_constant_table, mentioned_words, split_defined_words
from kpatchlint.tree.errors import FileTooLarge

SOURCE_SUFFIXES = (".c", ".h")
OUT_OF_SCOPE = ("tools/", "samples/", "Documentation/", "scripts/", "usr/", "LICENSES/", "rust/")
_SEGMENT_FILES = 8000  # of the most that a segment could hold: what is sorted at once stays small
_SHARED_FILES = 500  # fewer are not worth another process
_LARGEST_FILE = 8_000_000  # bytes


class Reader(Protocol):
    """Gives the bytes of a file, or None."""

    def read(self, path: str) -> bytes | None: ...


@runtime_checkable
class BulkReader(Protocol):
    """Gives several files at once for less; it is told the content key of each, where that is known."""

    def read_many(self, files: Mapping[str, str | None]) -> Mapping[str, bytes | None]: ...


class Index(Protocol):
    """All answers are supersets: whoever asks reads the file and looks. Names have at least two letters."""

    def sharing(self, name: str) -> Sequence[str]:
        """Paths of files that may define *name* for other files: headers, and C files unless it is static there."""

    def defining(self, name: str) -> Sequence[str]:
        """Paths of files that may define *name* as a function or macro, be it for themselves only."""

    def mentioning(self, name: str) -> Sequence[str]:
        """Paths of files in whose code the word *name* occurs."""

    def key(self, path: str) -> str | None:
        """Content key of a file that an answer has named; None where the index does not keep it."""


def is_source(path: str) -> bool:
    """Whether the analysis reads this file at all."""
    return path.endswith(SOURCE_SUFFIXES) and not path.startswith(OUT_OF_SCOPE)


class SmallIndex:
    """Every file's words, in memory: for fixtures and rule examples, where writing an index would cost more."""

    def __init__(self, reader: Reader, paths: Iterable[str]) -> None:
        self._paths: dict[Kind, dict[str, list[str]]] = {kind: {} for kind in KINDS}
        for path in sorted(p for p in paths if is_source(p)):
            for kind, words in zip(KINDS, _words_of(reader, path), strict=True):
                for word in words:
                    self._paths[kind].setdefault(word.decode(), []).append(path)

    def sharing(self, name: str) -> Sequence[str]:
        return self._paths["shares"].get(name, ())

    def defining(self, name: str) -> Sequence[str]:
        return sorted((*self.sharing(name), *self._paths["keeps"].get(name, ())))

    def mentioning(self, name: str) -> Sequence[str]:
        return self._paths["mentions"].get(name, ())

    def key(self, path: str) -> str | None:
        return None


class DiskIndex:
    """The segments of one version of a tree."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._places: dict[str, tuple[Part, int]] = {}  # of each file that an answer has named

    def sharing(self, name: str) -> Sequence[str]:
        return self._ask(("shares",), name)

    def defining(self, name: str) -> Sequence[str]:
        return self._ask(("shares", "keeps"), name)

    def mentioning(self, name: str) -> Sequence[str]:
        return self._ask(("mentions",), name)

    def key(self, path: str) -> str | None:
        if path not in self._places:
            return None
        part, number = self._places[path]
        return part.segment.key(number)

    def _ask(self, kinds: Sequence[Kind], name: str) -> list[str]:
        word = name.encode()
        found = set()
        for part in self._parts:
            for number in chain.from_iterable(part.segment.find(kind, word) for kind in kinds):
                if number not in part.dead and number < part.segment.count:
                    path = part.segment.path(number)
                    self._places[path] = (part, number)
                    found.add(path)
        return sorted(found)


def load_index(folder: Path, version: str) -> Index | None:
    """The index of a version that was indexed before, without a look at the tree; None when it was not."""
    parts = Store(folder).load(version)
    return DiskIndex(parts) if parts is not None else None


def open_index(reader: Reader, listing: Mapping[str, str], folder: Path, version: str | None = None) -> Index:
    """The index of a tree, brought up to date first.

    Args:
        reader: gives the bytes of the tree's files; it must be picklable.
        listing: path -> content key of every file of the tree.
        folder: where this tree's index lives; made when missing. One that cannot be written, or whose content is
            damaged, costs time but never the answer.
        version: names the listing as a whole, e.g. a git tree id; without it the listing's digest does.
    """
    wanted = {path: key for path, key in listing.items() if is_source(path)}
    version = version or _digest(wanted)
    store = Store(folder)
    parts = store.load(version)
    if parts is None:
        parts = _bring_up_to_date(reader, wanted, store)
        store.save(version, parts)
    return DiskIndex(parts)


def _digest(wanted: Mapping[str, str]) -> str:
    text = "\0".join(chain.from_iterable(sorted(wanted.items())))
    return hashlib.blake2b(text.encode(errors="surrogateescape"), digest_size=16).hexdigest()


def _bring_up_to_date(reader: Reader, wanted: Mapping[str, str], store: Store) -> list[Part]:
    parts = store.reusable(wanted)
    known = {path for part in parts for n, (path, _) in enumerate(part.segment.entries()) if n not in part.dead}
    fresh = sorted((path, key) for path, key in wanted.items() if path not in known)
    for name, data in _build_segments(reader, _chunks(fresh), store):
        segment = store.open(name) if name else segment_of(data)
        if segment is None:  # it was taken away under us
            return _bring_up_to_date(reader, wanted, Store(Path(os.devnull)))
        parts.append(Part(name, segment))
    return parts


def _chunks(entries: list[Entry]) -> list[list[Entry]]:
    """Equal shares that fit a segment, at least a few so that processes can share the work."""
    count = max(-(-len(entries) // min(_SEGMENT_FILES, FILES_MAX_COUNT)), min(8, len(entries) // _SHARED_FILES), 1)
    size = max(-(-len(entries) // count), 1)
    return [entries[i : i + size] for i in range(0, len(entries), size)]


def _build_segments(reader: Reader, chunks: list[list[Entry]], store: Store) -> list[tuple[str, bytes]]:
    """One segment a chunk, in as many processes as there are processors when it is worth it."""
    workers = min(len(chunks), os.cpu_count() or 1)
    if workers > 1:
        # Only a cold index needs these, and they take a tenth of the start of a warm check.
        from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

        with contextlib.suppress(OSError, BrokenExecutor), ProcessPoolExecutor(workers) as pool:
            return list(pool.map(_build_segment, repeat(reader), chunks, repeat(store)))
    return [_build_segment(reader, chunk, store) for chunk in chunks]


def _build_segment(reader: Reader, entries: list[Entry], store: Store) -> tuple[str, bytes]:
    """Write one segment and give its name; where it cannot be written, give its bytes."""
    builder = SegmentBuilder()
    with _no_garbage_collection():
        for entry in entries:
            builder.add(entry, *_words_of(reader, entry[0]))
        data = builder.build()
    name = store.write_segment(entries, data)
    return name, b"" if name else data


def _words_of(reader: Reader, path: str) -> tuple[set[bytes], set[bytes], set[bytes]]:
    """A file's words of each kind; none for a file that is not there, too large, or a register list."""
    try:
        source = reader.read(path)
    except FileTooLarge:
        return set(), set(), set()
    if source is None or len(source) > _LARGEST_FILE or is_constant_table(source):
        return set(), set(), set()
    return (*words_defined_in(path, source), mentioned_words(source))


def words_defined_in(path: str, source: bytes) -> tuple[set[bytes], set[bytes]]:
    """What a file may define for others and what for itself only: whoever includes a header has all of it."""
    return split_defined_words(source) if path.endswith(".c") else (defined_words(source), set())


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Millions of numbers are made here and none is garbage; looking for some would double the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
