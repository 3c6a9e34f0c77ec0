# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape lock-balance: a function's ways out disagree about a lock."""

from collections.abc import Iterator

import msgspec

from kpatchlint.findings.records import Finding, Step
from kpatchlint.program import Program, Scope
from kpatchlint.program.balance import Imbalance, imbalances
from kpatchlint.program.code import Function
from kpatchlint.rules.checks import _paths
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``mistakes``: which of "kept", "twice" and "without" the rule reports."""

    mistakes: tuple[str, ...]


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """Findings in the changed functions themselves: balance is a matter of one function and its wrappers."""
    for function in scope.functions:
        if scope.is_cut_off(function):
            continue
        for found in imbalances(function, program.walker, program.locks):
            if found.kind in params.mistakes:
                yield _finding(program, scope, rule, function, found)


def _finding(program: Program, scope: Scope, rule: Rule, function: Function, found: Imbalance) -> Finding:
    steps = []
    if found.taken is not None:
        steps.append(_step(function, found.taken, f"takes {_name(program, found)}"))
    match found.kind:
        case "kept":
            message = f"`{function.name}()` returns here with {_name(program, found)} still held"
            steps.append(_step(function, found.at, "returns with it held"))
            if found.elsewhere is not None:
                steps.append(_step(function, found.elsewhere, "another way out has let it go"))
            suggestion = "Unlock on this path, too (jump to the label that does)."
        case "twice":
            message = (
                f"{_name(program, found)} is let go here although this path of `{function.name}()` has done so before"
            )
            steps.append(_step(function, found.at, "not held any more"))
            suggestion = "Leave before the unlock label, or drop the first unlock."
        case _:
            message = f"{_name(program, found)} is let go here on a path of `{function.name}()` that has not taken it"
            steps.append(_step(function, found.at, "not held on this path"))
            suggestion = "Return directly from paths that have not taken the lock."
    severity, confidence = _paths.in_fragment(scope, (function,), (rule.severity, rule.confidence))
    return Finding(
        rule=rule.id,
        kind=rule.kind,
        severity=severity,
        confidence=confidence,
        path=function.path,
        line=function.line_at(found.at),
        function=function.name,
        message=message,
        suggestion=suggestion,
        chain=tuple(steps),
    )


def _name(program: Program, found: Imbalance) -> str:
    if found.lock:
        return f"`{found.lock}`"
    return {"rcu": "the RCU read lock", "irq": "the interrupt state", "bh": "the bottom-half state"}.get(
        found.hold_kind, "the preemption state"
    )


def _step(function: Function, at: int, why: str) -> Step:
    line = function.line_at(at)
    return Step(path=function.path, line=line, function=function.name, code=function.code_at(at), why=why)
