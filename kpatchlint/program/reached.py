# SPDX-License-Identifier: GPL-2.0-or-later
"""A function becomes what it leads to by name: the functions that it calls and those that it hands on, nearest first.

For questions about what code does at all, not under which conditions; paths are those of the text.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kpatchlint.facts import ir
from kpatchlint.program.callers import calls_of
from kpatchlint.program.code import Function
from kpatchlint.program.program import Program

_TARGETS = 40  # functions behind one call through a field: a table that each CPU feature has its own in
_MANY = 150  # functions below one that is asked about

# Calls on the way down: each function with the offset of the call in it that leads on.
Way = tuple[tuple[Function, int], ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """*function* is reached by the calls of *way*; the function that was asked about has an empty way."""

    function: Function
    way: Way = ()


def reached(
    program: Program, function: Function, deep: int, *, through_fields: bool = False, own_file: bool = False
) -> Iterator[Reached]:
    """*function*, then what it leads to in at most *deep* steps; each function once, on a shortest way.

    Args:
        through_fields: follow ``x->op()`` as well, to what the tree stores in such a field.
        own_file: follow only what stands in the same file, which costs no look into others.
    """
    seen = {function}
    level = [Reached(function)]
    for _ in range(deep + 1):
        following: list[Reached] = []
        for here in level:
            yield here
            targets = _own(program, here.function) if own_file else targets_of(program, here.function, through_fields)
            for at, target in targets:
                if target not in seen and len(seen) < _MANY:
                    seen.add(target)
                    following.append(Reached(target, (*here.way, (here.function, at))))
        level = following


def targets_of(program: Program, function: Function, through_fields: bool) -> Iterator[tuple[int, Function]]:
    """Offsets of calls in the body, with the functions that are called there by name or handed on.

    What the vocabulary trusts (printk() and the like) is not entered from other files.
    """
    for call in calls_of(function.body):
        is_trusted = isinstance(call.callee, ir.Name) and program.lexicon.is_trusted(call.callee.id)
        for target in targets_of_call(program, function, call):
            if not is_trusted or target.path == function.path:
                yield call.at, target
        if through_fields and isinstance(call.callee, ir.Member):
            yield from ((call.at, target) for target in program.walker.fields.behind(call.callee, function, _TARGETS))


def _own(program: Program, function: Function) -> Iterator[tuple[int, Function]]:
    for call in calls_of(function.body):
        for name in names_in_call(call):
            yield from ((call.at, target) for target in program.resolver.in_file(function.path, name))


def targets_of_call(program: Program, function: Function, call: ir.Call) -> Iterator[Function]:
    """The functions that one call calls by name or hands on."""
    own = program.walker.locals(function)
    for name in names_in_call(call):
        if name not in own:
            yield from program.resolver.functions(name, function.path)


def names_in_call(call: ir.Call) -> Iterator[str]:
    """The callee's name, and the names that stand alone as arguments: what may be a function."""
    for expr in (call.callee, *call.args):
        match expr:
            case ir.Name(id=name) | ir.Unary(op="&", operand=ir.Name(id=name)):
                yield name
            case _:
                pass
