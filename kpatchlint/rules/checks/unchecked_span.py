# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape unchecked-span: a range is given to something that works in large steps, and nobody looked at its length."""

from collections.abc import Iterator
from functools import partial

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.callers import calls_of
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.extents import assigned
from kpatchlint.program.guarded import is_reached_untested
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule

_COMPARISONS = frozenset({"<", ">", "<=", ">=", "==", "!="})


class Coarse(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``call`` works in large steps; with *argument* and *size*, only when that argument names that size."""

    call: str
    argument: int | None = None
    size: str = ""


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``calls`` to look at, ``says`` what goes wrong, ``fix``."""

    calls: tuple[Coarse, ...]
    says: str
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a call that some path reaches without a test of how long the function's own range is."""
    coarse = {c.call: c for c in params.calls}
    for function in scope.functions:
        if function.name in coarse or not any(name.encode() in function.text for name in coarse):
            continue
        names = [p.name for p in function.body.params if "*" not in p.type]
        if len(names) < 2:
            continue
        for call in calls_of(function.body):
            known = coarse.get(call.callee.id) if isinstance(call.callee, ir.Name) else None
            if known is not None and _is_coarse(call, known):
                tests = partial(_is_length_test, function, names)
                if is_reached_untested(program.walker.graph(function), call.at, tests):
                    yield _finding(scope, rule, params, function, call)


def _is_coarse(call: ir.Call, known: Coarse) -> bool:
    if known.argument is None:
        return True
    return known.argument < len(call.args) and known.size in words_of(show(call.args[known.argument]))


def _is_length_test(function: Function, names: list[str], test: ir.Expr) -> bool:
    """``end - start < N``, directly or through a variable that holds the difference."""
    if not isinstance(test, ir.Binary) or test.op not in _COMPARISONS:
        return False
    return any(_is_difference(function, side, names, 0) for side in (test.left, test.right))


def _is_difference(function: Function, expr: ir.Expr, names: list[str], depth: int) -> bool:
    match expr:
        case ir.Binary(op="-", left=left, right=right):
            ends = {n for n in names if n in words_of(show(left))}, {n for n in names if n in words_of(show(right))}
            return bool(ends[0] and ends[1] and ends[0] != ends[1])
        case ir.Binary():
            return any(_is_difference(function, side, names, depth) for side in (expr.left, expr.right))
        case ir.Cast():
            return _is_difference(function, expr.operand, names, depth)
        case ir.Name() if depth < 3:
            return any(_is_difference(function, origin, names, depth + 1) for origin in assigned(function, expr.id))
        case _:
            return False


def _finding(scope: Scope, rule: Rule, params: Params, function: Function, call: ir.Call) -> Finding:
    words = Words(
        message=f"`{show(call.callee)}()` {params.says}; `{function.name}()` does not look at how long its range is",
        why="reached by a path that has not looked at the length of the range",
        suggestion=params.fix,
    )
    return finding_at(scope, rule, function, call.at, words)
