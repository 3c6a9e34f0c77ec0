# SPDX-License-Identifier: GPL-2.0-or-later
"""The tree as a witness: what unchanged code does under a lock, too, is no fault of the patch, and seldom one at all.

A path that leads from a lock through functions which other code calls in atomic context rests on a condition that the
model does not see; the alternative is that a released kernel is wrong in several places and nobody has noticed.
"""

from collections.abc import Collection
from typing import TypeAlias

from kpatchlint.program.callers import Callers
from kpatchlint.program.code import Function
from kpatchlint.program.flow import Outcome, Site, State
from kpatchlint.program.locks import Locks
from kpatchlint.program.sleeps import Primitive, Sleeps

_CALLERS = 24  # callers of one function that are looked at


class Witness:
    """Who else, by the model, sleeps in atomic context by calling a function; answers are remembered."""

    def __init__(self, sleeps: Sleeps, callers: Callers, locks: Locks) -> None:
        self._sleeps = sleeps
        self._callers = callers
        self._locks = locks
        self._known: dict[tuple[Function, Primitive, Function], bool] = {}
        self._calls: dict[Function, _Calls] = {}

    def other_caller(self, function: Function, primitive: Primitive, apart_from: Collection[Function]) -> str:
        """Who beside *apart_from* reaches *primitive* through *function* in atomic context: "f() (path)", or ""."""
        for user in self._callers.users(function)[:_CALLERS]:
            if user not in apart_from:
                key = (function, primitive, user)
                if key not in self._known:
                    self._known[key] = self._sleeps_in_atomic(*key)
                if self._known[key]:
                    return f"`{user.name}()` ({user.path})"
        return ""

    def _sleeps_in_atomic(self, function: Function, primitive: Primitive, user: Function) -> bool:
        """Whether *user* calls *function* in atomic context only, and one of the calls leads to *primitive*."""
        contexts = self._calls_in(user).get(function, ())
        if not contexts or not all("atomic" in context for _, context in contexts):
            return False
        self._sleeps.start()
        return any(
            sink.primitive == primitive
            for site, context in contexts
            for sink in self._sleeps.of(function, self._sleeps.walker.bind(function, site), context, 0, True)
        )

    def _calls_in(self, user: Function) -> "_Calls":
        """What *user* calls, and in which contexts: one walk, whichever of its callees is asked about."""
        if user not in self._calls:
            entered = [hold for entry in self._callers.entries(user) for hold in entry.context.holds]
            hooks = _CallHooks(self._sleeps, self._locks, user)
            hooks.base = self._locks.properties_of(entered)
            self._sleeps.walker.walk(user, State(), hooks)
            self._calls[user] = hooks.contexts
        return self._calls[user]


_Calls: TypeAlias = dict[Function, list[tuple[Site, frozenset[str]]]]


class _CallHooks:
    """Notes the context of every call, by the functions that it may be of."""

    def __init__(self, sleeps: Sleeps, locks: Locks, user: Function) -> None:
        self._walker = sleeps.walker
        self._locks = locks
        self._user = user
        self.base: frozenset[str] = frozenset()
        self.contexts: _Calls = {}

    def properties(self, state: State) -> frozenset[str]:
        """What the function's own holds and the context that it is entered in say."""
        return self.base | self._locks.properties(state.holds)

    def call(self, site: Site, state: State) -> list[Outcome]:
        """The states after a call."""
        for function in self._walker.targets(self._user, site).functions:
            self.contexts.setdefault(function, []).append((site, self.properties(state)))
        return self._locks.after_call(self._user, site, state)
