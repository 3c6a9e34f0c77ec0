# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape lock-balance: a function's ways out disagree about a lock."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from kpatchlint.findings.records import Confidence, Finding, Severity, Step
from kpatchlint.program import Program, Scope
from kpatchlint.program.balance import Imbalance, own_imbalances, survey_locks
from kpatchlint.program.code import Function
from kpatchlint.program.handover import Handovers
from kpatchlint.program.lock_doubts import doubts_of
from kpatchlint.program.named_locks import KIND as NAMED
from kpatchlint.rules.checks import _paths
from kpatchlint.rules.records import Rule

_UNOPPOSED = frozenset(("forgotten", "foreign"))  # that nobody in reach does the opposite is no proof
_CALLERS = 40  # of a changed function that are judged, too


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``mistakes``: which the rule reports (``Imbalance.kind``)."""

    mistakes: tuple[str, ...]


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """Findings in the changed functions, and in the callers of those that take or drop a lock for them."""
    for mistake in program.once("lock mistakes", scope, lambda: tuple(_mistakes(program, scope))):
        if mistake.found.kind in params.mistakes:
            yield _finding(program, scope, rule, mistake)


@dataclass(frozen=True, slots=True)
class _Mistake:
    """What is wrong with one lock in a function, and why it may be right all the same."""

    function: Function
    found: Imbalance
    doubts: tuple[str, ...]


def _mistakes(program: Program, scope: Scope) -> Iterator[_Mistake]:
    handovers = Handovers(program.walker, program.locks, program.callers, program.lexicon)
    for function in _judged(program, scope):
        survey = survey_locks(function, program.walker, program.locks)
        if survey is not None:
            for found in (*own_imbalances(survey), *handovers.one_sided(survey)):
                yield _Mistake(function, found, tuple(doubts_of(survey, found, program.resolver, program.lexicon)))


def _judged(program: Program, scope: Scope) -> Iterator[Function]:
    """The functions of the scope, and the callers of a changed one that comes back with locks changed."""
    judged = dict.fromkeys(f for f in scope.functions if not scope.is_cut_off(f))
    yield from judged
    if scope.whole:
        return
    for function in scope.functions:
        if not scope.is_cut_off(function) and program.locks.effect(function):
            users = [u for u in program.callers.users(function)[:_CALLERS] if u not in judged]
            judged |= dict.fromkeys(users)
            yield from users


def _finding(program: Program, scope: Scope, rule: Rule, mistake: _Mistake) -> Finding:
    function, found = mistake.function, mistake.found
    steps = []
    if found.taken is not None:
        steps.append(_step(function, found.taken, f"takes {_name(program, found)}"))
    says = _SAYS[found.kind]
    steps.append(_step(function, found.at, says.step))
    if found.elsewhere is not None:
        steps.append(_step(function, found.elsewhere, says.elsewhere))
    stated = (rule.severity, rule.confidence)
    if found.hold_kind == NAMED or found.kind in _UNOPPOSED or mistake.doubts:
        stated = (_paths.min_severity(rule.severity, Severity.WARNING), Confidence.MEDIUM)
    severity, confidence = _paths.in_fragment(scope, (function,), stated)
    return Finding(
        rule=rule.id,
        kind=rule.kind,
        severity=severity,
        confidence=confidence,
        path=function.path,
        line=function.line_at(found.at),
        function=function.name,
        message=says.message.format(lock=_name(program, found), function=function.name),
        suggestion=says.suggestion,
        chain=tuple(steps),
        notes=mistake.doubts,
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said of one kind of mistake; ``elsewhere`` of the way out that does it right."""

    message: str
    step: str
    suggestion: str
    elsewhere: str = ""


_SAYS: Mapping[str, _Words] = {
    "kept": _Words(
        "`{function}()` returns here with {lock} still held",
        "returns with it held",
        "Unlock on this path, too (jump to the label that does).",
        "another way out has let it go",
    ),
    "forgotten": _Words(
        "`{function}()` returns with {lock} still held, and nothing in reach lets it go",
        "returns with it held",
        "Unlock before returning.",
    ),
    "twice": _Words(
        "{lock} is let go here although this path of `{function}()` has done so before",
        "not held any more",
        "Leave before the unlock label, or drop the first unlock.",
    ),
    "without": _Words(
        "{lock} is let go here on a path of `{function}()` that has not taken it",
        "not held on this path",
        "Return directly from paths that have not taken the lock.",
    ),
    "foreign": _Words(
        "`{function}()` lets go of {lock}, which it has not taken, and which nobody in reach leaves to it",
        "let go here",
        "Drop the unlock, or take the lock first.",
        "returns the same, and has not let it go",
    ),
    "mode": _Words(
        "{lock} is let go in another mode than it was taken in",
        "the other mode",
        "Use the unlock that belongs to the lock: read with read, write with write.",
    ),
}


def _name(program: Program, found: Imbalance) -> str:
    if found.lock:
        return f"`{found.lock}`"
    return {"rcu": "the RCU read lock", "irq": "the interrupt state", "bh": "the bottom-half state"}.get(
        found.hold_kind, "the preemption state"
    )


def _step(function: Function, at: int, why: str) -> Step:
    line = function.line_at(at)
    return Step(path=function.path, line=line, function=function.name, code=function.code_at(at), why=why)
