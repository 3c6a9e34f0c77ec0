# SPDX-License-Identifier: GPL-2.0-or-later
"""A function becomes what is held at each of its calls: the guards that keep walkers away, and any other lock."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kpatchlint.facts import ir
from kpatchlint.program.code import Function
from kpatchlint.program.flow import Hold, Outcome, Site, State
from kpatchlint.program.pagetable.audit_walks import Link
from kpatchlint.program.pagetable.audit_words import WalkGuard
from kpatchlint.program.pagetable.engine import PageTables
from kpatchlint.program.pagetable.roots import Root
from kpatchlint.program.program import Program
from kpatchlint.program.values import UNKNOWN, ZERO, Int

_GUARD = "guard"


@dataclass(frozen=True, slots=True)
class Held:
    """Something held at a call: a guard of the vocabulary (with its *mode*), or another lock or state of the CPU."""

    name: str
    mode: str = ""  # "exclusive" or "shared" for guards
    guard: bool = False


class _Hooks:
    """A walk that follows locks and guards."""

    def __init__(self, holds: "Holds", function: Function) -> None:
        self.at: dict[int, frozenset[Held]] = {}
        self._holds = holds
        self._function = function

    def properties(self, state: State) -> frozenset[str]:
        """The context does not matter here."""
        return frozenset()

    def call(self, site: Site, state: State) -> list[Outcome]:
        """Note what is held, then let the call change it."""
        held = frozenset(_held(h) for h in state.holds)
        self.at[site.call.at] = self.at.get(site.call.at, held) & held
        return self._holds.after_call(self._function, site, state)


def _held(hold: Hold) -> Held:
    if hold.kind.startswith(_GUARD):
        return Held(hold.lock, hold.kind.partition(":")[2], True)
    return Held(hold.lock or hold.kind)


class Holds:
    """What is held at the calls of a function; answers are remembered."""

    def __init__(self, program: Program, tables: PageTables) -> None:
        self._program = program
        self._roots = tables.roots
        guards = program.lexicon.walk_guards
        self.guards: Mapping[str, WalkGuard] = {g.id: g for g in guards}
        self._takes = {name: (g, "exclusive") for g in guards for name in g.exclusive}
        self._takes |= {name: (g, "shared") for g in guards for name in g.shared}
        self._drops = {name: g for g in guards for name in g.drop}
        self._known: dict[Function, Mapping[int, frozenset[Held]]] = {}
        names = "|".join(re.escape(n) for n in (*self._takes, *self._drops))
        self._guarding = re.compile(rf"\b(?:{names})\s*\(".encode()) if names else None

    def at(self, link: Link) -> frozenset[Held]:
        """All that every path to the call holds; empty for a call that no path reaches."""
        function = link.function
        if function not in self._known:
            hooks = _Hooks(self, function)
            self._program.walker.walk(function, State(), hooks)
            self._known[function] = hooks.at
        return self._known[function].get(link.at, frozenset())

    def guards_at(self, link: Link) -> frozenset[Held]:
        """The guards only; a function that names none is not walked."""
        if self._guarding is None or not self._guarding.search(link.function.text):
            return frozenset()
        return frozenset(h for h in self.at(link) if h.guard)

    def after_call(self, function: Function, site: Site, state: State) -> list[Outcome]:
        """The states after a call, each with its result."""
        callee = site.call.callee
        name = callee.id if isinstance(callee, ir.Name) else ""
        if name in self._takes:
            guard, mode = self._takes[name]
            if guard.mm is None or self._is_kernel(function, site, guard.mm):
                held = _with(state, Hold(f"{_GUARD}:{mode}", guard.id, site.call.at))
                return [(held, Int(1)), (state, ZERO)] if name in guard.tries else [(held, UNKNOWN)]
        if name in self._drops and any(h.lock == self._drops[name].id for h in state.holds):
            left = tuple(h for h in state.holds if h.lock != self._drops[name].id)
            return [(State(left, state.dropped, state.values, state.facts), UNKNOWN)]
        return self._program.locks.after_call(function, site, state)

    def _is_kernel(self, function: Function, site: Site, number: int) -> bool:
        if number >= len(site.call.args):
            return False
        return Root.KERNEL in self._roots.of(function, site.call.args[number])


def _with(state: State, hold: Hold) -> State:
    """The state with the guard; one that is known to be held exclusively is not held less for an assertion."""
    if any(h.lock == hold.lock and h.kind in (hold.kind, f"{_GUARD}:exclusive") for h in state.holds):
        return state
    return State((*state.holds, hold), state.dropped, state.values, state.facts)
