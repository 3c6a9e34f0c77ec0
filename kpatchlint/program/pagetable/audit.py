# SPDX-License-Identifier: GPL-2.0-or-later
"""A program becomes the audit of its page-table readers: every walk of the kernel's tables, who holds what on it, and
what becomes of it when tables are taken out of a range and freed.
"""

from collections.abc import Collection, Iterable, Iterator

from kpatchlint.program.code import Function
from kpatchlint.program.pagetable.audit_acts import Acts
from kpatchlint.program.pagetable.audit_calls import NamedCallers
from kpatchlint.program.pagetable.audit_entries import Entries
from kpatchlint.program.pagetable.audit_holds import Held, Holds
from kpatchlint.program.pagetable.audit_ranges import Addresses
from kpatchlint.program.pagetable.audit_records import Audit, Entry, GuardHeld, Place, Row, Use
from kpatchlint.program.pagetable.audit_verdict import Clear, Found, Judge, is_owned, ranges_of
from kpatchlint.program.pagetable.audit_walks import Link, Walk, Walks, spelled
from kpatchlint.program.pagetable.audit_ways import Taken, Way, Ways
from kpatchlint.program.program import Program

USUAL_RANGES = ("linear", "vmemmap", "vmalloc")  # ids of those that the kernel takes tables out of today
_CALLERS = 200


class Auditor:
    """The parts of the audit over one program; the walks are found once."""

    def __init__(self, program: Program) -> None:
        tables = program.page_tables
        callers = self._callers = NamedCallers(program)
        self._known = program.lexicon
        self._holds = Holds(program, tables)
        self._ways = Ways(self._holds, callers, Entries(program, callers))
        self._judge = Judge(program)
        self._acts = Acts(program, tables)
        self._walks = Walks(program, tables, Addresses(program), callers)
        self._found: tuple[Found, ...] | None = None

    def audit(self, clears: Iterable[Clear], changed: Collection[Function] = ()) -> Audit:
        """Every walk, judged against each of *clears*; *changed* are the functions that a patch changes."""
        wanted = tuple(clears)
        says = {r.id: r.says for r in self._known.address_ranges}
        uses = [(found, self._use(found, wanted)) for found in self.found()]
        return Audit(ranges={c.range: says[c.range] for c in wanted}, rows=tuple(self._rows(uses, frozenset(changed))))

    def rows_in(self, functions: Collection[Function], clears: Iterable[Clear]) -> tuple[Row, ...]:
        """The walks that begin in *functions*, judged against each of *clears*: all that a patch of them needs."""
        wanted = tuple(clears)
        looked_at = (self._look_at(walk) for walk in _distinct(self._walks.find(functions)))
        return tuple(self._rows([(found, self._use(found, wanted)) for found in looked_at], frozenset()))

    def clears_by(self, functions: Collection[Function]) -> tuple[Clear, ...]:
        """What *functions* take tables out of: one clear for each range, with the guards that all of them hold.

        Ranges that nothing tells are all of those that tables are usually taken out of.
        """
        clearing = frozenset(f for f in functions if self._acts.takes_tables_out(f))
        if not clearing:
            return ()
        clears: dict[str, Clear] = {}
        for found in self.found():
            by = clearing & frozenset(found.below)
            for where in (ranges_of(found.walk) or USUAL_RANGES) if by else ():
                held, known = _always_held(found) | self._held_at_clears(by), clears.get(where)
                if known is not None and known.held is not None:
                    held, by = held & known.held, by | known.by
                clears[where] = Clear(where, held, by)
        return tuple(clears.values()) or tuple(Clear(where, frozenset(), clearing) for where in USUAL_RANGES)

    def _held_at_clears(self, functions: frozenset[Function]) -> frozenset[Held]:
        """The guards that *functions* themselves hold at every entry that they clear."""
        links = [Link(f, at) for f in sorted(functions, key=lambda f: f.name) for at in self._acts.clears_at(f)]
        held = [self._holds.guards_at(link) for link in links]
        return frozenset.intersection(*held) if held else frozenset()

    def found(self) -> tuple[Found, ...]:
        """Every walk with what is held on it and the ways in."""
        if self._found is None:
            self._found = tuple(self._look_at(walk) for walk in _distinct(self._walks.find()))
        return self._found

    def _look_at(self, walk: Walk) -> Found:
        below = self._acts.below(walk)
        if walk.off:
            return Found(walk, (), (), below)
        taken = tuple(
            Taken(held, link.function)
            for link in walk.links
            for held in sorted(self._holds.at(link), key=lambda h: (not h.guard, h.name))
        )
        settled = is_owned(walk) or self._judge.is_settled(walk, taken)
        return Found(walk, taken, self._ways.into(walk.links[0].function, thorough=not settled), below)

    # -- records ----------------------------------------------------------------------------------------------------

    def _use(self, found: Found, clears: tuple[Clear, ...]) -> Use:
        walk = found.walk
        return Use(
            place=_place(walk.links[0]),
            path=tuple(_place(link) for link in walk.links),
            address=spelled(walk.origins),
            held=self._named(found.taken),
            entries=tuple(_entry(way) for way in found.ways),
            callers=self._called_by(walk.links[0].function),
            judgements={clear.range: self._judge.judge(found, clear) for clear in clears},
        )

    def _named(self, taken: Iterable[Taken]) -> tuple[str, ...]:
        """What is held, with the function that takes it: locks by name, states of the CPU in words."""
        kinds = self._known.holds
        said = ((kinds[t.held.name].says if t.held.name in kinds else t.held.name, t.by.name) for t in taken)
        return tuple(dict.fromkeys(f"{name} ({by}())" for name, by in said))

    def _called_by(self, function: Function) -> tuple[str, ...]:
        names = dict.fromkeys(user.name for user, _ in self._callers.calls(function))
        return tuple(sorted(names))[:_CALLERS]

    def _rows(self, uses: list[tuple[Found, Use]], changed: frozenset[Function]) -> Iterator[Row]:
        """Uses of one walker that are alike in what a reader asks of are one row."""
        rows: dict[tuple[object, ...], list[tuple[Found, Use]]] = {}
        for found, use in uses:
            walk = found.walk
            verdicts = tuple(j.verdict for j in use.judgements.values())
            key = (walk.walker, self._acts.kind(walk), ranges_of(walk), is_owned(walk), verdicts)
            rows.setdefault(key, []).append((found, use))
        for alike in rows.values():
            found, first = alike[0]
            yield Row(
                place=_place(found.walk.links[-1]),
                kind=self._acts.kind(found.walk),
                root=found.walk.root,
                ranges=ranges_of(found.walk),
                owned=is_owned(found.walk),
                uses=tuple(use for _, use in alike),
                judgements=first.judgements,
                changed=any(changed & _functions(found) for found, _ in alike),
            )


def _functions(found: Found) -> frozenset[Function]:
    return frozenset((*(link.function for link in found.walk.links), *found.below))


def _always_held(found: Found) -> frozenset[Held]:
    """The guards that are held there however it is entered."""
    inside = frozenset(t.held for t in found.taken if t.held.guard)
    ways = [frozenset(t.held for t in way.taken) for way in found.ways if not way.boot]
    return inside | (frozenset.intersection(*ways) if ways else frozenset())


def _distinct(walks: Iterable[Walk]) -> Iterable[Walk]:
    """One walk for each function that uses a walker in one way, over code that is built where there is a choice."""
    kept: dict[tuple[object, ...], Walk] = {}
    for walk in walks:
        key = (walk.links[0].function, walk.walker, ranges_of(walk), is_owned(walk))
        if key not in kept or (kept[key].off and not walk.off):
            kept[key] = walk
    return kept.values()


def _place(link: Link) -> Place:
    function = link.function
    return Place(
        path=function.path, line=function.line_at(link.at), function=function.name, code=function.code_at(link.at)
    )


def _entry(way: Way) -> Entry:
    guards = tuple(GuardHeld(name=t.held.name, mode=t.held.mode, by=t.by.name) for t in way.taken)
    return Entry(
        said=way.entry,
        path=tuple(_place(link) for link in way.links),
        guards=guards,
        boot=way.boot,
        complete=not way.open,
    )
