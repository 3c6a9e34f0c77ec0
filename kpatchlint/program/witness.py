# SPDX-License-Identifier: GPL-2.0-or-later
"""The tree as a witness: what unchanged code does under a lock, too, is no fault of the patch, and seldom one at all.

A path that leads from a lock through functions which other code calls in atomic context rests on a condition that the
model does not see; the alternative is that a released kernel is wrong in several places and nobody has noticed.
"""

from collections.abc import Callable, Iterable

from kpatchlint.program.callers import Callers
from kpatchlint.program.code import Function
from kpatchlint.program.flow import Outcome, Site, State
from kpatchlint.program.locks import Locks
from kpatchlint.program.walker import Walker

_CALLERS = 24  # callers of one function that are looked at


class Witness:
    """Who else calls a function in atomic context; answers are remembered."""

    def __init__(self, walker: Walker, callers: Callers, locks: Locks) -> None:
        self._walker = walker
        self._callers = callers
        self._locks = locks
        self._atomic: dict[Function, tuple[Function, ...]] = {}

    def other_caller(self, function: Function, apart_from: Iterable[Function]) -> Function | None:
        """A function beside those of *apart_from* that calls *function* with something atomic held on every path."""
        if function not in self._atomic:
            users = self._callers.users(function)[:_CALLERS]
            self._atomic[function] = tuple(user for user in users if self._calls_in_atomic(user, function))
        known = set(apart_from)
        return next((user for user in self._atomic[function] if user not in known), None)

    def _calls_in_atomic(self, user: Function, function: Function) -> bool:
        hooks = _CallHooks(user, self._locks, lambda site: function in self._walker.targets(user, site).functions)
        base = frozenset[str]()
        for entry in self._callers.entries(user):
            base |= self._locks.properties_of(entry.context.holds)
        if "atomic" in base:
            return True
        self._walker.walk(user, State(), hooks)
        return bool(hooks.contexts) and all("atomic" in context for context in hooks.contexts)


class _CallHooks:
    """Notes the context of every call that is wanted."""

    def __init__(self, function: Function, locks: Locks, wanted: Callable[[Site], bool]) -> None:
        self._function = function
        self._locks = locks
        self._wanted = wanted
        self.contexts: list[frozenset[str]] = []

    def properties(self, state: State) -> frozenset[str]:
        """What the function's own holds say of the context."""
        return self._locks.properties(state.holds)

    def call(self, site: Site, state: State) -> list[Outcome]:
        """The states after a call."""
        if self._wanted(site):
            self.contexts.append(self._locks.properties(state.holds))
        return self._locks.after_call(self._function, site, state)
