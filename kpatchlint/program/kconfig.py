# SPDX-License-Identifier: GPL-2.0-or-later
"""A symbol becomes where Kconfig files define it, who selects it, and which files of code are built with it.

Read from the top Kconfig of the tree down, but not into the folders of drivers: what they define is their own affair.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kpatchlint.facts.kconfig import Entry, parse_kconfig
from kpatchlint.program.sources import Sources

_SOURCE = re.compile(rb'^[ \t]*source[ \t]+"?([^"\n]+?)"?[ \t]*$', re.MULTILINE)
_PLAIN = re.compile(r"!?[A-Za-z0-9_]+")
_LEAVES = ("drivers/", "sound/", "net/", "samples/")
_FILES = 400


@dataclass(frozen=True, slots=True)
class Defined:
    """One definition of a symbol."""

    path: str
    entry: Entry


def is_kconfig(path: str) -> bool:
    """Whether the path is that of a Kconfig file."""
    return path.rpartition("/")[2].startswith("Kconfig")


def needed(entry: Entry) -> frozenset[str]:
    """The symbols (``!X`` for those that have to be off) that an entry needs, each by itself."""
    found: set[str] = set()
    for condition in (*entry.around, *(d.value for d in entry.depends)):
        if "||" not in condition:
            parts = [part.strip("() \t") for part in condition.split("&&")]
            found |= {part.replace(" ", "") for part in parts if _PLAIN.fullmatch(part.replace(" ", ""))}
    return frozenset(found)


class Kconfig:
    """The Kconfig files of one version of a tree; read when the first question is asked."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._entries: dict[str, tuple[Entry, ...]] = {}
        self._by_symbol: dict[str, list[Defined]] | None = None

    def entries(self, path: str) -> tuple[Entry, ...]:
        """What one file defines."""
        if path not in self._entries:
            self._entries[path] = parse_kconfig(self._sources.read(path) or b"")
        return self._entries[path]

    def definitions(self, symbol: str) -> tuple[Defined, ...]:
        """Every definition of the symbol for the chosen architecture."""
        return tuple(self._all().get(symbol, ()))

    def symbols(self) -> tuple[str, ...]:
        """Every symbol that is defined, sorted."""
        return tuple(sorted(self._all()))

    def selectors(self, symbol: str) -> Iterator[tuple[Defined, int]]:
        """Who selects the symbol, and on which line of its file."""
        for defined in self._all().values():
            for each in defined:
                for select in each.entry.selects:
                    if select.value == symbol:
                        yield each, select.line

    def needs(self, symbol: str, needed_symbol: str, depth: int = 4) -> bool:
        """Whether every definition of *symbol* needs *needed_symbol*, itself or through what it depends on."""
        definitions = self.definitions(symbol)
        if symbol == needed_symbol:
            return True
        if not definitions or depth == 0:
            return False
        return all(
            any(self.needs(each, needed_symbol, depth - 1) for each in needed(d.entry) if not each.startswith("!"))
            for d in definitions
        )

    def _all(self) -> dict[str, list[Defined]]:
        if self._by_symbol is None:
            self._by_symbol = {}
            for path in self._files():
                for entry in self.entries(path):
                    self._by_symbol.setdefault(entry.symbol, []).append(Defined(path, entry))
        return self._by_symbol

    def _files(self) -> Iterator[str]:
        """From the top down; the architecture's own folder wherever ``$(SRCARCH)`` stands."""
        work, seen = ["Kconfig"], set[str]()
        while work and len(seen) < _FILES:
            path = work.pop(0)
            if path in seen or path.startswith(_LEAVES):
                continue
            seen.add(path)
            source = self._sources.read(path)
            if source is None:
                continue
            yield path
            for name in _SOURCE.findall(source):
                work.append(re.sub(r"\$\(?SRCARCH\)?", self._sources.arch, name.decode(errors="replace")))
