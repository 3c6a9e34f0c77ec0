# SPDX-License-Identifier: GPL-2.0-or-later
"""The page-table questions that rules ask of one version of the program; answers are remembered."""

import re
from collections.abc import Iterable, Mapping

from kpatchlint.facts.parse import parse_expression
from kpatchlint.program.callers import calls_of
from kpatchlint.program.code import Function
from kpatchlint.program.flow import State
from kpatchlint.program.pagetable.callees import Helpers
from kpatchlint.program.pagetable.changes import Changes
from kpatchlint.program.pagetable.events import Callees, EventHooks, Events
from kpatchlint.program.pagetable.marks import Names
from kpatchlint.program.pagetable.roots import Root, Roots
from kpatchlint.program.pagetable.words import TableWords
from kpatchlint.program.program import Program
from kpatchlint.program.reached import names_in_call


class PageTables:
    """Events and roots over one program."""

    def __init__(self, program: Program) -> None:
        known = program.lexicon
        arch = program.sources.arch
        self.words = TableWords(known.table_calls, known.flushes, known.table_locks, known.table_roots, arch)
        self.roots = Roots(program, self.words)
        self._program = program
        self._names = Names(self.words, known.transparent)
        self._helpers = Helpers(program.resolver, self.words)
        self._events: dict[Function, Events] = {}
        self._handed: dict[Function, bool] = {}
        self._changes: dict[Function, Changes] = {}
        self._locks: dict[Function, Mapping[int, frozenset[str]]] = {}
        acting = [name for name, call in self.words.calls.items() if call.effect in ("clear", "set", "detach")]
        self._acts = _any_call(acting)
        self._looks = _any_call(name for name, call in self.words.calls.items() if call.effect == "page")
        self._frees = _any_call(name for name, call in self.words.calls.items() if call.effect == "frees")

    def events(self, function: Function) -> Events:
        """What the paths of *function* do to entries; empty for code that changes none and frees nothing below one."""
        if function not in self._events:
            hooks = self._hooks(function)
            text = function.text
            if self._acts.search(text) or (self._looks.search(text) and self._frees.search(text)):
                walk = self._program.walker.walk(function, State(), hooks)
                for state, _, _ in walk.exits:
                    hooks.changes.at_exit(state)
                    hooks.events.at_exit(state)
            self._events[function] = hooks.events
            self._changes[function] = hooks.changes
        return self._events[function]

    def changes(self, function: Function) -> Changes:
        """Entries that *function* gives another value while they may be live."""
        self.events(function)
        return self._changes[function]

    def locks(self, function: Function) -> Mapping[int, frozenset[str]]:
        """By offset of a call: the table locks that every path to it holds."""
        if function not in self._locks:
            hooks = self._hooks(function)
            self._program.walker.walk(function, State(), hooks)
            self._locks[function] = hooks.events.locks
        return self._locks[function]

    def is_kernel(self, function: Function, entry: str) -> bool:
        """Whether *entry*, as spelled in *function*, is of the kernel's own tables, as far as anything tells."""
        roots = self.roots.of(function, parse_expression(entry.encode()))
        if roots:
            return Root.KERNEL in roots
        return self.events(function).is_kernel or self._is_handed_on(function)

    def _is_handed_on(self, function: Function) -> bool:
        """Whether it is called back for the kernel's entries: ``apply_to_page_range(&init_mm, addr, size, f, data)``"""
        if function not in self._handed:
            users = self._program.callers.users(function)
            calls = (set(names_in_call(call)) for user in users for call in calls_of(user.body))
            self._handed[function] = any(function.name in c and c & self.words.kernel_roots for c in calls)
        return self._handed[function]

    def _hooks(self, function: Function) -> EventHooks:
        helpers = self._helpers
        callees = Callees(
            helpers.frees,
            helpers.flushes,
            lambda mm: self.roots.of(function, mm) >= frozenset({Root.KERNEL}),
            self._program.walker.truth,
        )
        return EventHooks(self.words, self._names, callees)


def _any_call(names: Iterable[str]) -> re.Pattern[bytes]:
    """Where one of some names is called."""
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\s*\(".encode())
