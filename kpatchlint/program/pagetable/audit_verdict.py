# SPDX-License-Identifier: GPL-2.0-or-later
"""A walk becomes a verdict against somebody who takes tables out of a range of the kernel's address space."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kpatchlint.program.boot import is_discarded
from kpatchlint.program.code import Function
from kpatchlint.program.guarded import is_left_without
from kpatchlint.program.pagetable.audit_holds import Held
from kpatchlint.program.pagetable.audit_records import Judgement, Verdict
from kpatchlint.program.pagetable.audit_walks import Walk, spelled
from kpatchlint.program.pagetable.audit_ways import Taken, Way
from kpatchlint.program.pagetable.audit_words import AddressRange, WalkGuard
from kpatchlint.program.program import Program

_HOLDERS = 4  # functions that are named for one guard


@dataclass(frozen=True, slots=True)
class Clear:
    """Who takes tables out of the range: *held* is what it holds, None for what the vocabulary says is customary.

    *by*: the functions that do it, where they are known.
    """

    range: str
    held: frozenset[Held] | None = None
    by: frozenset[Function] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """A walk, what is held on its way down, the ways in above it, and the functions that see its entries."""

    walk: Walk
    taken: tuple[Taken, ...]
    ways: tuple[Way, ...]
    below: tuple[Function, ...] = ()


class Judge:
    """Weighs what is found against a clear."""

    def __init__(self, program: Program) -> None:
        known = program.lexicon
        self._program = program
        self._guards: Mapping[str, WalkGuard] = {g.id: g for g in known.walk_guards}
        self._ranges: Mapping[str, AddressRange] = {r.id: r for r in known.address_ranges}
        self._ends = frozenset(n for w in known.walk_words for n in w.ends)

    def judge(self, found: Found, clear: Clear) -> Judgement:
        """The verdict and its reason; the first that holds, from what needs no proof to what does."""
        walk = found.walk
        if walk.off:
            return Judgement(verdict=Verdict.NOT_BUILT, why=walk.off)
        ranges = ranges_of(walk)
        if ranges and clear.range not in ranges:
            where = " and ".join(self._ranges[r].says for r in ranges)
            return Judgement(
                verdict=Verdict.OTHER_RANGE, why=f"it only walks {where} ({_short(spelled(walk.origins))})"
            )
        if is_boot(found):
            return Judgement(verdict=Verdict.BOOT, why="it only runs while the kernel boots")
        if clear.by & frozenset(found.below):
            return Judgement(verdict=Verdict.ITSELF, why="it is what takes the tables out")
        inside = self._keeper(found.taken, clear)
        if inside is not None:
            return Judgement(verdict=Verdict.LOCKED, why=self._said([inside]))
        ways = [w for w in found.ways if not w.boot]
        keepers = [self._keeper(w.taken, clear) for w in ways]
        if ways and all(keepers):
            return Judgement(verdict=Verdict.LOCKED, why=self._said([k for k in keepers if k is not None]))
        if is_owned(walk):
            why = f"it walks to memory that its user has ({_short(spelled(walk.origins))})"
            return Judgement(verdict=Verdict.OWNED, why=why)
        return self._open(found, clear, next((w for w, k in zip(ways, keepers, strict=True) if k is None), None))

    def is_settled(self, walk: Walk, taken: tuple[Taken, ...]) -> bool:
        """Whether no verdict on it hangs on the ways in: a guard of every range that it comes to is held inside."""
        clears = [
            Clear(r) for r in ranges_of(walk) or self._ranges if any(r in g.ranges for g in self._guards.values())
        ]
        return all(self._keeper(taken, clear) is not None for clear in clears)

    def _open(self, found: Found, clear: Clear, free: Way | None) -> Judgement:
        where = f"it may walk {self._ranges[clear.range].says}" if ranges_of(found.walk) else "it walks to any address"
        if self._is_dying(found.walk):
            why = f"{where} with nothing held, but the kernel goes down afterwards"
            return Judgement(verdict=Verdict.DYING, why=why)
        way = f", entered through {free.entry}" if free is not None else ""
        own = (*found.taken, *(free.taken if free is not None else ()))
        usual = Clear(clear.range)
        in_vain = next((t for t in own if self._keeps_away(t.held, usual)), None)
        if in_vain is not None:
            lacks = f"it holds {in_vain.held.name} ({in_vain.by.name}()), the clear does not"
        else:
            names = [g.id for g in self._guards.values() if clear.range in g.ranges and not self._stops_all(g)]
            lacks = (
                f"neither {' nor '.join(names)} is held" if len(names) > 1 else f"{(*names, 'nothing')[0]} is not held"
            )
        return Judgement(verdict=Verdict.UNSERIALISED, why=f"{where}{way}; {lacks}", in_vain=in_vain is not None)

    def _keeper(self, taken: Iterable[Taken], clear: Clear) -> Taken | None:
        """What keeps the walk away; a guard that leaves nothing open before one that does."""
        keepers = [t for t in taken if self._keeps_away(t.held, clear)]
        return min(keepers, key=lambda t: bool(self._guards[t.held.name].partly), default=None)

    def _stops_all(self, guard: WalkGuard) -> bool:
        """Whether nothing else runs at all while it is held."""
        return set(guard.ranges) >= set(self._ranges)

    def _keeps_away(self, held: Held, clear: Clear) -> bool:
        """Whether holding it excludes whoever clears: one of the two has to hold it exclusively."""
        guard = self._guards.get(held.name)
        if guard is None or not held.guard or clear.range not in guard.ranges:
            return False
        if clear.held is None:
            mode = guard.cleared
        elif self._stops_all(guard):
            return True
        else:
            mode = next((h.mode for h in clear.held if h.guard and h.name == held.name), "")
        return mode == "exclusive" or (mode == "shared" and held.mode == "exclusive")

    def _said(self, keepers: list[Taken]) -> str:
        """What is held, and by whom, on one way or another: those that leave something open last."""
        by: dict[str, dict[str, None]] = {}
        for keeper in keepers:
            by.setdefault(keeper.held.name, {})[f"{keeper.by.name}()"] = None
        parts = []
        for name in sorted(by, key=lambda n: bool(self._guards[n].partly)):
            guard = self._guards[name]
            partly = f"; {guard.partly}" if guard.partly else ""
            parts.append(f"{guard.says} ({name}: {', '.join(list(by[name])[:_HOLDERS])}){partly}")
        return " or ".join(parts)

    def _is_dying(self, walk: Walk) -> bool:
        """Whether some function on the way down cannot return without passing an end of the kernel."""
        graph = self._program.walker.graph
        return any(
            any(end.encode() in link.function.text for end in self._ends)
            and not is_left_without(graph(link.function), link.at, self._ends)
            for link in walk.links
        )


def ranges_of(walk: Walk) -> tuple[str, ...]:
    """The parts of the address space that the walk comes to, in order; empty when it may be any."""
    if not walk.origins or any(not o.range for o in walk.origins):
        return ()
    return tuple(sorted({o.range for o in walk.origins}))


def is_owned(walk: Walk) -> bool:
    """Whether every address is of memory or of a mapping that whoever walks has."""
    return bool(walk.origins) and all(o.owned for o in walk.origins)


def is_boot(found: Found) -> bool:
    """Whether the walk only runs while the kernel boots."""
    if any(is_discarded(link.function) for link in found.walk.links):
        return True
    return bool(found.ways) and all(w.boot for w in found.ways)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
