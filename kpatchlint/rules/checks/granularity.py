# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape granularity: what a file adds in one size it removes in another, which is fixed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.callers import calls_of
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.extents import assigned
from kpatchlint.program.scope import functions_of
from kpatchlint.rules.checks._place import Words, finding_at, step_at
from kpatchlint.rules.records import Rule

_DEEP = 3  # functions that a size is handed through


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``adds`` and ``removes``: call -> which argument (from 0) is the size; ``fix``.

    ``units`` are the spellings of one fixed size: that of a block.
    """

    adds: dict[str, int]
    removes: dict[str, int]
    units: tuple[str, ...]
    fix: str


@dataclass(frozen=True, slots=True)
class _Size:
    """*expr*, in *function*, is the size of the call at *at* of *by*."""

    expr: ir.Expr
    function: Function
    by: Function
    at: int


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a call that removes, in files that add as well."""
    wanted = [f for f in scope.functions if any(n.encode() in f.text for n in (*params.adds, *params.removes))]
    for path in dict.fromkeys(function.path for function in wanted):
        functions = functions_of(path, program.sources.read(path))
        added = [size for f in functions for size in _sizes(functions, f, params.adds)]
        removed = [size for f in functions for size in _sizes(functions, f, params.removes)]
        if not added or any(_is_open(size) for size in added):
            continue
        for size in removed:
            if not _is_open(size) and not any(_may_be_same(size, other, params) for other in added):
                yield _finding(scope, (rule, params), size, added[0])


def _sizes(functions: list[Function], function: Function, calls: Mapping[str, int]) -> Iterator[_Size]:
    if not any(name.encode() in function.text for name in calls):
        return
    for call in calls_of(function.body):
        if isinstance(call.callee, ir.Name) and call.callee.id in calls and calls[call.callee.id] < len(call.args):
            yield from _resolved(functions, _Size(call.args[calls[call.callee.id]], function, function, call.at), 0)


def _resolved(functions: list[Function], size: _Size, depth: int) -> Iterator[_Size]:
    """The size as whoever decides it spells it: variables followed, parameters asked for among the file's callers."""
    expr, function = size.expr, size.function
    while isinstance(expr, ir.Cast):
        expr = expr.operand
    if not isinstance(expr, ir.Name) or depth > _DEEP:
        yield replace(size, expr=expr)
        return
    made = list(assigned(function, expr.id))
    number = next((n for n, p in enumerate(function.body.params) if p.name == expr.id), None)
    if made:
        for value in made:
            yield from _resolved(functions, replace(size, expr=value), depth + 1)
    elif number is None:
        yield replace(size, expr=expr)
    else:
        found = False
        for user in functions:
            for call in calls_of(user.body) if function.name.encode() in user.text and user != function else ():
                if isinstance(call.callee, ir.Name) and call.callee.id == function.name and number < len(call.args):
                    found = True
                    yield from _resolved(functions, replace(size, expr=call.args[number], function=user), depth + 1)
        if not found:
            yield replace(size, expr=expr)


def _is_open(size: _Size) -> bool:
    """Whether it is a parameter still: other files decide."""
    return isinstance(size.expr, ir.Name) and any(p.name == size.expr.id for p in size.function.body.params)


def _may_be_same(one: _Size, other: _Size, params: Params) -> bool:
    """Whether two sizes may be the same: two spellings differ for certain only where one of them is fixed."""
    if not (_is_fixed(one, params) or _is_fixed(other, params)):
        return True
    return _spelled(one, params) == _spelled(other, params)


def _is_fixed(size: _Size, params: Params) -> bool:
    words = words_of(show(size.expr))
    return all(word.isupper() or word in params.units for word in words)


def _spelled(size: _Size, params: Params) -> tuple[frozenset[str], str]:
    """The words that mean the same anywhere in the file, or the text where there are none."""
    words = words_of(show(size.expr)) - {p.name for p in size.function.body.params}
    return frozenset("" if word in params.units else word for word in words), "" if words else show(size.expr)


def _finding(scope: Scope, made: tuple[Rule, Params], size: _Size, added: _Size) -> Finding:
    rule, params = made
    message = (
        f"memory that was added in pieces of `{show(added.expr)}` is removed in pieces of `{show(size.expr)}`: what "
        "one call adds may be mapped with blocks that another one tears down in part"
    )
    finding = finding_at(scope, rule, size.by, size.at, Words(message, "removes in another size", params.fix))
    first = step_at(added.by, added.at, f"adds pieces of `{show(added.expr)}`")
    return replace(finding, chain=(first, *finding.chain))
