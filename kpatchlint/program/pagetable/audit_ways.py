# SPDX-License-Identifier: GPL-2.0-or-later
"""A function becomes the ways in which the kernel comes there, with the guards that are held on each.

The search goes up through callers, ways without a guard first: a verdict hangs on these, and the others are only there
to be named.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

from kpatchlint.program.boot import is_discarded
from kpatchlint.program.code import Function
from kpatchlint.program.pagetable.audit_calls import NamedCallers
from kpatchlint.program.pagetable.audit_entries import Entries
from kpatchlint.program.pagetable.audit_holds import Held, Holds
from kpatchlint.program.pagetable.audit_walks import Link

_DEEP = 16  # arch_remove_memory() is ten calls above the entry that it clears, a write to sysfs eight more
_MANY = 400  # functions looked at above one
_FEW = 40  # the same, where nothing hangs on it
_FREE = 6  # ways in with nothing held; they settle the matter
_KINDS = 6  # ways with the same guards that are kept


@dataclass(frozen=True, slots=True)
class Taken:
    """A guard on a way, and the function that takes it."""

    held: Held
    by: Function


@dataclass(frozen=True, slots=True)
class Way:
    """One way in: the calls, outermost first, what is entered and how, and the guards that are held on it.

    *boot*: it is only taken while the kernel boots. *open*: it goes on further up than was looked.
    """

    links: tuple[Link, ...]
    entry: str
    taken: tuple[Taken, ...] = ()
    boot: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True)
class _Step:
    """A way that is still going up: *top* is what is looked at next."""

    top: Function
    links: tuple[Link, ...] = ()
    taken: tuple[Taken, ...] = ()

    @property
    def order(self) -> tuple[bool, int]:
        return bool(self.taken), len(self.links)

    @property
    def guards(self) -> frozenset[Held]:
        return frozenset(t.held for t in self.taken)


class Ways:
    """Answers are remembered."""

    def __init__(self, holds: Holds, callers: NamedCallers, entries: Entries) -> None:
        self._holds = holds
        self._callers = callers
        self._entries = entries
        self._known: dict[tuple[Function, bool], tuple[Way, ...]] = {}

    def into(self, function: Function, thorough: bool = True) -> tuple[Way, ...]:
        """The ways into *function*, the nearest first of each kind: kinds differ by their guards.

        Not *thorough*: a few, for a walk whose verdict does not hang on them.
        """
        key = (function, thorough)
        if key not in self._known:
            self._known[key] = tuple(_chosen(self._search(function, _MANY if thorough else _FEW)))
        return self._known[key]

    def _search(self, function: Function, limit: int) -> Iterator[Way]:
        count = 0
        queue = [(_Step(function).order, count, _Step(function))]
        seen: set[tuple[Function, frozenset[Held]]] = set()
        free_count = 0
        while queue and free_count < _FREE:
            _, _, step = heapq.heappop(queue)
            if (step.top, step.guards) in seen:
                continue
            seen.add((step.top, step.guards))
            if len(seen) > limit or len(step.links) > _DEEP:
                yield Way(step.links, f"{step.top.name}() and whoever calls it", step.taken, open=True)
                continue
            for way in self._ends(step):
                yield way
                free_count += not way.boot and not way.taken
            if is_discarded(step.top):
                continue
            for caller, call in self._callers.calls(step.top):
                link = Link(caller, call.at)
                taken = tuple(Taken(h, caller) for h in sorted(self._holds.guards_at(link), key=lambda h: h.name))
                above = _Step(caller, (link, *step.links), (*taken, *step.taken))
                count += 1
                heapq.heappush(queue, (above.order, count, above))

    def _ends(self, step: _Step) -> Iterator[Way]:
        """The way, where the kernel is entered here."""
        if is_discarded(step.top):
            yield Way(step.links, f"{step.top.name}(), at boot", step.taken, boot=True)
            return
        entry = self._entries.of(step.top)
        if entry.said:
            handed = tuple(
                Taken(Held(name, "exclusive", True), step.top) for name in self._entries.handed_under(step.top)
            )
            yield Way(step.links, entry.said, (*handed, *step.taken), boot=entry.boot)
        elif not self._callers.calls(step.top):
            yield Way(step.links, f"{step.top.name}(), which no C code is seen to call", step.taken)


def _chosen(ways: Iterator[Way]) -> Iterator[Way]:
    """The shortest way of each entry, a few of each set of guards, those with the fewest guards first."""
    best: dict[tuple[frozenset[Held], str, bool], Way] = {}
    for way in ways:
        key = (frozenset(t.held for t in way.taken), way.entry, way.boot)
        if key not in best or len(way.links) < len(best[key].links):
            best[key] = way
    kinds: dict[tuple[frozenset[Held], bool, bool], int] = {}
    order = sorted(best.items(), key=lambda b: (b[1].boot, len(b[1].taken), b[1].open, len(b[1].links), b[1].entry))
    for (held, _, boot), way in order:
        kind = (held, boot, way.open)
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] <= _KINDS:
            yield way
