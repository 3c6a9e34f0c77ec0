# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a function sleeps while it holds something that forbids it: the local half of "sleeping in atomic context"."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from kpatchlint.facts import ir
from kpatchlint.program.code import Function
from kpatchlint.program.flow import Hold, Outcome, Site, State
from kpatchlint.program.locks import Locks
from kpatchlint.program.sleeps import Hop, Sink, Sleeps
from kpatchlint.program.values import Pointers, Value


@dataclass(frozen=True, slots=True)
class HeldSleep:
    """*function* reaches *sink* while *hold* is in force; ``always`` when no path reaches the call without it.

    ``is_blurred``: there were more paths than are kept apart, so the path may be none.
    """

    function: Function
    hold: Hold
    sink: Sink
    always: bool
    lead: tuple[Hop, ...] = ()  # calls on the way to *function*, which was handed a function to call
    is_blurred: bool = False


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
        self.handed: dict[tuple[Function, tuple[tuple[str, Value], ...]], Hop] = {}  # callees given a function to call

    def look_at_everything(self) -> None:
        """Count every call, although this function itself is no changed one."""
        self._below = True

    def properties(self, state: State) -> frozenset[str]:
        """What the function's own holds say of the context."""
        return self._locks.properties(state.holds)

    def call(self, site: Site, state: State) -> list[Outcome]:
        """Note the sinks behind a call under an atomic hold, then let the locks change the state."""
        atomic = [h for h in state.holds if "atomic" in self._locks.properties((h,))]
        if not atomic:
            self.free.add(site.call.at)
            self._note_handed(site)
        elif self._wanted(site):
            for sink in self._sleeps.at_call(self._function, site, self.properties(state), 0, self._below):
                left = [h for h in atomic if h.kind not in sink.dropped]
                if left:
                    hold = primary(left)
                    self.found.setdefault((site.call.at, self._counted(sink, site, hold)), {})[hold] = None
        return self._locks.after_call(self._function, site, state)

    def _counted(self, sink: Sink, site: Site, hold: Hold) -> Sink:
        """The sink with the conditions of this function between the lock and the call counted in."""
        undecided = self._sleeps.undecided(self._function, site)
        return replace(sink, open_count=sink.open_count + any(d.cond.at > hold.at for d in undecided))

    def _note_handed(self, site: Site) -> None:
        """A callee that is given a function may call it under a lock of its own."""
        walker = self._sleeps.walker
        is_new = self._below or self._sleeps.is_new(self._function, site.call.at)
        if not is_new or not any(isinstance(a, ir.Name) for a in site.call.args):
            return
        for target in walker.targets(self._function, site).functions[:1]:
            values = tuple(v for v in walker.bind(target, site) if isinstance(v[1], Pointers))
            if values:
                self.handed.setdefault((target, values), Hop(self._function, site.call.at, target.name))


def primary(holds: list[Hold]) -> Hold:
    """The hold to name: a lock before a state of the CPU, the latest taken first."""
    return max(holds, key=lambda h: (bool(h.lock), h.at))


def held_sleeps(function: Function, sleeps: Sleeps, locks: Locks, wanted: Wanted) -> Iterator[HeldSleep]:
    """Every sleep in *function* under one of its own holds, at the calls that are *wanted*.

    A callee that is handed a function and calls it under a lock of its own counts as well, one call deep.
    """
    sleeps.start()
    hooks = HoldHooks(function, sleeps, locks, wanted)
    walk = sleeps.walker.walk(function, State(), hooks)
    yield from _found(hooks, function, (), walk.is_blurred)
    for (target, values), hop in hooks.handed.items():
        inner = HoldHooks(target, sleeps, locks, _calls_pointer)
        inner.look_at_everything()
        walk = sleeps.walker.walk(target, State(values=tuple(sorted(values, key=lambda v: v[0]))), inner)
        yield from _found(inner, target, (hop,), walk.is_blurred)


def _found(hooks: HoldHooks, function: Function, lead: tuple[Hop, ...], is_blurred: bool) -> Iterator[HeldSleep]:
    for (at, sink), holds in hooks.found.items():
        for hold in holds:
            yield HeldSleep(function, hold, sink, at not in hooks.free, lead, is_blurred)


def _calls_pointer(site: Site) -> bool:
    """Whether a call is of a function that was handed in, or hands it on."""
    exprs = (site.call.callee, *site.call.args)
    return any(isinstance(e, ir.Name) and isinstance(site.env.values.get(e.id), Pointers) for e in exprs)
