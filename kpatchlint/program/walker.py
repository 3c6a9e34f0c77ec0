# SPDX-License-Identifier: GPL-2.0-or-later
"""Functions are walked here: graphs built once, calls led to their targets, arguments bound to parameters."""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cached_property

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.facts.traverse import local_names
from kpatchlint.program.cfg import Graph, Node, words_of
from kpatchlint.program.code import Function, names_called
from kpatchlint.program.decisions import Decision, decisions_before
from kpatchlint.program.evaluate import Env, Evaluator
from kpatchlint.program.expand import Guards, MacroExpander
from kpatchlint.program.fields import Fields
from kpatchlint.program.flow import Flow, Hooks, Site, State, Walk
from kpatchlint.program.resolve import Resolver
from kpatchlint.program.values import UNKNOWN, NonZero, Object, Pointers, Value, truth
from kpatchlint.program.vocabulary import Lexicon

_POINTER_CALL = re.compile(rb"(?:->|\.)\w+[ \t]*\(|\(\*")
_ALL_VISITS = 200_000  # nodes, of all functions that one version of a patch is judged by: some seconds
_CLOSURE = 400  # functions looked at before a closure counts as "may sleep"


@dataclass(frozen=True, slots=True)
class Targets:
    """Functions that a call may reach. ``note`` says how a pointer led there; ``doubt`` why it is not certain."""

    functions: tuple[Function, ...] = ()
    note: str = ""
    certain: bool = True
    doubt: str = ""
    of_many: bool = False  # only those that were wanted, of more than are followed


@dataclass(frozen=True)
class _Known:
    """What is computed once for a function."""

    function: Function
    expander: MacroExpander

    @cached_property
    def graph(self) -> Graph:
        return Graph(self.function.body, self.expander)

    @cached_property
    def locals(self) -> frozenset[str]:
        return local_names(self.function.body)


class Walker:
    """One version of the program, ready to be walked."""

    def __init__(self, resolver: Resolver, lexicon: Lexicon) -> None:
        self.resolver = resolver
        self.lexicon = lexicon
        self.evaluator = Evaluator(resolver, lexicon)
        self.fields = Fields(resolver)
        self._guards = Guards(resolver)
        self._known: dict[Function, _Known] = {}
        self._flows: dict[Function, Flow] = {}
        self._matters: dict[Function, bool] = {}
        self._visits = 0
        self._decisions: dict[tuple[Function, int], tuple[Decision, ...]] = {}

    def _of(self, function: Function) -> _Known:
        known = self._known.get(function)
        if known is None:
            names = local_names(function.body)
            expander = MacroExpander(self.resolver, self.lexicon, self._guards, function.path, names)
            known = self._known[function] = _Known(function, expander)
        return known

    def graph(self, function: Function) -> Graph:
        """The function's control-flow graph."""
        return self._of(function).graph

    def locals(self, function: Function) -> frozenset[str]:
        return self._of(function).locals

    def walk(self, function: Function, entry: State, hooks: Hooks) -> Walk:
        """Follow every path of *function* from *entry*; none once the bound on all walks together is reached."""
        if self.is_exhausted:
            return Walk(complete=False)
        flow = self._flows.get(function)
        if flow is None:
            known = self._of(function)
            flow = self._flows[function] = Flow(known.graph, self.evaluator, function.path, known.locals)
        walk = flow.walk(entry, hooks)
        self._visits += walk.visits
        return walk

    @property
    def is_exhausted(self) -> bool:
        """Whether the bound on all walks together is reached: what is asked after that stays unanswered."""
        return self._visits > _ALL_VISITS

    def start(self) -> None:
        """Other code is judged now: the bound on all walks together counts anew."""
        self._visits = 0

    # -- calls ----------------------------------------------------------------------------------------------------

    def callee_name(self, site: Site) -> str:
        """The name that is called, or "" for a call through a pointer."""
        callee = site.call.callee
        if isinstance(callee, ir.Name) and callee.id not in site.env.locals and callee.id not in site.env.values:
            return callee.id
        return ""

    def targets(self, function: Function, site: Site, wanted: Container[Function] = ()) -> Targets:
        """The functions behind a call, directly or through a pointer whose value is known.

        Where a field may lead to too many functions to follow them all, only those of *wanted*.
        """
        name = self.callee_name(site)
        if name:
            return Targets(self.resolver.functions(name, function.path))
        value = self.evaluator.value(site.call.callee, site.env)
        if isinstance(value, Pointers):
            found = tuple(f for n, near in value.names for f in self.resolver.functions(n, near))
            names = " or ".join(f"{n}()" for n, _ in value.names)
            note = f"`{show(site.call.callee)}` is {names} here"
            return Targets(found, note, len(value.names) == 1, "" if len(value.names) == 1 else note)
        if isinstance(site.call.callee, ir.Member):
            return self._through_field(site.call.callee, function, wanted)
        return Targets()

    def _through_field(self, callee: ir.Member, function: Function, wanted: Container[Function]) -> Targets:
        """``hw->ops.reset(hw)``: what the tree stores in fields of that name."""
        found = self.fields.behind(callee, function)
        of_many = () if found else self.fields.among(callee, function, wanted)
        found = found or of_many
        names = " or ".join(f"{f.name}()" for f in found)
        text = f"`{show(callee)}` may be {names}"
        return Targets(found, text, False, text, bool(of_many))

    def bind(self, target: Function, site: Site) -> tuple[tuple[str, Value], ...]:
        """What the callee's parameters are known to be: masks, flags, functions, objects built in place."""
        bound = []
        for param, arg in zip(target.body.params, site.call.args, strict=False):
            if not param.name:
                continue
            value = self.evaluator.value(arg, site.env)
            if value != UNKNOWN and not isinstance(value, NonZero):
                bound.append((param.name, value))
            elif isinstance(arg, ir.Unary) and arg.op == "&" and isinstance(arg.operand, ir.Name):
                fields = _fields_of(arg.operand.id, site.env)
                if fields:
                    bound.append((param.name, Object(fields)))
        return tuple(bound)

    def truth(self, expr: ir.Expr, env: Env) -> bool | None:
        return truth(self.evaluator.value(expr, env))

    # -- may it matter at all -------------------------------------------------------------------------------------

    def may_matter(self, function: Function) -> bool:
        """Whether anything that sleeps can be reached by name alone; false saves walking the function."""
        if function in self._matters:
            return self._matters[function]
        parents: dict[Function, Function | None] = {function: None}
        work = [function]
        while work:
            here = work.pop()
            verdict = self._matters.get(here)
            callees: tuple[Function, ...] = ()
            if verdict is None:
                verdict, callees = self._by_name(here)
            if verdict or len(parents) > _CLOSURE:
                self._mark_path(here, parents)
                return True
            for callee in callees:
                if callee not in parents:
                    parents[callee] = here
                    work.append(callee)
        for known in parents:
            self._matters[known] = False
        return False

    def call_matters(self, function: Function, call: ir.Call) -> bool:
        """Whether anything that sleeps can be reached by name alone through one call in *function*."""
        if not isinstance(call.callee, ir.Name) or call.callee.id in self.locals(function):
            return True
        found, callees = self._names_matter({call.callee.id}, function.path, 0)
        return found or any(self.may_matter(callee) for callee in callees)

    def _mark_path(self, here: Function, parents: dict[Function, Function | None]) -> None:
        at: Function | None = here
        while at is not None:
            self._matters[at] = True
            at = parents[at]

    def _by_name(self, function: Function) -> tuple[bool, tuple[Function, ...]]:
        """Whether a sleeper (or a pointer call) stands in the text, and the functions that are called by name."""
        if any(p.is_function for p in function.body.params) or _POINTER_CALL.search(function.inside):
            return True, ()
        return self._names_matter(set(function.called), function.path, 0)

    def _names_matter(self, names: set[str], near: str, depth: int) -> tuple[bool, tuple[Function, ...]]:
        callees: list[Function] = []
        known = self.lexicon
        for name in sorted(names):
            if name in known.sleepers or (name in known.takes and known.takes[name].sleeps):
                return True, ()
            if known.is_trusted(name) or name in known.predicates or name in known.takes or name in known.drops:
                continue
            functions = self.resolver.functions(name, near)
            callees += functions
            if functions or depth > 6:
                continue
            for macro in self.resolver.macros(name, near):
                inner = set(names_called(macro.macro.body)) - names
                found, more = self._names_matter(inner, near, depth + 1)
                if found:
                    return True, ()
                callees += more
        return False, tuple(callees)

    # -- conditions before a call ----------------------------------------------------------------------------------

    def decisions_before(self, function: Function, node: Node) -> tuple[Decision, ...]:
        """The conditions that must go one way for *node* to be reached, early returns included."""
        key = (function, id(node))
        if key not in self._decisions:
            self._decisions[key] = decisions_before(self.graph(function), node)
        return self._decisions[key]

    def parameters_in(self, function: Function, cond: ir.Expr) -> Iterator[str]:
        """Parameters (not pointers) that a condition asks about, directly or through a local made from them."""
        words = words_of(show(cond))
        for param in function.body.params:
            if "*" not in param.type and param.name in words:
                yield param.name
        for stmt in function.body.body:
            if isinstance(stmt, ir.Declare) and stmt.name in words and stmt.init is not None:
                inner = words_of(show(stmt.init))
                if any("*" not in p.type and p.name in inner for p in function.body.params):
                    yield stmt.name


def _fields_of(name: str, env: Env) -> tuple[tuple[str, Value], ...]:
    """Known fields of a local object: ``walk.remap_pte`` was assigned."""
    known = env.values.get(name)
    fields = dict(known.fields) if isinstance(known, Object) else {}
    prefix = f"{name}."
    fields |= {key[len(prefix) :]: v for key, v in env.values.items() if key.startswith(prefix)}
    return tuple(sorted(fields.items(), key=lambda f: f[0]))
