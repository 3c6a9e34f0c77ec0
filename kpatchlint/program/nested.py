# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a function that holds something leads to a call that takes the same again."""

from collections.abc import Iterator
from dataclasses import dataclass

from kpatchlint.program.code import Function
from kpatchlint.program.flow import Hold, Outcome, Site, State
from kpatchlint.program.holds import Wanted
from kpatchlint.program.locks import Locks
from kpatchlint.program.sleeps import Sink, Sleeps


@dataclass(frozen=True, slots=True)
class TakenAgain:
    """*function* holds *hold* and leads, by the calls of *sink*, to one that takes it once more."""

    function: Function
    hold: Hold
    sink: Sink


class NestedHooks:
    """Collects the ways to take a lock behind each call that is made with it held."""

    def __init__(self, function: Function, sleeps: Sleeps, locks: Locks, wanted: Wanted, kind: str) -> None:
        self._function = function
        self._sleeps = sleeps
        self._locks = locks
        self._wanted = wanted
        self._kind = kind
        self._below = sleeps.is_below(function)
        self.found: dict[TakenAgain, None] = {}

    def properties(self, state: State) -> frozenset[str]:
        """What the function's own holds say of the context."""
        return self._locks.properties(state.holds)

    def _takes_it(self, name: str) -> bool:
        """Whether a call of *name* takes a lock of the kind, waiting for it if need be."""
        lock = self._sleeps.walker.lexicon.takes.get(name)
        return lock is not None and lock.sleeps and self._kind in lock.kinds

    def call(self, site: Site, state: State) -> list[Outcome]:
        """Note the sinks that take the lock, then let the locks change the state."""
        held = next((h for h in state.holds if h.kind == self._kind), None)
        if held is not None and self._wanted(site):
            for sink in self._sleeps.at_call(self._function, site, self.properties(state), 0, self._below):
                if self._kind not in sink.dropped and self._takes_it(sink.primitive[0]):
                    self.found[TakenAgain(self._function, held, sink)] = None
        return self._locks.after_call(self._function, site, state)


def taken_again(function: Function, sleeps: Sleeps, locks: Locks, wanted: Wanted, kind: str) -> Iterator[TakenAgain]:
    """Every way in which *function* takes a lock of *kind* that it holds already, at the calls that are *wanted*."""
    sleeps.start()
    hooks = NestedHooks(function, sleeps, locks, wanted, kind)
    sleeps.walker.walk(function, State(), hooks)
    yield from hooks.found
