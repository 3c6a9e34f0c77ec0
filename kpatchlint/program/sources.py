# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of one version of a tree, as the program model asks for them: text by path, paths by word."""

import re
from collections.abc import Mapping, Sequence

from kpatchlint.facts.index import Index, Reader, is_source
from kpatchlint.facts.words import defined_words, mentioned_words


class Sources:
    """A base tree, its index, and the files a patch replaces (None: deleted)."""

    def __init__(self, reader: Reader, index: Index, changed: Mapping[str, bytes | None], arch: str) -> None:
        self._reader = reader
        self._index = index
        self.changed = dict(changed)
        self.arch = arch
        self._texts: dict[str, bytes | None] = {}
        self._new_words = {p: mentioned_words(s) for p, s in changed.items() if s is not None and is_source(p)}
        self._new_names = {p: defined_words(s) for p, s in changed.items() if s is not None and is_source(p)}
        self._defining: dict[str, tuple[str, ...]] = {}

    def read(self, path: str) -> bytes | None:
        """The file's bytes in this version, read once."""
        if path in self.changed:
            return self.changed[path]
        if path not in self._texts:
            self._texts[path] = self._reader.read(path)
        return self._texts[path]

    def defining(self, name: str) -> Sequence[str]:
        """Files in scope that may define *name* as a function or macro."""
        if name not in self._defining:
            found = {p for p in self._index.defining(name) if p not in self.changed}
            found |= {p for p, words in self._new_names.items() if name.encode() in words}
            self._defining[name] = tuple(sorted(p for p in found if self.in_scope(p)))
        return self._defining[name]

    def mentioning(self, name: str) -> Sequence[str]:
        """Files in scope in which *name* occurs as a word."""
        found = {p for p in self._index.mentioning(name) if p not in self.changed}
        found |= {p for p, words in self._new_words.items() if name.encode() in words}
        return sorted(p for p in found if self.in_scope(p))

    def in_scope(self, path: str) -> bool:
        """Whether the file is built for the chosen architecture at all."""
        return not path.startswith("arch/") or path.startswith(f"arch/{self.arch}/")


_INCLUDED = re.compile(rb"^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"\n]+)[>\"]", re.MULTILINE)


def included_names(source: bytes) -> frozenset[str]:
    """Base names of the headers that a file includes itself."""
    return frozenset(m.decode(errors="replace").rsplit("/", 1)[-1] for m in _INCLUDED.findall(source))
