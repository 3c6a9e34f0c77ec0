# SPDX-License-Identifier: GPL-2.0-or-later
"""A function that hands its parameter to the kernel, to be called in some context, does that for whoever calls it.

``void start(struct dev *d, irq_handler_t fn) { request_irq(d->irq, fn, 0, d->name, d); }`` makes an interrupt handler
of every function that is passed to it.
"""

import re
from collections.abc import Iterator

from kpatchlint.facts import ir
from kpatchlint.program.code import Function
from kpatchlint.program.registrations import Entry, Registrations
from kpatchlint.program.statements import calls_of
from kpatchlint.program.vocabulary import EntryContext, Lexicon
from kpatchlint.program.walker import Walker

_PASSED = rb"[(,]\s*&?\s*%s\s*[,)]"
_DEEP = 3  # functions that hand the parameter on


class WrappedRegistrations:
    """What is handed over by way of functions that pass their parameter on; answers are remembered."""

    def __init__(self, walker: Walker, lexicon: Lexicon, registrations: Registrations) -> None:
        self._walker = walker
        self._lexicon = lexicon
        self._registrations = registrations
        self._known: dict[tuple[Function, int], tuple[EntryContext, ...]] = {}

    def made_by(self, by: Function, name: str = "") -> Iterator[Entry]:
        """The functions that *by* passes to such a function, each as an entry; with *name* only the ones called so."""
        if name and not re.search(_PASSED % re.escape(name.encode()), by.text):
            return
        own = self._walker.locals(by)
        for call in calls_of(by.body):
            for number, arg in enumerate(call.args):
                passed = _name_of(arg)
                if not passed or passed in own or (name and passed != name):
                    continue
                functions = self._walker.resolver.functions(passed, by.path)
                for context in self._contexts(call, number, by.path, 0) if functions else ():
                    yield from (Entry(f, context, by, call.at, _name_of(call.callee)) for f in functions)

    def _contexts(self, call: ir.Call, number: int, near: str, depth: int) -> Iterator[EntryContext]:
        """The contexts in which the argument of a call is called because of what the callee does with it."""
        name = _name_of(call.callee)
        if not name or name in self._lexicon.registering_calls or self._lexicon.is_trusted(name) or depth > _DEEP:
            return
        for callee in self._walker.resolver.functions(name, near):
            if number < len(callee.body.params):
                yield from self._of_parameter(callee, number, depth)

    def _of_parameter(self, function: Function, number: int, depth: int) -> tuple[EntryContext, ...]:
        key = (function, number)
        if key not in self._known:
            self._known[key] = ()  # a function that calls itself
            found = self._find(function, function.body.params[number].name, depth)
            self._known[key] = tuple({context.id: context for context in found}.values())
        return self._known[key]

    def _find(self, function: Function, param: str, depth: int) -> Iterator[EntryContext]:
        yield from self._registrations.stores_of(function, param)
        for call in calls_of(function.body):
            for number, arg in enumerate(call.args):
                if _name_of(arg) == param:
                    found = self._lexicon.registrations.get((_name_of(call.callee), number), ())
                    yield from (context for context, how in found if not how.field and context.given is None)
                    yield from self._contexts(call, number, function.path, depth + 1)


def _name_of(expr: ir.Expr) -> str:
    """``fn``, ``&fn``, ``(type)fn`` -> ``fn``."""
    match expr:
        case ir.Name(id=name):
            return name
        case ir.Unary(op="&") | ir.Cast():
            return _name_of(expr.operand)
        case _:
            return ""
