# SPDX-License-Identifier: GPL-2.0-or-later
"""A function becomes the calls of it, and what else names it: code that hands it over, tables that it stands in."""

import re
from collections.abc import Iterator

from kpatchlint.facts import ir
from kpatchlint.facts.macros import conditions_at
from kpatchlint.facts.prepass import blank_comments
from kpatchlint.facts.traverse import calls_in
from kpatchlint.program.callers import calls_of
from kpatchlint.program.cfg import Node
from kpatchlint.program.code import Function
from kpatchlint.program.evaluate import Env
from kpatchlint.program.program import Program
from kpatchlint.program.spots import functions_naming

_FILES = 400  # files that mention a name; one with more is not followed back


class NamedCallers:
    """Backward, by name only; unlike ``Callers.users`` it follows names that many files know."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._users: dict[Function, tuple[Function, ...]] = {}
        self._bodies: dict[Function, tuple[ir.Call, ...]] = {}
        self._calls: dict[Function, tuple[tuple[Function, ir.Call], ...]] = {}

    def users(self, function: Function) -> tuple[Function, ...]:
        """Functions in whose code the name stands, and means this function, in the order of their places."""
        if function not in self._users:
            self._users[function] = tuple(self._find_users(function))
        return self._users[function]

    def _find_users(self, function: Function) -> Iterator[Function]:
        program, name = self._program, function.name
        own_only = function.is_static and function.path.endswith(".c")
        paths = [function.path] if own_only else program.sources.mentioning(name)
        word = re.compile(rb"(?<!\w)" + re.escape(name.encode()) + rb"(?!\w)")
        if len(paths) > _FILES:
            return
        for path in paths:
            for user in functions_naming(path, program.sources.read(path) or b"", name):
                if user != function and word.search(blank_comments(user.text)) and self._is_meant(function, path):
                    yield user

    def _is_meant(self, function: Function, near: str) -> bool:
        """Whether the name may mean *function* in a file; an ``#if`` may give the file its own one instead."""
        found = self._program.resolver.functions(function.name, near)
        if function in found:
            return True
        others = [f for f in found if f.path == near and not f.is_static and conditions_at(f.source, f.span.start)]
        return not function.is_static and bool(found) and len(others) == len(found)

    def calls(self, function: Function) -> tuple[tuple[Function, ir.Call], ...]:
        """Every call by name, with the function that makes it."""
        if function not in self._calls:
            self._calls[function] = tuple(self._find_calls(function))
        return self._calls[function]

    def _find_calls(self, function: Function) -> Iterator[tuple[Function, ir.Call]]:
        called = re.compile(rb"(?<!\w)" + re.escape(function.name.encode()) + rb"\s*\(")
        for user in self.users(function):
            for call in self._calls_in(user) if called.search(user.text) else ():
                if isinstance(call.callee, ir.Name) and call.callee.id == function.name:
                    yield user, call

    def handed(self, function: Function) -> Iterator[tuple[Function, ir.Call]]:
        """Calls that are given the function itself as an argument."""
        named = re.compile(rb"(?<!\w)" + re.escape(function.name.encode()) + rb"\s*[,)]")
        for user in self.users(function):
            for call in self._calls_in(user) if named.search(user.text) else ():
                if any(_is_name(arg, function.name) for arg in call.args):
                    yield user, call

    def _calls_in(self, user: Function) -> tuple[ir.Call, ...]:
        if user not in self._bodies:
            self._bodies[user] = tuple(calls_of(user.body))
        return self._bodies[user]

    def is_dead(self, caller: Function, call: ir.Call) -> bool:
        """Whether a condition before the call can never hold: ``if (in_gate_area())`` where that is always 0."""
        walker = self._program.walker
        node = next((n for n in walker.graph(caller).nodes if _has(n, call)), None)
        if node is None:
            return False
        env = Env(caller.path, {}, walker.locals(caller))
        return any(walker.truth(d.cond, env) is (not d.taken) for d in walker.decisions_before(caller, node))


def _has(node: Node, call: ir.Call) -> bool:
    return node.expr is not None and any(c.at == call.at for c in calls_in(node.expr))


def _is_name(expr: ir.Expr, name: str) -> bool:
    while isinstance(expr, ir.Cast | ir.Unary):
        expr = expr.operand
    return isinstance(expr, ir.Name) and expr.id == name
