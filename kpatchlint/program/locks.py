# SPDX-License-Identifier: GPL-2.0-or-later
"""What a call takes and drops: locks and states of the CPU, by the vocabulary."""

from collections.abc import Iterable

from kpatchlint.facts.show import show
from kpatchlint.program.code import Function
from kpatchlint.program.flow import Hold, Outcome, Site, State
from kpatchlint.program.values import UNKNOWN, ZERO, Int, NonZero, Value
from kpatchlint.program.vocabulary import Lexicon, LockCall


class Locks:
    """Lock effects of calls; stateless apart from the vocabulary."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def properties(self, holds: tuple[Hold, ...]) -> frozenset[str]:
        """Properties of the context that these holds make: "atomic", "irqs_off", "in_interrupt"."""
        return self.properties_of(h.kind for h in holds) if holds else frozenset()

    def properties_of(self, kinds: Iterable[str]) -> frozenset[str]:
        """The same for bare kinds of hold."""
        found = set()
        for kind in kinds:
            hold = self._lexicon.holds[kind]
            found |= {p for p in ("atomic", "irqs_off", "in_interrupt") if getattr(hold, p)}
            if hold.irqs_off or hold.in_interrupt:
                found.add("atomic")
        return frozenset(found)

    def after_call(self, function: Function, site: Site, state: State) -> list[Outcome]:
        """The states that a call leads to, each with its result."""
        name = site.call.callee.id if hasattr(site.call.callee, "id") else ""
        take = self._lexicon.takes.get(name)
        if take is not None:
            return self._take(take, site, state)
        drop = self._lexicon.drops.get(name)
        if drop is not None:
            return [(self._drop(drop, site, state), UNKNOWN)]
        return [(state, UNKNOWN)]

    def _take(self, lock: LockCall, site: Site, state: State) -> list[Outcome]:
        which = lock_name(lock, site)
        holds = (*state.holds, *(Hold(kind, self._key(kind, which), site.call.at) for kind in lock.kinds))
        held = State(holds, state.dropped, state.values, state.facts)
        yes: Value = NonZero()
        match lock.result:
            case "nonzero":
                return [(held, Int(1)), (state, ZERO)]
            case "zero":
                return [(held, ZERO), (state, yes)]
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
                at = next((i for i in range(len(holds) - 1, -1, -1) if holds[i].kind == kind), None)
            if at is not None:
                del holds[at]
            elif (kind, key) not in dropped:
                dropped.append((kind, key))
        return State(tuple(holds), tuple(sorted(dropped)), state.values, state.facts)

    def _key(self, kind: str, lock: str) -> str:
        return lock if self._lexicon.holds[kind].per_lock else ""


def lock_name(lock: LockCall, site: Site) -> str:
    """The lock's expression as text, without the address operator."""
    if lock.argument is None or lock.argument >= len(site.call.args):
        return ""
    return show(site.call.args[lock.argument]).removeprefix("&")
