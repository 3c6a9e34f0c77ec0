# SPDX-License-Identifier: GPL-2.0-or-later
"""Changed functions become the entries they are reached from: callbacks, and the functions that register them."""

import re
from collections.abc import Callable, Iterable, Iterator

from kpatchlint.facts.show import show
from kpatchlint.program.callers import Entry
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.flow import Site
from kpatchlint.program.program import Program
from kpatchlint.program.scope import Scope
from kpatchlint.program.sleeps import Hop
from kpatchlint.program.statements import calls_of

_CALLERS_DEEP = 8
_CALLERS_MANY = 250


def ancestors(program: Program, functions: Iterable[Function]) -> tuple[Function, ...]:
    """The functions, then who names them, then who names those: nearest first, bounded in depth and number."""
    seen = dict.fromkeys(functions)
    level = list(seen)
    for _ in range(_CALLERS_DEEP):
        following: list[Function] = []
        for function in level:
            for user in program.callers.users(function):
                if user not in seen and len(seen) < _CALLERS_MANY:
                    seen[user] = None
                    following.append(user)
        level = following
    return tuple(seen)


def focus(program: Program, scope: Scope) -> None:
    """Keep the model to paths that run through changed code; for a tree as it is, to none."""
    program.walker.start()
    if scope.whole:
        program.sleeps.go_everywhere()
    else:
        program.sleeps.stay_in(ancestors(program, sleepy(program, scope)), scope.functions, scope.news)


def sleepy(program: Program, scope: Scope) -> tuple[Function, ...]:
    """The changed functions in which something that may sleep is new."""
    return program.once("sleepy", scope, lambda: tuple(f for f in scope.functions if _may_matter(program, scope, f)))


def _may_matter(program: Program, scope: Scope, function: Function) -> bool:
    news = scope.news.get(function)
    if news is None:
        return program.walker.may_matter(function)
    return any(_new_that_matter(program, function, news))


def _new_that_matter(program: Program, function: Function, news: frozenset[int]) -> Iterator[tuple[Function, int]]:
    """The new calls of a function behind which something may sleep, each with the function."""
    calls = (call for call in calls_of(function.body) if call.at in news)
    return ((function, call.at) for call in calls if program.walker.call_matters(function, call))


class Settled:
    """The new calls of a change that a proven path runs through.

    Whoever mends that path has to change the call, so what else it leads to, and from where, need not be looked for.
    """

    def __init__(self, program: Program, scope: Scope) -> None:
        self._left: set[tuple[Function, int]] | None = None if scope.whole else set()
        for function in () if scope.whole else sleepy(program, scope):
            news = scope.news.get(function)
            if news is None:
                self._left = None  # all of it is new: one path settles nothing
                return
            assert self._left is not None
            self._left |= set(_new_that_matter(program, function, news))

    def note(self, hops: Iterable[Hop]) -> None:
        """A path of these calls is proven to be wrong."""
        if self._left is not None:
            self._left -= {(hop.function, hop.at) for hop in hops}

    @property
    def is_all(self) -> bool:
        """Whether there is nothing left to look for."""
        return self._left is not None and not self._left


def settled(program: Program, scope: Scope) -> Settled:
    """The one record of what is settled while *scope* is judged."""
    return program.once("settled", scope, lambda: Settled(program, scope))


def entries(program: Program, scope: Scope, context: str) -> tuple[Entry, ...]:
    """Callbacks of *context* that run changed code or that changed code registers.

    For a tree as it is: those that the functions in scope register or are stored as; without functions, all of them.
    """
    if scope.whole and not scope.functions:
        return tuple(program.callers.all_entries(context))
    find = _entries_made_by if scope.whole else _entries_in
    found = program.once("entries", scope, lambda: find(program, scope))
    return tuple(entry for entry in found if entry.context.id == context)


def _entries_in(program: Program, scope: Scope) -> tuple[Entry, ...]:
    """The entries of every context, each callback and registration once."""
    registering = (e for f in scope.functions for e in program.callers.registrations(f))
    reached = (e for a in ancestors(program, sleepy(program, scope)) for e in program.callers.entries(a))
    found = {(e.function, e.by, e.context.id): e for e in (*reached, *registering)}
    return tuple(found.values())


def _entries_made_by(program: Program, scope: Scope) -> tuple[Entry, ...]:
    """The entries of every context that exist because of a function in scope or a table that it stands in."""
    return tuple(
        {(e.function, e.by, e.context.id): e for f in scope.functions for e in program.callers.made_by(f)}.values()
    )


_HOLDERS_DEEP = 5
_HOLDERS_MANY = 120
_TAKES = re.compile(rb"lock|irq|preempt|guard|_bh\b|get_cpu|daif|hotplug")


def holders(program: Program, scope: Scope) -> Iterator[tuple[Function, Callable[[Site], bool]]]:
    """Functions that may hold something while changed code runs, each with the calls that lead there.

    A changed function is judged at every call. One above it only at the calls through which it was reached.
    """
    for function in scope.functions:
        if _TAKES.search(function.text) and function.name not in program.lexicon.boot_entries:
            yield function, _any_call
    if scope.whole:
        return
    changed = set(scope.functions)
    leads: dict[Function, set[str]] = {f: set() for f in sleepy(program, scope)}
    level = list(leads)
    for _ in range(_HOLDERS_DEEP):
        following: list[Function] = []
        for function in level:
            names = {function.name, *program.callers.stored_in(function)}
            for user in program.callers.users(function):
                if user not in leads and len(leads) < _HOLDERS_MANY:
                    leads[user] = set()
                    following.append(user)
                if user in leads:
                    leads[user] |= names
        level = following
    for function, names in leads.items():
        if (
            function not in changed
            and _TAKES.search(function.text)
            and function.name not in program.lexicon.boot_entries
        ):
            yield function, _calls_to(frozenset(names))


def _any_call(site: Site) -> bool:
    return True


def _calls_to(names: frozenset[str]) -> Callable[[Site], bool]:
    """Whether a call is of one of *names*, or is handed one of them."""

    def wanted(site: Site) -> bool:
        exprs = (site.call.callee, *site.call.args)
        return any(name in words_of(show(e)) for e in exprs for name in names)

    return wanted
