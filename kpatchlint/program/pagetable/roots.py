# SPDX-License-Identifier: GPL-2.0-or-later
"""An expression becomes whose tables it leads into: the kernel's, a user's, or some that nobody else sees yet."""

import enum
from collections.abc import Iterator

from kpatchlint.facts import ir
from kpatchlint.program.callers import calls_of
from kpatchlint.program.code import Function
from kpatchlint.program.extents import assigned
from kpatchlint.program.pagetable.words import TableWords
from kpatchlint.program.program import Program

_CALLERS_DEEP = 8
_STEPS = 300  # expressions looked at for one question


class Root(enum.Enum):
    """Whose tables."""

    KERNEL = "kernel"
    USER = "user"
    PRIVATE = "private"


class Roots:
    """Flow-insensitive, through variables and parameters up to the callers; answers are remembered."""

    def __init__(self, program: Program, words: TableWords) -> None:
        self._program = program
        self._words = words
        self._known: dict[tuple[Function, str], frozenset[Root]] = {}
        self._left = 0

    def of(self, function: Function, expr: ir.Expr) -> frozenset[Root]:
        """Every kind of table that *expr* (an entry, a table or an mm) may be of; empty when nothing tells."""
        self._left = _STEPS
        return frozenset(self._of(function, expr, 0))

    def _of(self, function: Function, expr: ir.Expr, depth: int) -> Iterator[Root]:
        self._left -= 1
        if self._left < 0:
            return
        match expr:
            case ir.Name():
                yield from self._name(function, expr.id, depth)
            case ir.Member():
                if expr.field in self._words.user_members:
                    yield Root.USER
                else:
                    yield from self._of(function, expr.base, depth)
            case ir.Cast() | ir.Unary():
                yield from self._of(function, expr.operand, depth)
            case ir.Step():
                yield from self._of(function, expr.target, depth)
            case ir.Index():
                yield from self._of(function, expr.base, depth)
            case ir.Binary(op="+" | "-"):
                yield from self._of(function, expr.left, depth)
            case ir.Ternary():
                yield from self._of(function, expr.then, depth)
                yield from self._of(function, expr.other, depth)
            case ir.Call(callee=ir.Name(id=name)):
                yield from self._call(function, name, expr.args, depth)
            case _:
                return

    def _call(self, function: Function, name: str, args: tuple[ir.Expr, ...], depth: int) -> Iterator[Root]:
        if name in self._words.private_calls:
            yield Root.PRIVATE
            return
        call = self._words.calls.get(name)
        if call is not None and call.effect == "kernel":
            yield Root.KERNEL
            return
        if call is None:
            if name in self._program.lexicon.transparent and args:
                yield from self._of(function, args[0], depth)
            return
        number = call.mm if call.mm is not None else call.entry
        if number < len(args):
            yield from self._of(function, args[number], depth)

    def _name(self, function: Function, name: str, depth: int) -> Iterator[Root]:
        if name in self._words.kernel_roots:
            yield Root.KERNEL
            return
        key = (function, name)
        if key not in self._known:
            self._known[key] = frozenset()  # a variable that is made from itself
            found = frozenset(self._variable(function, name, depth))
            if self._left >= 0:
                self._known[key] = found
            else:
                del self._known[key]
                yield from found
                return
        yield from self._known[key]

    def _variable(self, function: Function, name: str, depth: int) -> Iterator[Root]:
        for origin in assigned(function, name):
            yield from self._of(function, origin, depth)
        number = next((n for n, p in enumerate(function.body.params) if p.name == name), None)
        if number is None or depth >= _CALLERS_DEEP:
            return
        for user in self._program.callers.users(function):
            for call in calls_of(user.body):
                if isinstance(call.callee, ir.Name) and call.callee.id == function.name and number < len(call.args):
                    yield from self._of(user, call.args[number], depth + 1)
