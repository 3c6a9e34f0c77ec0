# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape void-failure: a patch refuses to go on below a function that cannot fail, and whoever called does not learn."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.findings.records import Finding, Step
from kpatchlint.program import Program, Scope
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.statements import statements_of
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule

_DEEP = 8  # calls below the one that cannot fail: a walk over all levels is six


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``calls`` return nothing, and their callers go on as if all was done; ``fix``."""

    calls: tuple[str, ...]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a function: the first added test that returns early."""
    for file in scope.files:
        for function in scope.functions:
            if function.path != file.path or not _is_void(function):
                continue
            early = next((s for s in _early_returns(function) if function.line_at(s.at) in file.lines), None)
            above = _way_up(program, function, params) if early is not None else None
            if early is not None and above is not None:
                yield _finding(scope, (rule, params), function, early, above)


def _is_void(function: Function) -> bool:
    specifiers = function.body.specifiers
    return "void" in specifiers.split() and "*" not in specifiers


def _early_returns(function: Function) -> Iterator[ir.If]:
    """``if (...) return;``, alone or with a message; what the configuration decides refuses nothing."""
    for stmt in statements_of(function.body):
        if isinstance(stmt, ir.If) and stmt.then and isinstance(stmt.then[-1], ir.Return):
            words = words_of(show(stmt.cond)) - {"IS_ENABLED"}
            if not (words and all(word.startswith("CONFIG_") for word in words)):
                yield stmt


def _way_up(program: Program, function: Function, params: Params) -> tuple[Function, ...] | None:
    """The functions from one of ``calls`` down to *function*, all of which return nothing."""
    ways: list[tuple[Function, ...]] = [(function,)]
    seen = {function}
    for _ in range(_DEEP):
        following: list[tuple[Function, ...]] = []
        for way in ways:
            if way[0].name in params.calls:
                return way
            for user in program.callers.users(way[0]):
                if user not in seen and _is_void(user):
                    seen.add(user)
                    following.append((user, *way))
        ways = following
    return None


def _finding(
    scope: Scope, made: tuple[Rule, Params], function: Function, early: ir.If, way: tuple[Function, ...]
) -> Finding:
    rule, params = made
    top = way[0].name
    message = f"`{function.name}()` refuses to go on here, and `{top}()` returns nothing: its callers take it as done"
    finding = finding_at(scope, rule, function, early.at, Words(message, "returns early", params.fix))
    steps = (
        Step(path=f.path, line=f.line, function=f.name, code=f.name + "()", why="returns nothing") for f in way[:-1]
    )
    return replace(finding, chain=(*steps, *finding.chain))
