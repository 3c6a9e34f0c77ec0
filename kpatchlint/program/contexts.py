# SPDX-License-Identifier: GPL-2.0-or-later
"""Changed functions become the entries they are reached from: callbacks, and the functions that register them."""

from collections.abc import Iterable, Iterator

from kpatchlint.program.callers import Entry
from kpatchlint.program.code import Function
from kpatchlint.program.program import Program
from kpatchlint.program.scope import Scope

_CALLERS_DEEP = 8
_CALLERS_MANY = 250


def ancestors(program: Program, functions: Iterable[Function]) -> Iterator[Function]:
    """The functions, then who names them, then who names those: nearest first, bounded in depth and number."""
    seen = dict.fromkeys(functions)
    level = list(seen)
    yield from level
    for _ in range(_CALLERS_DEEP):
        following: list[Function] = []
        for function in level:
            for user in program.callers.users(function):
                if user not in seen and len(seen) < _CALLERS_MANY:
                    seen[user] = None
                    following.append(user)
        yield from following
        level = following


def entries(program: Program, scope: Scope, context: str) -> Iterator[Entry]:
    """Callbacks of *context* that run changed code or that changed code registers; for a whole tree, all of them."""
    if scope.whole:
        yield from program.callers.all_entries(context)
        return
    seen: set[tuple[Function, Function]] = set()
    sleepy = [f for f in scope.functions if program.walker.may_matter(f)]
    registering = (e for f in scope.functions for e in program.callers.registrations(f))
    reached = (e for a in ancestors(program, sleepy) for e in program.callers.entries(a))
    for entry in (*registering, *reached):
        key = (entry.function, entry.by)
        if entry.context.id == context and key not in seen:
            seen.add(key)
            yield entry
