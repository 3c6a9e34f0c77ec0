# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of one version of a tree, as the program model asks for them: text by path, paths by word."""

import re
from collections.abc import Iterable, Mapping, Sequence

from kpatchlint.facts.index import BulkReader, Index, Reader, is_source, words_defined_in
from kpatchlint.facts.words import mentioned_words


class Sources:
    """A base tree, its index, and the files a patch replaces (None: deleted)."""

    def __init__(self, reader: Reader, index: Index, changed: Mapping[str, bytes | None], arch: str) -> None:
        self._reader = reader
        self._bulk_reader = reader if isinstance(reader, BulkReader) else None
        self._index = index
        self.changed = dict(changed)
        self.arch = arch
        self._texts: dict[str, bytes | None] = {}
        sources = {p: s for p, s in changed.items() if s is not None and is_source(p)}
        self._new_words = {p: mentioned_words(s) for p, s in sources.items()}
        self._new_names = {p: words_defined_in(p, s) for p, s in sources.items()}
        self._sharing: dict[str, tuple[str, ...]] = {}
        self._mentioning: dict[str, tuple[str, ...]] = {}

    def read(self, path: str) -> bytes | None:
        """The file's bytes in this version, read once."""
        if path in self.changed:
            return self.changed[path]
        if path not in self._texts:
            self._fetch([path])
        return self._texts[path]

    def expect(self, paths: Sequence[str]) -> None:
        """Read files that are about to be asked for, all in one go where the reader can."""
        self._fetch([path for path in paths if path not in self._texts and path not in self.changed])

    def _fetch(self, paths: Sequence[str]) -> None:
        if self._bulk_reader is not None:
            self._texts.update(self._bulk_reader.read_many({path: self._index.key(path) for path in paths}))
        else:
            self._texts.update((path, self._reader.read(path)) for path in paths)

    def sharing(self, name: str) -> Sequence[str]:
        """Files in scope that may define *name* as a function or macro that other files can mean."""
        if name not in self._sharing:
            new = (p for p, (shared, _) in self._new_names.items() if name.encode() in shared)
            self._sharing[name] = self._merged(self._index.sharing(name), new)
        return self._sharing[name]

    def defining(self, name: str) -> Sequence[str]:
        """Files in scope that may define *name* as a function or macro, be it for themselves only."""
        new = (p for p, words in self._new_names.items() if any(name.encode() in each for each in words))
        return self._merged(self._index.defining(name), new)

    def mentioning(self, name: str) -> Sequence[str]:
        """Files in scope in which *name* occurs as a word."""
        if name not in self._mentioning:
            new = (p for p, words in self._new_words.items() if name.encode() in words)
            self._mentioning[name] = self._merged(self._index.mentioning(name), new)
        return self._mentioning[name]

    def _merged(self, indexed: Iterable[str], new: Iterable[str]) -> tuple[str, ...]:
        """The index's answer for the files that are as they were, and *new* for those that changed."""
        found = {*(p for p in indexed if p not in self.changed), *new}
        return tuple(sorted(p for p in found if self.in_scope(p)))

    def in_scope(self, path: str) -> bool:
        """Whether the file is built for the chosen architecture at all."""
        return not path.startswith("arch/") or path.startswith(f"arch/{self.arch}/")


_INCLUDED = re.compile(rb"^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"\n]+)[>\"]", re.MULTILINE)


def included_names(source: bytes) -> frozenset[str]:
    """Base names of the headers that a file includes itself."""
    return frozenset(m.decode(errors="replace").rsplit("/", 1)[-1] for m in _INCLUDED.findall(source))
