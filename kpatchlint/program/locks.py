# SPDX-License-Identifier: GPL-2.0-or-later
"""What a call takes and drops: locks and states of the CPU, by the vocabulary."""

from collections.abc import Iterable

from kpatchlint.facts.show import show
from kpatchlint.program.code import Function
from kpatchlint.program.effects import (
    Alternative,
    alternatives,
    apply,
    counts,
    is_contract,
    is_even,
    lock_words,
    may_be_same,
    may_have_effect,
    names_own,
    says_which,
    words_in,
)
from kpatchlint.program.flow import Hold, Outcome, Site, State
from kpatchlint.program.values import UNKNOWN, ZERO, Int
from kpatchlint.program.vocabulary import Lexicon, LockCall
from kpatchlint.program.walker import Walker

_WRAPPERS_DEEP = 3  # wrappers of wrappers
_SHORT = 1200  # bytes of a function that is looked at for such a call
_TINY = 250  # bytes of a function that does nothing else
_EINTR = 4  # what an interruptible lock fails with


class Locks:
    """Lock effects of calls: the vocabulary's, and those of wrappers, which are walked once."""

    def __init__(self, walker: Walker, lexicon: Lexicon) -> None:
        self._walker = walker
        self.lexicon = lexicon
        self._effects: dict[Function, tuple[Alternative, ...]] = {}
        self._unclear: dict[Function, frozenset[str]] = {}
        self._properties: dict[frozenset[str], frozenset[str]] = {}
        self._depth = 0

    def properties(self, holds: tuple[Hold, ...]) -> frozenset[str]:
        """Properties of the context that these holds make: "atomic", "irqs_off", "in_interrupt"."""
        if not holds:
            return frozenset()
        kinds = frozenset(h.kind for h in holds)
        known = self._properties.get(kinds)
        if known is None:
            known = self._properties[kinds] = self.properties_of(kinds)
        return known

    def properties_of(self, kinds: Iterable[str]) -> frozenset[str]:
        """The same for bare kinds of hold."""
        found: set[str] = set()
        for kind in kinds:
            hold = self.lexicon.holds[kind]
            found |= hold.properties
            if hold.irqs_off or hold.in_interrupt:
                found.add("atomic")
        return frozenset(found)

    def calls(self, site: Site) -> tuple[LockCall | None, LockCall | None]:
        """What a call takes and drops by the vocabulary."""
        name = self._walker.callee_name(site)
        return self.lexicon.takes.get(name), self.lexicon.drops.get(name)

    def after_call(self, function: Function, site: Site, state: State) -> list[Outcome]:
        """The states that a call leads to, each with its result."""
        name = self._walker.callee_name(site)
        take = self.lexicon.takes.get(name)
        if take is not None:
            return self._take(take, site, state)
        drop = self.lexicon.drops.get(name)
        if drop is not None:
            return [(self._drop(drop, site, state), UNKNOWN)]
        if not name or self.lexicon.is_trusted(name) or name in self.lexicon.sleepers:
            return [(state, UNKNOWN)]
        for target in self._walker.targets(function, site).functions[:1]:
            effect = self.effect(target)
            if effect:
                return apply(effect, target, site, state)
        return [(state, UNKNOWN)]

    def unclear_call(self, function: Function, site: Site) -> frozenset[str]:
        """``unclear()`` of the function that a call leads to."""
        if any(known is not None for known in self.calls(site)):
            return frozenset()
        targets = self._walker.targets(function, site).functions[:1]
        return self.unclear(targets[0]) if targets else frozenset()

    def touches(self, function: Function) -> bool:
        """Whether a function does anything to a known lock that outlasts it, as far as can be told."""
        takes, drops = counts(function, self.lexicon)
        return takes != drops or bool(self.effect(function))

    def effect(self, function: Function) -> tuple[Alternative, ...]:
        """How *function* comes back as far as locks go; empty for no change, and where that is not clear."""
        if function not in self._effects:
            if not (may_have_effect(function, self.lexicon) or self._wraps_one(function)):
                self._effects[function] = ()
            elif self._depth >= _WRAPPERS_DEEP:
                return ()  # from here it is not looked into; asked for by itself it may well be
            else:
                self._effects[function] = ()  # a wrapper that calls itself
                self._depth += 1
                walk = self._walker.walk(function, State(), LockHooks(function, self))
                self._depth -= 1
                found = alternatives(walk.exits) if walk.complete else None
                if found and is_even(function, self.lexicon) and not says_which(found, function):
                    found = ()  # the walk has lost count
                self._effects[function] = () if found is None or names_own(found, function) else found
                if found is None or not says_which(found, function) or (not found and is_contract(function)):
                    self._unclear[function] = lock_words(function, self.lexicon) | words_in(found or ())
        return self._effects[function]

    def _wraps_one(self, function: Function) -> bool:
        """Whether a short function calls a tiny one that only takes or only lets go: ``pte_unmap(pte);``."""
        if len(function.text) > _SHORT:
            return False
        for name in sorted(set(function.called)):
            if name in self.lexicon.takes or name in self.lexicon.drops or self.lexicon.is_trusted(name):
                continue
            for callee in self._walker.resolver.functions(name, function.path)[:1]:
                takes, drops = counts(callee, self.lexicon)
                if takes != drops and len(callee.text) < _TINY and not callee.is_weak:
                    return True
        return False

    def unclear(self, function: Function) -> frozenset[str]:
        """The words of the locks that a call of *function* may take or drop, or not: the caller cannot tell."""
        self.effect(function)
        return self._unclear.get(function, frozenset())

    def _take(self, lock: LockCall, site: Site, state: State) -> list[Outcome]:
        which = lock_name(lock, site)
        taken = (Hold(kind, self._key(kind, which), site.call.at) for kind in lock.kinds)
        holds = (*state.holds, *(h for h in taken if h not in state.holds))  # a loop that takes it again and again
        held = State(holds, state.dropped, state.values, state.facts)
        failed = Int(-_EINTR) if lock.sleeps else Int(1)
        match lock.result:
            case "nonzero":
                return [(held, Int(1)), (state, ZERO)]
            case "zero":
                return [(held, ZERO), (state, failed)]
            case _:
                return [(held, UNKNOWN)]

    def _drop(self, lock: LockCall, site: Site, state: State) -> State:
        which = lock_name(lock, site)
        holds, dropped = list(state.holds), list(state.dropped)
        for kind in lock.kinds:
            key = self._key(kind, which)
            at = next(
                (i for i in range(len(holds) - 1, -1, -1) if holds[i].kind == kind and holds[i].lock == key), None
            )
            if at is None:  # the same lock under another name
                others = (i for i in range(len(holds) - 1, -1, -1) if holds[i].kind == kind)
                at = next((i for i in others if may_be_same(holds[i].lock, key)), None)
            if at is not None:
                del holds[at]
            elif (kind, key) not in dropped:
                dropped.append((kind, key))
        return State(tuple(holds), tuple(sorted(dropped)), state.values, state.facts)

    def _key(self, kind: str, lock: str) -> str:
        return lock if self.lexicon.holds[kind].per_lock else ""


class LockHooks:
    """A walk that only follows locks."""

    def __init__(self, function: Function, locks: Locks) -> None:
        self._function = function
        self._locks = locks

    def properties(self, state: State) -> frozenset[str]:
        """What the function's own holds say of the context."""
        return self._locks.properties(state.holds)

    def call(self, site: Site, state: State) -> list[Outcome]:
        """The states after a call."""
        return self._locks.after_call(self._function, site, state)


def lock_name(lock: LockCall, site: Site) -> str:
    """The lock's expression as text, without the address operator; "" when the call does not say."""
    if lock.argument is None or lock.argument >= len(site.call.args):
        return lock.lock
    return show(site.call.args[lock.argument]).removeprefix("&")
