# SPDX-License-Identifier: GPL-2.0-or-later
"""The folder of an index: segments, and for each version of the tree which segments make it up.

A segment never changes; it is named by the files in it and by their content keys. A version is a short list of
segments with the entries in them that are not of this version. So going back to a version costs nothing, another one
only the files that differ, and what no version names any more is thrown away.
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from kpatchlint.facts.segment import Entry, Segment, open_segment, write_whole

_SCHEMA = 5  # raise it when the words of a file or these records change
_VERSIONS_KEPT = 6
_MOST_SEGMENTS = 40  # each costs every question two look-ups
_SEGMENTS_LEFT = 24  # when there are more than that
_GRACE_S = 3600  # a young segment may belong to a version that another process is about to write


class _Version(msgspec.Struct, frozen=True, array_like=True):
    """``parts``: a segment's name and the numbers of its files that this version does not have."""

    schema: int
    parts: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A segment in a version. ``name`` is empty for one that could not be written."""

    name: str
    segment: Segment
    dead: frozenset[int] = frozenset()


class Store:
    """One index folder. Whatever is wrong with it costs time, never the answer: nothing here raises."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, version: str) -> Sequence[Part] | None:
        """The parts of a version, or None when they are not all here and whole."""
        path = self._version_path(version)
        parts = self._read(path)
        if parts is not None:
            with contextlib.suppress(OSError):
                os.utime(path)  # the versions used last are kept
        return parts

    def reusable(self, wanted: Mapping[str, str]) -> list[Part]:
        """Parts for as many of the *wanted* files (path -> content key) as it pays to take from old segments."""
        candidates = []
        for name, segment in self._segments():
            entries = segment.entries()
            live = sum(wanted.get(path) == key for path, key in entries)
            if live * 2 >= len(entries) > 0:
                candidates.append((-live, name, segment, entries))
        parts: list[Part] = []
        covered: set[str] = set()
        for _, name, segment, entries in sorted(candidates, key=lambda candidate: candidate[:2]):
            live_paths = {p: n for n, (p, k) in enumerate(entries) if wanted.get(p) == k and p not in covered}
            if live_paths:
                covered |= live_paths.keys()
                dead = frozenset(range(len(entries))) - frozenset(live_paths.values())
                parts.append(Part(name, segment, dead))
        return parts if len(parts) <= _MOST_SEGMENTS else parts[:_SEGMENTS_LEFT]

    def write_segment(self, entries: Iterable[Entry], data: bytes) -> str:
        """Keep a segment; its name, or "" when the folder cannot be written."""
        name = "segment-" + _digest(text for entry in entries for text in entry)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.folder / name, data)
        except OSError:
            return ""
        return name

    def open(self, name: str) -> Segment | None:
        """A segment by its name."""
        try:
            return open_segment(self.folder / name)
        except (OSError, ValueError):
            return None

    def save(self, version: str, parts: Sequence[Part]) -> None:
        """Remember what makes up a version, and drop what is in none of the last versions."""
        if not all(part.name for part in parts):
            return
        table = _Version(_SCHEMA, tuple((part.name, tuple(sorted(part.dead))) for part in parts))
        with contextlib.suppress(OSError):
            write_whole(self._version_path(version), msgspec.msgpack.encode(table))
            self._drop_unused()

    def _read(self, path: Path) -> list[Part] | None:
        try:
            table = msgspec.msgpack.decode(path.read_bytes(), type=_Version)
        except (OSError, msgspec.MsgspecError):
            return None
        parts = []
        for name, dead in table.parts:
            segment = self.open(name)
            if segment is None:
                return None
            parts.append(Part(name, segment, frozenset(dead)))
        return parts if table.schema == _SCHEMA else None

    def _version_path(self, version: str) -> Path:
        return self.folder / f"version-{_digest([version])}"

    def _segments(self) -> Iterator[tuple[str, Segment]]:
        with contextlib.suppress(OSError):
            for path in sorted(self.folder.glob("segment-*")):
                segment = self.open(path.name)
                if segment is not None:
                    yield path.name, segment

    def _drop_unused(self) -> None:
        versions = sorted(self.folder.glob("version-*"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in versions[_VERSIONS_KEPT:]:
            path.unlink(missing_ok=True)
        kept = [self._read(path) for path in versions[:_VERSIONS_KEPT]]
        used = {part.name for parts in kept for part in parts or ()}
        for path in self.folder.iterdir():
            is_old = time.time() - path.stat().st_mtime > _GRACE_S
            if is_old and path.name not in used and not path.name.startswith("version-"):
                path.unlink(missing_ok=True)


def cache_folder() -> Path:
    """Where indexes and the like are kept: ${XDG_CACHE_HOME:-~/.cache}/kpatchlint."""
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "kpatchlint")


def _digest(texts: Iterable[str]) -> str:
    text = "\0".join((str(_SCHEMA), *texts))
    return hashlib.blake2b(text.encode(errors="surrogateescape"), digest_size=12).hexdigest()
