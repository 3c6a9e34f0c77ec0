# SPDX-License-Identifier: GPL-2.0-or-later
"""A tree becomes the walks of the kernel's page tables in it: from the code that names the root and the address down to
the code that loads the first entry.

A function that gets the root from its caller is a walker for those callers only that hand it the kernel's; one that
gets the address is followed up to where the address is made. So one walker stands in as many walks as it has uses.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from kpatchlint.facts import ir
from kpatchlint.facts.traverse import parts_of
from kpatchlint.program.callers import calls_of
from kpatchlint.program.code import Function
from kpatchlint.program.pagetable.audit_calls import NamedCallers
from kpatchlint.program.pagetable.audit_config import Configuration
from kpatchlint.program.pagetable.audit_ranges import Addresses, Origin
from kpatchlint.program.pagetable.audit_types import set_to, struct_of, table_values, type_of
from kpatchlint.program.pagetable.engine import PageTables
from kpatchlint.program.program import Program
from kpatchlint.program.spots import functions_naming
from kpatchlint.program.statements import expressions_of

_DEEP = 10  # calls between the code that makes the address and the load
_STAGES = 20000  # calls looked at above one load
_USES = 150  # walks of one load; the rest of its users is counted only


@dataclass(frozen=True, slots=True)
class Link:
    """A function on the way of a walk and the offset in it of the call that leads on (at the end: of the load)."""

    function: Function
    at: int


@dataclass(frozen=True, slots=True)
class Walk:
    """*links* go from where root and address are known to the load of the first entry. *root* is as spelled there.

    *off* says why the architecture does not have this code; "" when it does.
    """

    links: tuple[Link, ...]
    root: str
    origins: tuple[Origin, ...]
    off: str = ""

    @property
    def walker(self) -> Function:
        return self.links[-1].function


@dataclass(frozen=True, slots=True)
class _Need:
    """What the callers still have to say: the root (a parameter, or a field of what it points to), or nothing."""

    param: int
    field: str = ""


@dataclass(frozen=True, slots=True)
class _Stage:
    """A walk on its way up."""

    links: tuple[Link, ...]
    root: str  # "": not known yet
    need: _Need | None
    origins: tuple[Origin, ...]
    off: str = ""

    @property
    def pending(self) -> tuple[Origin, ...]:
        return tuple(o for o in self.origins if o.param >= 0)


class Walks:
    """Finds them all."""

    def __init__(self, program: Program, tables: PageTables, addresses: Addresses, callers: NamedCallers) -> None:
        self._program = program
        self._words = tables.words
        self._addresses = addresses
        self._callers = callers
        self._configuration = Configuration(program)
        self._indexes = frozenset(n for w in program.lexicon.walk_words for n in w.indexes)
        self._sizes = frozenset(n for w in program.lexicon.walk_words for n in w.sizes)
        self._loads = frozenset(n for n, c in self._words.calls.items() if c.effect in ("kernel", "of-mm"))
        self._loads |= frozenset(n for w in program.lexicon.walk_words for n in w.roots if n in self._words.calls)
        self._left = 0

    def find(self, within: Collection[Function] = ()) -> Iterator[Walk]:
        """Every walk, in the order of the walkers' places, or those that begin in the functions *within*.

        Helpers that the vocabulary knows are no walkers.
        """
        for function in within or self._candidates():
            off = self._configuration.off(function)
            for load in self._loads_in(function):
                if off and load.need is None:
                    yield Walk(load.links, load.root, _settled(load.origins), off)
                elif not off:
                    self._left = _STAGES
                    yield from islice(self._climb(load, 0), _USES)

    # -- where a walk begins --------------------------------------------------------------------------------------

    def _candidates(self) -> list[Function]:
        found: dict[Function, None] = {}
        for word in sorted(self._loads | self._indexes | self._words.kernel_roots | self._kept):
            for path in self._program.sources.mentioning(word):
                for function in functions_naming(path, self._program.sources.read(path) or b"", word):
                    if function.name not in self._words.calls:
                        found[function] = None
        return sorted(found, key=lambda f: (f.path, f.span.start))

    def _loads_in(self, function: Function) -> Iterator[_Stage]:
        seen: set[tuple[str, str]] = set()
        for at, root, address in (*self._calls(function), *self._indexed(function)):
            origins = self._origins(function, at, address)
            for need, spelled in self._roots(function, root, 0):
                stage = _Stage((Link(function, at),), spelled, need, origins)
                key = (spelled, repr((need, origins)))
                if key not in seen:
                    seen.add(key)
                    yield stage

    def _calls(self, function: Function) -> Iterator[tuple[int, ir.Expr | None, ir.Expr | None]]:
        """(offset, root or None for the kernel's own, address) of each call that loads an entry from a root."""
        for call in calls_of(function.body):
            if not isinstance(call.callee, ir.Name) or call.callee.id not in self._loads or not call.args:
                continue
            word = self._words.calls[call.callee.id]
            if word.effect == "kernel":
                yield call.at, None, call.args[0]
            elif len(call.args) > 1:
                number = word.mm if word.mm is not None else word.entry
                yield call.at, call.args[number], call.args[1 - number]

    def _indexed(self, function: Function) -> Iterator[tuple[int, ir.Expr | None, ir.Expr | None]]:
        """``root + pgd_index(addr)`` and ``root[pgd_index(addr)]``, and any entry of an array that is a kernel root."""
        for expr in expressions_of(function.body):
            for part in _parts(expr):
                match part:
                    case ir.Binary(op="+", left=left, right=ir.Call(args=(addr, *_)) as call) if self._is_index(call):
                        yield part.at, left, addr
                    case ir.Index(base=base, index=ir.Call(args=(addr, *_)) as call) if self._is_index(call):
                        yield part.at, base, addr
                    case ir.Index(base=ir.Name(id=name)) if name in self._words.kernel_roots:
                        yield part.at, None, None
                    case ir.Index(index=ir.Call(args=(addr, *_))) if _array(part) in self._kept:
                        yield part.at, ir.Name(part.at, _array(part)), addr

    def _is_index(self, call: ir.Call) -> bool:
        return isinstance(call.callee, ir.Name) and call.callee.id in self._indexes

    @cached_property
    def _kept(self) -> frozenset[str]:
        """Tables that are objects of the kernel image, hooked in once: ``static pte_t bm_pte[...][PTRS_PER_PTE]``."""
        paths = {p for size in self._sizes for p in self._program.sources.mentioning(size)}
        found = (m for p in sorted(paths) for m in _TABLE.findall(self._program.sources.read(p) or b""))
        return frozenset(name.decode() for name, dims in found if any(s.encode() in dims for s in self._sizes))

    def _origins(self, function: Function, at: int, address: ir.Expr | None) -> tuple[Origin, ...]:
        if address is None:
            return (Origin(text="every entry"),)
        return self._addresses.at_call(function, at, address)

    # -- whose tables ---------------------------------------------------------------------------------------------

    def _roots(self, function: Function, expr: ir.Expr | None, depth: int) -> Iterator[tuple[_Need | None, str]]:
        """(None, spelling) for each way in which *expr* is the kernel's root, (need, "") where callers decide."""
        if expr is None:
            yield None, "init_mm"
            return
        if depth > _DEEP:
            return
        match expr:
            case ir.Name():
                yield from self._root_variable(function, expr.id, "", depth)
            case ir.Cast() | ir.Unary(op="&" | "*"):
                yield from self._roots(function, expr.operand, depth + 1)
            case ir.Member(base=ir.Name(id=name), field=field):
                yield from self._root_variable(function, name, field, depth)
            case ir.Member():
                if expr.field not in self._words.user_members:
                    yield from self._roots(function, expr.base, depth + 1)
            case ir.Ternary():
                yield from self._roots(function, expr.then, depth + 1)
                yield from self._roots(function, expr.other, depth + 1)
            case ir.Call(callee=ir.Name(id=name), args=args) if args and name in self._program.lexicon.transparent:
                yield from self._roots(function, args[0], depth + 1)

    def _root_variable(
        self, function: Function, name: str, field: str, depth: int
    ) -> Iterator[tuple[_Need | None, str]]:
        if name in self._words.kernel_roots or name in self._kept:
            yield None, name
            return
        for origin in set_to(function, name):
            if not field:
                yield from self._roots(function, origin, depth + 1)
            elif isinstance(origin, ir.Initialiser):
                for value in (v for f, v in origin.fields if f == field):
                    yield from self._roots(function, value, depth + 1)
        number = next((n for n, p in enumerate(function.body.params) if p.name == name), -1)
        if number >= 0:
            yield (
                _Need(number, "" if field == "pgd" and "mm_struct" in function.body.params[number].type else field),
                "",
            )
        elif field:
            yield from self._from_table(struct_of(type_of(function, name)), field)

    def _from_table(self, struct: str, field: str) -> Iterator[tuple[_Need | None, str]]:
        """A field of an object that came from somewhere: the kernel's, if a table of the tree says so."""
        for value in table_values(self._program.sources, struct, field) if struct else ():
            if value.lstrip("&") in self._words.kernel_roots:
                yield None, f"{value.lstrip('&')} in struct {struct}"
                return

    # -- up to where everything is known --------------------------------------------------------------------------

    def _climb(self, stage: _Stage, depth: int) -> Iterator[Walk]:
        top = stage.links[0].function
        self._left -= 1
        if stage.need is None and not stage.pending:
            yield Walk(stage.links, stage.root, stage.origins, stage.off)
            return
        if depth >= _DEEP or self._left < 0:
            yield from self._as_it_is(stage)
            return
        calls = self._callers.calls(top)
        live = [(caller, call) for caller, call in calls if not self._callers.is_dead(caller, call)]
        for caller, call in live:
            off = stage.off or self._configuration.off(caller)
            for above in self._above(stage, caller, call):
                yield from self._climb(replace(above, off=off), depth + 1)
        if not live:
            yield from self._as_it_is(stage, f"no call of {top.name}() is ever reached" if calls else "")

    def _as_it_is(self, stage: _Stage, off: str = "") -> Iterator[Walk]:
        """Nobody above: what depends on a parameter stays open."""
        if stage.need is None:
            yield Walk(stage.links, stage.root, _settled(stage.origins), stage.off or off)

    def _above(self, stage: _Stage, caller: Function, call: ir.Call) -> Iterator[_Stage]:
        if any(link.function == caller for link in stage.links):
            return
        links = (Link(caller, call.at), *stage.links)
        origins = self._bound(stage, caller, call)
        if stage.need is None:
            yield replace(stage, links=links, origins=origins)
            return
        if stage.need.param >= len(call.args):
            return
        arg = call.args[stage.need.param]
        for need, spelled in self._field_of(caller, arg, stage.need.field):
            yield _Stage(links, spelled, need, origins)

    def _field_of(self, caller: Function, arg: ir.Expr, field: str) -> Iterator[tuple[_Need | None, str]]:
        """The root as the caller hands it over: itself, or in a field of an object."""
        match arg:
            case _ if not field:
                yield from self._roots(caller, arg, 0)
            case ir.Name(id=name) | ir.Unary(op="&", operand=ir.Name(id=name)):
                yield from self._root_variable(caller, name, field, 0)
            case _:
                return

    def _bound(self, stage: _Stage, caller: Function, call: ir.Call) -> tuple[Origin, ...]:
        """What the address is made of, in the caller's words."""
        found: dict[Origin, None] = {o: None for o in stage.origins if o.param < 0}
        for origin in stage.pending:
            if origin.param >= len(call.args):
                found[replace(origin, param=-1)] = None
                continue
            for more in self._origins(caller, call.at, call.args[origin.param]):
                found[more if more.range or not origin.owned else replace(more, owned=True)] = None
        return tuple(found)


_TABLE = re.compile(rb"^(?:static[ \t]+)?p(?:te|md|ud|4d)_t[ \t]+(\w+)[ \t]*(\[[^;=]*\])[^;=]*;", re.MULTILINE)


def _array(expr: ir.Expr) -> str:
    """The array behind an element, of however many dimensions."""
    while isinstance(expr, ir.Index):
        expr = expr.base
    return expr.id if isinstance(expr, ir.Name) else ""


def _parts(expr: ir.Expr) -> Iterator[ir.Expr]:
    yield expr
    for part in parts_of(expr):
        yield from _parts(part)


def _settled(origins: tuple[Origin, ...]) -> tuple[Origin, ...]:
    return tuple(replace(o, param=-1) for o in origins)


def spelled(origins: tuple[Origin, ...]) -> str:
    """What decided about an address, for a reader."""
    return ", ".join(dict.fromkeys(o.text for o in origins if o.text))
