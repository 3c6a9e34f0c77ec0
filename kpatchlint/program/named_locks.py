# SPDX-License-Identifier: GPL-2.0-or-later
"""Locks that are none of the kernel's: a bit in a device, a firmware semaphore. Only their names say what they are.

``foo_lock_flash()`` and ``foo_unlock_flash()``, or acquire and release, are taken for a pair when both exist, and
neither does anything to a lock that is known. How the taking one says that it failed is read from what it returns.
"""

import re

from kpatchlint.facts.show import show
from kpatchlint.program.code import Function
from kpatchlint.program.flow import Hold, Outcome, Site, State
from kpatchlint.program.locks import Locks
from kpatchlint.program.values import UNKNOWN, ZERO, Int, NonZero
from kpatchlint.program.walker import Walker

KIND = "named"
_PAIRS = {"lock": "unlock", "acquire": "release"}
_FAILS = re.compile(rb"\breturn\s+-\s*E[A-Z]+\s*;|=\s*-\s*E[A-Z]+\s*;")


class NamedLocks:
    """Which calls take and drop such a lock, in one version of the program."""

    def __init__(self, walker: Walker, locks: Locks) -> None:
        self._walker = walker
        self._locks = locks

    def after_call(self, function: Function, site: Site, state: State) -> list[Outcome] | None:
        """The states after a call of one of a pair; None when it is none."""
        name = self._walker.callee_name(site)
        words = name.split("_")
        for take, drop in _PAIRS.items():
            if take in words and self._is_pair(function, site, name, "_".join(drop if w == take else w for w in words)):
                return self._take(function, site, state, name)
            if drop in words:
                taking = "_".join(take if w == drop else w for w in words)
                if self._is_pair(function, site, name, taking):
                    return [(_drop(state, taking, site), UNKNOWN)]
        return None

    def _is_pair(self, function: Function, site: Site, name: str, other: str) -> bool:
        """Whether both are functions of the tree that do nothing to a known lock."""
        if any(known is not None for known in self._locks.calls(site)):
            return False
        both = [self._walker.resolver.functions(n, function.path) for n in (name, other)]
        return all(len(found) == 1 and not self._locks.touches(found[0]) for found in both)

    def _take(self, function: Function, site: Site, state: State, name: str) -> list[Outcome] | None:
        (target,) = self._walker.resolver.functions(name, function.path)
        hold = Hold(KIND, _spelled(name, site), site.call.at)
        holds = state.holds if hold in state.holds else (*state.holds, hold)
        held = State(holds, state.dropped, state.values, state.facts)
        specifiers = target.body.specifiers
        if "*" in specifiers:
            return None
        if re.search(r"\bvoid\b", specifiers):
            return [(held, UNKNOWN)]
        if re.search(r"\bbool\b", specifiers):
            return [(held, Int(1)), (state, ZERO)]
        if _FAILS.search(target.text):
            return [(held, ZERO), (state, NonZero())]
        return None


def _drop(state: State, name: str, site: Site) -> State:
    lock = _spelled(name, site)
    holds = tuple(h for h in state.holds if (h.kind, h.lock) != (KIND, lock))
    return State(holds, state.dropped, state.values, state.facts)


def _spelled(name: str, site: Site) -> str:
    """The lock, called by what takes it: ``foo_lock_flash(adapter)``."""
    first = show(site.call.args[0]) if site.call.args else ""
    return f"{name}({first})"
