# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a function sleeps while it holds something that forbids it: the local half of "sleeping in atomic context"."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kpatchlint.program.code import Function
from kpatchlint.program.flow import Hold, Outcome, Site, State
from kpatchlint.program.locks import Locks
from kpatchlint.program.sleeps import Sink, Sleeps
from kpatchlint.program.walker import Walker


@dataclass(frozen=True, slots=True)
class HeldSleep:
    """*function* reaches *sink* while *hold* is in force; ``always`` when no path reaches the call without it."""

    function: Function
    hold: Hold
    sink: Sink
    always: bool


Wanted = Callable[[Site], bool]


class HoldHooks:
    """Collects, for each call, the holds of every state that reaches it, and the sinks behind it."""

    def __init__(self, function: Function, sleeps: Sleeps, locks: Locks, wanted: Wanted) -> None:
        self._function = function
        self._sleeps = sleeps
        self._locks = locks
        self._wanted = wanted
        self._below = sleeps.is_below(function)
        self.found: dict[tuple[int, Sink], dict[Hold, None]] = {}
        self.free: set[int] = set()  # calls that some state reaches with nothing atomic held

    def properties(self, state: State) -> frozenset[str]:
        """What the function's own holds say of the context."""
        return self._locks.properties(state.holds)

    def call(self, site: Site, state: State) -> list[Outcome]:
        """Note the sinks behind a call under an atomic hold, then let the locks change the state."""
        atomic = [h for h in state.holds if "atomic" in self._locks.properties((h,))]
        if not atomic:
            self.free.add(site.call.at)
        elif self._wanted(site):
            for sink in self._sleeps.at_call(self._function, site, self.properties(state), 0, self._below):
                left = [h for h in atomic if h.kind not in sink.dropped]
                if left:
                    self.found.setdefault((site.call.at, sink), {})[primary(left)] = None
        return self._locks.after_call(self._function, site, state)


def primary(holds: list[Hold]) -> Hold:
    """The hold to name: a lock before a state of the CPU, the latest taken first."""
    return max(holds, key=lambda h: (bool(h.lock), h.at))


def held_sleeps(
    function: Function, walker: Walker, sleeps: Sleeps, locks: Locks, wanted: Wanted
) -> Iterator[HeldSleep]:
    """Every sleep in *function* under one of its own holds, at the calls that are *wanted*."""
    sleeps.start()
    hooks = HoldHooks(function, sleeps, locks, wanted)
    walker.walk(function, State(), hooks)
    for (at, sink), holds in hooks.found.items():
        for hold in holds:
            yield HeldSleep(function, hold, sink, at not in hooks.free)
