# SPDX-License-Identifier: GPL-2.0-or-later
"""A function becomes the places that call it, pass it on, or hand it to the kernel to be called later."""

from collections.abc import Iterator
from dataclasses import dataclass

from kpatchlint.facts import ir
from kpatchlint.facts.traverse import calls_in, local_names
from kpatchlint.program.code import Function
from kpatchlint.program.evaluate import Env
from kpatchlint.program.spots import functions_naming
from kpatchlint.program.values import Pointers
from kpatchlint.program.vocabulary import EntryContext, Lexicon
from kpatchlint.program.walker import Walker

_FILES = 60  # a name that more files mention is too common to follow back
_USERS = 120


@dataclass(frozen=True, slots=True)
class Entry:
    """*function* is entered in *context* because *by* hands it over at offset *at* with ``call``."""

    function: Function
    context: EntryContext
    by: Function
    at: int
    call: str


class Callers:
    """Backward questions over one version of the program; answers are remembered."""

    def __init__(self, walker: Walker, lexicon: Lexicon) -> None:
        self._walker = walker
        self._lexicon = lexicon
        self._users: dict[Function, tuple[Function, ...]] = {}
        self._entries: dict[Function, tuple[Entry, ...]] = {}

    def users(self, function: Function) -> tuple[Function, ...]:
        """Functions whose text names *function*: callers, and those that pass its address on."""
        if function not in self._users:
            self._users[function] = tuple(self._find_users(function))
        return self._users[function]

    def _find_users(self, function: Function) -> Iterator[Function]:
        sources = self._walker.resolver.sources
        paths = sources.mentioning(function.name)
        if function.is_static and function.path.endswith(".c"):
            paths = [function.path]
        if len(paths) > _FILES:
            return
        found = 0
        for path in paths:
            source = sources.read(path) or b""
            for field in sorted(self._walker.fields.fields_of(function, path)):
                yield from self._walker.fields.callers(field, function)
            for user in functions_naming(path, source, function.name):
                if (
                    user != function
                    and found < _USERS
                    and function in self._walker.resolver.functions(function.name, path)
                ):
                    found += 1
                    yield user

    def entries(self, function: Function) -> tuple[Entry, ...]:
        """The contexts that *function* is entered in because some function registers it."""
        if function not in self._entries:
            found = [e for user in (*self.users(function), function) for e in self.registrations(user)]
            found += self._by_field(function)
            self._entries[function] = tuple(e for e in found if e.function == function and not self._is_dead(e.by))
        return self._entries[function]

    def made_by(self, function: Function) -> tuple[Entry, ...]:
        """The entries that *function* makes: callbacks it registers, and itself where a table of its file stores it."""
        return tuple(e for e in (*self.registrations(function), *self._by_field(function)) if not self._is_dead(e.by))

    def stored_in(self, function: Function) -> frozenset[str]:
        """The fields through which *function* is called, as the files that mention it store it."""
        sources = self._walker.resolver.sources
        own_only = function.is_static and function.path.endswith(".c")
        paths = [function.path] if own_only else sources.mentioning(function.name)
        if len(paths) > _FILES:
            return frozenset()
        return frozenset(f for path in paths for f in self._walker.fields.fields_of(function, path))

    def _by_field(self, function: Function) -> Iterator[Entry]:
        """The contexts of the tables that the function's own file stores it in."""
        source = self._walker.resolver.sources.read(function.path) or b""
        for struct, field in self._walker.fields.tables_of(function, source):
            context = self._lexicon.field_entries.get((struct, field))
            if context is not None:
                yield Entry(function, context, function, 0, f"struct {struct}.{field}")

    def _is_dead(self, function: Function) -> bool:
        """Whether only weak definitions use it that another one overrides: it is not linked to anything that runs."""
        users = self.users(function)
        return bool(users) and all(u.is_weak and u not in self._walker.resolver.functions(u.name, "") for u in users)

    def registrations(self, by: Function) -> Iterator[Entry]:
        """What *by* hands to the kernel to be called in some context."""
        text = by.text
        if not any(call.encode() in text for call in self._lexicon.registering_calls):
            return
        env = Env(by.path, {}, local_names(by.body))
        for call in calls_of(by.body):
            if not isinstance(call.callee, ir.Name) or call.callee.id not in self._lexicon.registering_calls:
                continue
            for number, arg in enumerate(call.args):
                context = self._lexicon.registrations.get((call.callee.id, number))
                value = self._walker.evaluator.value(arg, env) if context is not None else None
                if context is not None and isinstance(value, Pointers):
                    for name, near in value.names:
                        for function in self._walker.resolver.functions(name, near):
                            yield Entry(function, context, by, call.at, call.callee.id)

    def all_entries(self, context: str) -> Iterator[Entry]:
        """Every function of the tree that some function registers for *context*."""
        calls = {call for (call, _), c in self._lexicon.registrations.items() if c.id == context}
        sources = self._walker.resolver.sources
        seen: set[Function] = set()
        for path in sorted({p for call in calls for p in sources.mentioning(call)}):
            source = sources.read(path) or b""
            for call in sorted(calls):
                for user in functions_naming(path, source, call):
                    if user not in seen and not self._is_dead(user):
                        seen.add(user)
                        yield from (e for e in self.registrations(user) if e.context.id == context)


def calls_of(body: ir.Body) -> Iterator[ir.Call]:
    """Every call that stands in a body, wherever."""
    yield from _calls_in_statements(body.body)


def _calls_in_statements(stmts: tuple[ir.Stmt, ...]) -> Iterator[ir.Call]:
    for stmt in stmts:
        for field in stmt.__struct_fields__:
            value = getattr(stmt, field)
            if isinstance(value, tuple):
                yield from _calls_in_tuple(value)
            elif isinstance(value, ir.Node):
                yield from _calls_in_expr(value)


def _calls_in_tuple(value: tuple[object, ...]) -> Iterator[ir.Call]:
    for part in value:
        if isinstance(part, ir.Stmt):
            yield from _calls_in_statements((part,))
        elif isinstance(part, ir.Node):
            yield from _calls_in_expr(part)


def _calls_in_expr(expr: ir.Node) -> Iterator[ir.Call]:
    yield from calls_in(expr)  # type: ignore[arg-type]  # every node here that is no statement is an expression
