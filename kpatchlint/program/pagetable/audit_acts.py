# SPDX-License-Identifier: GPL-2.0-or-later
"""A walk becomes what it does to the entries it comes to: reads them, writes them, or takes tables out."""

import re
from collections.abc import Iterator

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.program.callers import calls_of
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.pagetable.audit_records import Kind
from kpatchlint.program.pagetable.audit_walks import Walk
from kpatchlint.program.pagetable.engine import PageTables
from kpatchlint.program.pagetable.roots import Root
from kpatchlint.program.program import Program

_TABLE_TYPE = re.compile(r"\bp(?:gd|4d|ud|md|te)_t\b|\bstruct mm_walk\b|\bpgtable_t\b")
_USER = "vm_area_struct"  # whoever asks for one works on the tables of a process
_FUNCTIONS = 60  # below one walk


class Acts:
    """Looks at the walker, at what it hands entries to, and at the callbacks that the walk is given."""

    def __init__(self, program: Program, tables: PageTables) -> None:
        self._program = program
        self._tables = tables
        self._kinds: dict[tuple[Function, ...], Kind] = {}
        self._closures: dict[tuple[Function, ...], tuple[Function, ...]] = {}
        known = tables.words.calls
        self._writes = frozenset(n for n, c in known.items() if c.effect in ("set", "clear"))
        self._repairs = frozenset(n for w in program.lexicon.walk_words for n in w.repairs)
        self._writes |= frozenset(n for w in program.lexicon.walk_words for n in w.writes)

    def kind(self, walk: Walk) -> Kind:
        """The strongest thing that happens on it."""
        start = self._start(walk)
        if start not in self._kinds:
            self._kinds[start] = self._find_kind(self.below(walk))
        return self._kinds[start]

    def below(self, walk: Walk) -> tuple[Function, ...]:
        """The functions that see entries on it: the walker, what it hands them to, and callbacks."""
        start = self._start(walk)
        if start not in self._closures:
            self._closures[start] = self._close(start)
        return self._closures[start]

    def takes_tables_out(self, function: Function) -> bool:
        """Whether it clears entries of the kernel's tables that lead to tables, and frees these."""
        return any(True for _ in self.clears_at(function))

    def clears_at(self, function: Function) -> Iterator[int]:
        """Offsets of those clears."""
        for freed in self._tables.events(function).frees:
            if freed.is_table and self._tables.is_kernel(function, freed.clear.entry):
                yield freed.clear.at

    def _start(self, walk: Walk) -> tuple[Function, ...]:
        gives = _TABLE_TYPE.search(walk.walker.body.specifiers) is not None
        users = [link.function for link in walk.links[-2:-1] if gives]  # whoever gets the entry back
        return tuple(dict.fromkeys((walk.walker, *users, *self._callbacks(walk))))

    def _find_kind(self, functions: tuple[Function, ...]) -> Kind:
        writers = [f for f in functions if self._is_writer(f)]
        if any(freed.is_table for f in writers for freed in self._tables.events(f).frees):
            return Kind.CLEARS
        return Kind.WRITES if writers else Kind.READS

    def _close(self, start: tuple[Function, ...]) -> tuple[Function, ...]:
        seen = dict.fromkeys(start)
        work = list(start)
        while work and len(seen) < _FUNCTIONS:
            function = work.pop()
            names = dict.fromkeys(c.callee.id for c in calls_of(function.body) if isinstance(c.callee, ir.Name))
            for target in (t for name in names for t in self._below(name, function)):
                if target not in seen:
                    seen[target] = None
                    work.append(target)
        return tuple(seen)

    def _is_writer(self, function: Function) -> bool:
        """Whether it writes entries that may be the kernel's: a copy that is made of them has a root of its own."""
        for call in calls_of(function.body):
            if isinstance(call.callee, ir.Name) and call.callee.id in self._writes:
                word = self._tables.words.calls.get(call.callee.id)
                if word is None or word.entry >= len(call.args):
                    return True
                roots = self._tables.roots.of(function, call.args[word.entry])
                if Root.KERNEL in roots or not (roots or self._has_kernel_entry(function)):
                    return True
        return False

    def _has_kernel_entry(self, function: Function) -> bool:
        """Whether another of its parameters leads into the kernel's tables."""
        entries = (p for p in function.body.params if _TABLE_TYPE.search(p.type))
        return any(Root.KERNEL in self._tables.roots.of(function, ir.Name(0, p.name)) for p in entries)

    def _below(self, name: str, function: Function) -> Iterator[Function]:
        if name in self._repairs or name in self._tables.words.calls:
            return
        for target in self._program.resolver.functions(name, function.path):
            types = [p.type for p in target.body.params]
            if any(_TABLE_TYPE.search(t) for t in types) and not any(_USER in t for t in types):
                yield target

    def _callbacks(self, walk: Walk) -> Iterator[Function]:
        """Functions, and tables of functions, that are handed down on the way."""
        for link in walk.links[:-1]:
            call = next((c for c in calls_of(link.function.body) if c.at == link.at), None)
            for arg in call.args if call is not None else ():
                name = show(arg).removeprefix("&")
                if name.isidentifier() and name not in self._program.walker.locals(link.function):
                    yield from self._program.resolver.functions(name, link.function.path)
                    yield from self._in_table(name, link.function)

    def _in_table(self, name: str, function: Function) -> Iterator[Function]:
        source = self._program.sources.read(function.path) or b""
        table = re.search(rb"^[^\n;(]*\b" + re.escape(name.encode()) + rb"\s*=\s*\{([^;]*)\}\s*;", source, re.MULTILINE)
        if table is not None:
            for word in sorted(words_of(table.group(1).decode(errors="replace"))):
                yield from self._program.resolver.in_file(function.path, word)
