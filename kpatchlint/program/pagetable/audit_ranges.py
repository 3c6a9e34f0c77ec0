# SPDX-License-Identifier: GPL-2.0-or-later
"""An address in a function becomes where in the kernel's address space it may lie, and whether somebody owns what is
mapped there.

The walk is backward through variables and short functions, without regard to the order of statements. What depends on a
parameter says so; whoever asks goes on at the callers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.facts.traverse import calls_in
from kpatchlint.program.callers import calls_of
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.pagetable.audit_types import field_struct, set_to, struct_of, type_of
from kpatchlint.program.pagetable.audit_words import AddressRange, WalkWords
from kpatchlint.program.program import Program
from kpatchlint.program.statements import statements_of

_DEEP = 8
_LONGEST = 900  # bytes; a function that gives an address away and is longer is not read
_ORIGINS = 12  # places that an address may come from; with more, nothing is known


@dataclass(frozen=True, slots=True)
class Origin:
    """One place that an address may come from.

    *range* is the id of a part of the address space, "" when nothing tells. *owned*: it is of memory or of a mapping
    that whoever made the address has. *param*: the parameter (from 0) that it is made of, -1 for none. *text* is what
    decided, as it is spelled.
    """

    range: str = ""
    owned: bool = False
    param: int = -1
    text: str = ""


class Addresses:
    """Backward questions about addresses over one program; answers are remembered."""

    def __init__(self, program: Program) -> None:
        known = program.lexicon
        self._program = program
        self.ranges = {r.id: r for r in known.address_ranges}
        self._bounds = {name: r for r in known.address_ranges for name in r.bounds}
        self._calls = {name: (r, True) for r in known.address_ranges for name in r.calls}
        self._calls |= {name: (r, False) for r in known.address_ranges for name in r.numbers}
        self._objects = {name: r for r in known.address_ranges for name in r.objects}
        self._members = {name: r for r in known.address_ranges for name in r.members}
        self._types = {name: r for r in known.address_ranges for name in r.types}
        self._tests = _by_name((name, r) for r in known.address_ranges for name in r.tests)
        self._lookups = {name: r for r in known.address_ranges for name in r.lookups}
        self._words = known.walk_words or (WalkWords(),)
        self._same = frozenset(n for w in self._words for n in w.same) | known.transparent
        self._asserts = frozenset(n for w in self._words for n in w.asserts)
        self._known: dict[tuple[Function, str], tuple[Origin, ...]] = {}

    def of(self, function: Function, expr: ir.Expr) -> tuple[Origin, ...]:
        """Where *expr* of *function* may lie: each origin once, or one that knows nothing where there are too many."""
        key = (function, show(expr))
        if key not in self._known:
            found = dict.fromkeys(self._of(function, expr, 0, frozenset()))
            self._known[key] = tuple(found) if len(found) <= _ORIGINS else (Origin(text=show(expr)),)
        return self._known[key]

    def at_call(self, function: Function, at: int, expr: ir.Expr) -> tuple[Origin, ...]:
        """The same for an argument of the call at offset *at*: tests count where its making says nothing."""
        made = self.of(function, expr)
        if all(o.range for o in made):
            return made
        said = self._asserted(function, at, expr, made)
        return (*(o for o in made if o.range), *said) if said else made

    def _asserted(self, function: Function, at: int, expr: ir.Expr, made: tuple[Origin, ...]) -> tuple[Origin, ...]:
        """What the function makes sure of before the call: tests of the address, look-ups, comparison with bounds."""
        own = self._program.walker.locals(function)
        names = words_of(show(expr)) & own
        names |= frozenset(function.body.params[o.param].name for o in made if 0 <= o.param < len(function.body.params))
        names |= frozenset(w for o in made for w in words_of(o.text) if w in own)
        if not names:
            return ()
        conds = list(self._conditions(function, at))
        found = [o for cond, holds in conds for o in self._tested(cond, holds, names)]
        found += self._between(conds, names)
        found += self._looked_up(function, names)
        return tuple(dict.fromkeys(found))

    # -- where an expression comes from ---------------------------------------------------------------------------

    def _of(self, function: Function, expr: ir.Expr, depth: int, busy: frozenset[str]) -> Iterator[Origin]:
        if depth > _DEEP:
            yield Origin(text=show(expr))
            return
        match expr:
            case ir.Name():
                yield from self._name(function, expr, depth, busy)
            case ir.Cast():
                yield from self._cast(function, expr, depth, busy)
            case ir.Member():
                yield self._member(function, expr)
            case ir.Binary(op="+" | "-" | "&" | "|" | ","):
                yield from self._sum(function, expr, depth, busy)
            case ir.Ternary():
                yield from self._of(function, expr.then, depth + 1, busy)
                yield from self._of(function, expr.other, depth + 1, busy)
            case ir.Call(callee=ir.Name(id=name)):
                yield from self._call(function, name, expr, depth, busy)
            case ir.Unary(op="&", operand=ir.Index(base=base)):
                yield from self._owned(self._of(function, base, depth + 1, busy), show(expr))
            case ir.Unary(op="&", operand=ir.Member() as member):
                yield self._owner(self._member(function, member), show(expr))
            case ir.Unary(op="&"):
                yield Origin(owned=True, text=show(expr))
            case ir.Number():
                return
            case _:
                yield Origin(text=show(expr))

    def _name(self, function: Function, expr: ir.Name, depth: int, busy: frozenset[str]) -> Iterator[Origin]:
        name = expr.id
        if name in self._bounds or name in self._objects:
            where = self._bounds.get(name) or self._objects[name]
            yield Origin(where.id, name in self._objects, text=name)
            return
        if name in busy:
            return
        declared = type_of(function, name)
        lies = self._types.get(struct_of(declared)) if "*" in declared else None
        if lies is not None:
            yield Origin(lies.id, True, text=f"{declared.strip()} {name}")
            return
        number = next((n for n, p in enumerate(function.body.params) if p.name == name), -1)
        if number >= 0:
            yield Origin(owned="*" in declared, param=number, text=name)
        origins = list(set_to(function, name))
        for origin in origins:
            found = list(self._of(function, origin, depth + 1, busy | {name}))
            yield from self._owned(found, name) if "*" in declared else found
        if number < 0 and not origins:
            yield Origin(owned="*" in declared, text=name)

    def _cast(self, function: Function, expr: ir.Cast, depth: int, busy: frozenset[str]) -> Iterator[Origin]:
        inner = list(self._of(function, expr.operand, depth + 1, busy))
        if "*" not in expr.type and isinstance(expr.operand, ir.Member | ir.Index) and not any(o.range for o in inner):
            yield from self._owned(inner, show(expr.operand))  # what is cast to a number was a pointer
        else:
            yield from inner

    def _sum(self, function: Function, expr: ir.Binary, depth: int, busy: frozenset[str]) -> Iterator[Origin]:
        """One of the two is the address and the other an offset: the first that says where it lies, else the left."""
        left = list(self._of(function, expr.left, depth + 1, busy))
        if expr.op == "+" and not any(o.range or o.param >= 0 or o.owned for o in left):
            right = list(self._of(function, expr.right, depth + 1, busy))
            if any(o.range or o.owned for o in right):
                yield from right
                return
        yield from left

    def _member(self, function: Function, expr: ir.Member) -> Origin:
        known = self._members.get(f"{self._struct(function, expr.base)}.{expr.field}")
        if known is not None:
            return Origin(known.id, True, text=show(expr))
        return Origin(text=show(expr))

    def _struct(self, function: Function, base: ir.Expr) -> str:
        """The tag of the struct that a member is taken of."""
        match base:
            case ir.Name():
                return struct_of(type_of(function, base.id))
            case ir.Index() | ir.Cast():
                return self._struct(function, base.base if isinstance(base, ir.Index) else base.operand)
            case ir.Member():
                return field_struct(function.source, base.field)
            case _:
                return ""

    def _call(self, function: Function, name: str, expr: ir.Call, depth: int, busy: frozenset[str]) -> Iterator[Origin]:
        if name in self._calls:
            where, owned = self._calls[name]
            yield Origin(where.id, owned or self._is_owned(function, expr), text=show(expr))
            return
        if name in self._same and expr.args:
            yield from self._of(function, expr.args[0], depth + 1, busy)
            return
        targets = self._targets(name, function.path)
        if len(targets) != 1 or len(targets[0].text) > _LONGEST or "*" in busy:
            declared = targets[0].body.specifiers if targets else ""
            yield Origin(owned="*" in declared, text=show(expr))
            return
        for origin in self._returned(targets[0], depth):
            if 0 <= origin.param < len(expr.args):
                yield from self._of(function, expr.args[origin.param], depth + 1, busy)
            else:
                yield Origin(origin.range, origin.owned, text=show(expr))

    def _is_owned(self, function: Function, call: ir.Call) -> bool:
        """Whether the argument is known to be of a mapping that somebody has: so is its shadow."""
        made = self.at_call(function, call.at, call.args[0]) if call.args else ()
        return bool(made) and all(o.range and o.owned for o in made)

    def _targets(self, name: str, near: str) -> tuple[Function, ...]:
        """The functions of that name, and one that is static in a file that includes this one."""
        resolver = self._program.resolver
        found = resolver.functions(name, near)
        if not found and near.endswith(".c"):
            folder = near.rpartition("/")[0]
            here = [p for p in self._program.sources.defining(name) if p.rpartition("/")[0] == folder]
            found = tuple(f for path in here for f in resolver.in_file(path, name))
        return found

    def _returned(self, target: Function, depth: int) -> Iterator[Origin]:
        given = [s.value for s in statements_of(target.body) if isinstance(s, ir.Return) and s.value is not None]
        for value in given:
            found = self._of(target, value, depth + 2, frozenset({"*"}))
            yield from self._owned(found, target.name) if "*" in target.body.specifiers else found

    def _owned(self, origins: Iterable[Origin], text: str) -> Iterator[Origin]:
        """A pointer is to something; an address that is only known to lie in a range stays nobody's."""
        for origin in origins:
            yield origin if origin.range else self._owner(origin, text)

    @staticmethod
    def _owner(origin: Origin, text: str) -> Origin:
        return Origin(origin.range, True, origin.param, origin.text or text)

    # -- what tests say -------------------------------------------------------------------------------------------

    def _conditions(self, function: Function, at: int) -> Iterator[tuple[ir.Expr, bool]]:
        """Conditions that are known where the call is: (condition, whether it holds)."""
        for call in calls_of(function.body):
            if isinstance(call.callee, ir.Name) and call.callee.id in self._asserts and call.args:
                yield from _leaves(call.args[0], False)
        graph = self._program.walker.graph(function)
        for node in graph.nodes:
            if node.expr is not None and any(c.at == at for c in calls_in(node.expr)):
                for decision in self._program.walker.decisions_before(function, node):
                    yield decision.cond, decision.taken
                return

    def _tested(self, cond: ir.Expr, holds: bool, names: frozenset[str]) -> Iterator[Origin]:
        match cond:
            case ir.Call(callee=ir.Name(id=name)) if holds and words_of(show(cond)) & names:
                yield from (Origin(r.id, r.contract, text=f"{name}()") for r in self._tests.get(name, ()))

    def _between(self, conds: Iterable[tuple[ir.Expr, bool]], names: frozenset[str]) -> Iterator[Origin]:
        """Both ends of a range are compared with, one of them with the address: its end may have its own name."""
        seen: dict[str, set[str]] = {}
        named: set[str] = set()
        for cond, _ in conds:
            if not isinstance(cond, ir.Binary) or cond.op not in ("<", "<=", ">", ">="):
                continue
            for one, other in ((cond.left, cond.right), (cond.right, cond.left)):
                if isinstance(other, ir.Name) and other.id in self._bounds:
                    seen.setdefault(self._bounds[other.id].id, set()).add(other.id)
                    if words_of(show(one)) & names:
                        named.add(self._bounds[other.id].id)
        for where, bounds in seen.items():
            if where in named and len(bounds) > 1:
                yield Origin(where, self.ranges[where].contract, text=" and ".join(sorted(bounds)))

    def _looked_up(self, function: Function, names: frozenset[str]) -> Iterator[Origin]:
        """The mapping of the address is looked up, so the caller has one there."""
        for call in calls_of(function.body):
            name = call.callee.id if isinstance(call.callee, ir.Name) else ""
            if name in self._lookups and any(words_of(show(arg)) & names for arg in call.args):
                yield Origin(self._lookups[name].id, True, text=f"{name}()")


def _by_name(pairs: Iterable[tuple[str, AddressRange]]) -> dict[str, tuple[AddressRange, ...]]:
    found: dict[str, tuple[AddressRange, ...]] = {}
    for name, where in pairs:
        found[name] = (*found.get(name, ()), where)
    return found


def _leaves(cond: ir.Expr, holds: bool) -> Iterator[tuple[ir.Expr, bool]]:
    """The parts of an asserted condition, with what is known of each once it has not fired."""
    match cond:
        case ir.Unary(op="!"):
            yield from _leaves(cond.operand, not holds)
        case ir.Binary(op="||") if not holds:
            yield from _leaves(cond.left, holds)
            yield from _leaves(cond.right, holds)
        case ir.Binary(op="&&") if holds:
            yield from _leaves(cond.left, holds)
            yield from _leaves(cond.right, holds)
        case _:
            yield cond, holds
