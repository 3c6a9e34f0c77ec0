# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape pointer-unchecked: what a call returned may be NULL, and a path follows the pointer without having asked."""

from collections.abc import Iterator

import msgspec

from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.code import Function
from kpatchlint.program.followed import Following, find_followed
from kpatchlint.rules.checks import _paths
from kpatchlint.rules.checks._place import step_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``calls`` return NULL when they fail; ``fix``."""

    calls: tuple[str, ...]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a variable that is followed untested."""
    for function in scope.functions:
        if not any(name.encode() in function.text for name in params.calls):
            continue
        for found in find_followed(program.walker.graph(function), frozenset(params.calls)):
            yield _finding(scope, rule, params, function, found)


def _finding(scope: Scope, rule: Rule, params: Params, function: Function, found: Following) -> Finding:
    severity, confidence = _paths.in_fragment(scope, (function,), (rule.severity, rule.confidence))
    return Finding(
        rule=rule.id,
        kind=rule.kind,
        severity=severity,
        confidence=confidence,
        path=function.path,
        line=function.line_at(found.at),
        function=function.name,
        message=f"`{found.call}()` may return NULL, and `{found.variable}` is followed without a test of it",
        suggestion=params.fix,
        chain=(
            step_at(function, found.made_at, f"`{found.variable}` may be NULL from here on"),
            step_at(function, found.at, "it is followed"),
        ),
    )
