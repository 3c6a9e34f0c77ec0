# SPDX-License-Identifier: GPL-2.0-or-later
"""A function's paths become lock mistakes: kept on one way out, dropped twice, dropped without having been taken.

A function may return with a lock on purpose. What gives a mistake away is that its own ways out disagree although they
return the same, or that an error comes back with a lock which every success has let go.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kpatchlint.program.code import Function
from kpatchlint.program.flow import Hold, Outcome, Site, State
from kpatchlint.program.locks import Locks
from kpatchlint.program.values import Value, truth
from kpatchlint.program.walker import Walker

_TAKEN = "taken "  # facts that a walk keeps of locks: "taken KIND LOCK" once it has been held on this path


@dataclass(frozen=True, slots=True)
class Imbalance:
    """``kind``: "kept" (held at the way out *at*), "twice" or "without" (dropped at *at* when not held).

    ``taken`` is where it was taken, None for "without"; ``elsewhere`` a way out that does it right.
    """

    kind: str
    lock: str
    hold_kind: str
    at: int
    taken: int | None = None
    elsewhere: int | None = None


class BalanceHooks:
    """Follows locks and remembers, on each path, which have been taken."""

    def __init__(self, function: Function, locks: Locks) -> None:
        self._function = function
        self._locks = locks
        self.excess: dict[tuple[int, str, str], bool] = {}  # place, kind, lock -> had it been taken before on the path

    def properties(self, state: State) -> frozenset[str]:
        """What the function's own holds say of the context."""
        return self._locks.properties(state.holds)

    def call(self, site: Site, state: State) -> list[Outcome]:
        """The states after a call, each with the locks it took noted."""
        outcomes = []
        for after, value in self._locks.after_call(self._function, site, state):
            for kind, lock in set(after.dropped) - set(state.dropped):
                had = (f"{_TAKEN}{kind} {lock}", True) in state.facts
                key = (site.call.at, kind, lock)
                self.excess[key] = self.excess.get(key, False) or had
            new = [h for h in after.holds if h not in state.holds]
            if new:
                facts = {*after.facts, *((f"{_TAKEN}{h.kind} {h.lock}", True) for h in new)}
                after = State(after.holds, after.dropped, after.values, tuple(sorted(facts)))
            outcomes.append((after, value))
        return outcomes


Exit = tuple[State, Value, int]


def imbalances(function: Function, walker: Walker, locks: Locks) -> Iterator[Imbalance]:
    """The lock mistakes of one function, each lock and way out once."""
    hooks = BalanceHooks(function, locks)
    walk = walker.walk(function, State(), hooks)
    if not walk.complete or walker.graph(function).gaps:
        return
    for (at, kind, lock), had in sorted(hooks.excess.items()):
        if had:
            yield Imbalance("twice", lock, kind, at)
        elif any(_released_properly(e, kind, lock) for e in walk.exits):
            yield Imbalance("without", lock, kind, at)
    end = len(function.text) - 1  # falling off the end is a way out at the closing brace
    yield from _kept([(s, v, at or end) for s, v, at in walk.exits], _success(function))


def _released_properly(way: Exit, kind: str, lock: str) -> bool:
    """Whether a path took the lock and let it go, and nothing of the caller's."""
    state = way[0]
    return (f"{_TAKEN}{kind} {lock}", True) in state.facts and (kind, lock) not in state.dropped


def _kept(exits: list[Exit], success: bool | None) -> Iterator[Imbalance]:
    """Ways out that keep a lock which another way out, with the same or a better result, has let go."""
    seen: set[tuple[str, str, int]] = set()
    for state, value, at in exits:
        for hold in state.holds:
            key = (hold.kind, hold.lock, at)
            if key in seen:
                continue
            if sum(_same(h, hold) for h in state.holds) > 1:  # taken again instead of let go
                seen.add(key)
                yield Imbalance("kept", hold.lock, hold.kind, at, state.holds[-1].at)
                continue
            others = [e for e in exits if _let_go(e, hold)]
            twin = next((e for e in others if _disagree(truth(value), truth(e[1]), success)), None)
            if twin is not None:
                seen.add(key)
                yield Imbalance("kept", hold.lock, hold.kind, at, hold.at, twin[2])


def _same(one: Hold, other: Hold) -> bool:
    return one.kind == other.kind and one.lock == other.lock


def _let_go(way: Exit, hold: Hold) -> bool:
    state = way[0]
    had = (f"{_TAKEN}{hold.kind} {hold.lock}", True) in state.facts
    return had and not any(_same(h, hold) for h in state.holds)


def _success(function: Function) -> bool | None:
    """The truth of a result that means success: zero for an int, non-NULL and true for others; None for void."""
    type_words = function.body.specifiers
    if "*" in type_words or re.search(r"\bbool\b", type_words):
        return True
    return None if re.search(r"\bvoid\b", type_words) else False


def _disagree(kept: bool | None, released: bool | None, success: bool | None) -> bool:
    """Whether a way out that keeps the lock and one that has let it go cannot both be meant.

    Different results are a contract (locked on success), unless success is what lets the lock go.
    """
    if kept is released:
        return True
    return success is not None and released is success and kept is not success
