# SPDX-License-Identifier: GPL-2.0-or-later
"""A function becomes the work that it does for every piece of a range that its caller names, if it does any."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.facts.traverse import assignments_in, calls_in
from kpatchlint.program.callers import calls_of
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.program import Program
from kpatchlint.program.reached import Way, reached, targets_of_call
from kpatchlint.program.statements import expressions_of, statements_of

_DEEP = 4  # calls down to the loop, or from it to the work
_RANGE = re.compile(r"(?:\w+_)?(?:end|size|len|length|nr|count|npages|nr_\w+|\w+_pages)")
_NO_NUMBER = re.compile(r"[*\[]|\b(?:struct|bool|gfp_t|pgprot_t)\b")


@dataclass(frozen=True, slots=True)
class Work:
    """A call of *name* at offset *at* of *function*, reached by *way*, for every piece of a range."""

    function: Function
    at: int
    name: str
    way: Way = ()


class RangeWork:
    """Looks for calls of *works* in loops over a range; code that names one of *rests* is let go between pieces."""

    def __init__(self, program: Program, works: frozenset[str], rests: frozenset[str]) -> None:
        self._program = program
        self._works = works
        self._rest = re.compile(rb"\b(?:%s)\b" % b"|".join(sorted(name.encode() for name in rests)))
        self._known: dict[Function, Work | None] = {}

    def of(self, function: Function) -> Work | None:
        """The work that *function* does for a range that it is given, itself or further down."""
        if function not in self._known:
            self._known[function] = None  # a function that calls itself
            self._known[function] = self._find(function, 0)
        return self._known[function]

    def in_loop(self, function: Function, after: int) -> Work | None:
        """The work that *function* does in a loop of its own that begins behind offset *after*."""
        if self._rest.search(function.text):
            return None
        return self._in_loops(function, _range_words(function), after)

    def of_call(self, function: Function, call: ir.Call) -> Work | None:
        """The work behind one call, when it is not given a constant range."""
        if call.args and not any(_varies(arg) for arg in call.args):
            return None
        for target in targets_of_call(self._program, function, call):
            work = self.of(target)
            if work is not None:
                return Work(work.function, work.at, work.name, ((function, call.at), *work.way))
        return None

    def _find(self, function: Function, depth: int) -> Work | None:
        if depth > _DEEP or self._rest.search(function.text):
            return None
        words = _range_words(function)
        if not words:
            return None
        return self._in_loops(function, words, 0) or self._handed(function, words) or self._below(function, words)

    def _in_loops(self, function: Function, words: frozenset[str], after: int) -> Work | None:
        for stmt in statements_of(function.body):
            if not isinstance(stmt, ir.Loop) or stmt.at < after:
                continue
            bounds = (e for e in (stmt.cond, stmt.step, *stmt.args) if e is not None)
            if _mention(words, bounds):
                for call in _calls_in(stmt.body):
                    work = self._work_of(function, call)
                    if work is not None:
                        return work
        return None

    def _handed(self, function: Function, words: frozenset[str]) -> Work | None:
        """A function that does the work is handed on together with the range."""
        for call in calls_of(function.body):
            if not _mention(words, call.args):
                continue
            handed = (arg.id for arg in call.args if isinstance(arg, ir.Name))
            for name in handed:
                if name in self._program.walker.locals(function):
                    continue
                for target in self._program.resolver.functions(name, function.path):
                    work = self._first_in(target)
                    if work is not None:
                        return Work(work.function, work.at, work.name, ((function, call.at), *work.way))
        return None

    def _below(self, function: Function, words: frozenset[str]) -> Work | None:
        """The range is handed on."""
        for call in calls_of(function.body):
            if not _mention(words, call.args):
                continue
            if isinstance(call.callee, ir.Name):
                work = self.of_call(function, call)
                if work is not None:
                    return work
        return None

    def _work_of(self, function: Function, call: ir.Call) -> Work | None:
        if isinstance(call.callee, ir.Name) and call.callee.id in self._works:
            return Work(function, call.at, call.callee.id)
        for target in targets_of_call(self._program, function, call):
            work = self._first_in(target)
            if work is not None:
                return Work(work.function, work.at, work.name, ((function, call.at), *work.way))
        return None

    def _first_in(self, function: Function) -> Work | None:
        """The nearest work in a function and below it, unless it rests somewhere on the way."""
        for found in reached(self._program, function, _DEEP - 2):
            if self._rest.search(found.function.text):
                return None
            for call in calls_of(found.function.body):
                if isinstance(call.callee, ir.Name) and call.callee.id in self._works:
                    return Work(found.function, call.at, call.callee.id, found.way)
        return None


def _mention(words: frozenset[str], exprs: Iterable[ir.Expr]) -> bool:
    return any(not words.isdisjoint(words_of(show(expr))) for expr in exprs)


def _range_words(function: Function) -> frozenset[str]:
    """Parameters that say how much is to be done, and the variables that are made from them."""
    found = {p.name for p in function.body.params if _RANGE.fullmatch(p.name) and not _NO_NUMBER.search(p.type)}
    made = list(_made(function)) if found else []
    grew = True
    while grew:
        before = len(found)
        found |= {name for name, words in made if words & found}
        grew = len(found) > before
    return frozenset(found)


def _made(function: Function) -> Iterator[tuple[str, frozenset[str]]]:
    """Each variable that is set, with the words that it is made from; what a call gives is made from nothing."""
    for stmt in statements_of(function.body):
        if isinstance(stmt, ir.Declare) and stmt.init is not None and "*" not in stmt.type:
            yield stmt.name, words_of(show(stmt.init))
    for expr in expressions_of(function.body):
        for write in assignments_in(expr):
            if isinstance(write, ir.Assign) and isinstance(write.target, ir.Name):
                yield write.target.id, words_of(show(write.value))


def _calls_in(stmts: tuple[ir.Stmt, ...]) -> Iterator[ir.Call]:
    """Calls of a loop's body, those of loops in it included."""
    body = ir.Body(name="", params=(), specifiers="", attributes="", body=stmts)
    return calls_of(body)


def _varies(expr: ir.Expr) -> bool:
    """Whether an argument is more than a constant or the address of something."""
    match expr:
        case ir.Number() | ir.Text() | ir.SizeOf():
            return False
        case ir.Name(id=name):
            return not name.isupper()
        case ir.Unary(op="&"):
            return False
        case _:
            return bool(list(calls_in(expr))) or any(not word.isupper() for word in words_of(show(expr)))
