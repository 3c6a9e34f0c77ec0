# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape lock-balance: a function's ways out disagree about a lock."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from kpatchlint.findings.records import Confidence, Finding, Severity
from kpatchlint.program import Program, Scope
from kpatchlint.program.balance import Imbalance, Survey, own_imbalances, survey_locks
from kpatchlint.program.code import Function
from kpatchlint.program.effects import counts
from kpatchlint.program.handover import Handovers
from kpatchlint.program.lock_change import broken_contracts, doubts_of_change
from kpatchlint.program.lock_doubts import doubts_of
from kpatchlint.program.named_locks import KIND as NAMED
from kpatchlint.rules.checks import _paths
from kpatchlint.rules.checks._place import step_at
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
    is_change: bool = False  # the function as it was made none


def _mistakes(program: Program, scope: Scope) -> Iterator[_Mistake]:
    handovers = Handovers(program.walker, program.locks, program.callers, program.lexicon)
    changed = [function for function in scope.functions if not scope.is_cut_off(function)]
    wrong: set[Function] = set()
    for function in changed:
        for mistake in _mistakes_in(program, scope, function, handovers):
            wrong.add(function)
            yield mistake
    for user in _users(program, scope, [function for function in changed if function not in wrong]):
        yield from _mistakes_in(program, scope, user, handovers)


def _mistakes_in(program: Program, scope: Scope, function: Function, handovers: Handovers) -> Iterator[_Mistake]:
    survey = survey_locks(function, program.walker, program.locks)
    if survey is None:
        return
    changed = tuple(_by_change(program, scope, survey))
    yield from changed
    told = {(m.found.kind, m.found.hold_kind, m.found.lock, m.found.at) for m in changed}
    for found in (*own_imbalances(survey), *handovers.one_sided(survey)):
        if (found.kind, found.hold_kind, found.lock, found.at) not in told:
            yield _Mistake(function, found, tuple(doubts_of(survey, found, program.resolver, program.lexicon)))


def _by_change(program: Program, scope: Scope, now: Survey) -> Iterator[_Mistake]:
    """What the function came back without before the patch, and comes back with after it, or the other way round."""
    earlier = scope.as_before(now.function)
    if earlier is None or scope.before is None or scope.in_fragment(now.function) or _is_balanced(now):
        return
    then = survey_locks(earlier, scope.before.walker, scope.before.locks)
    if then is None:
        return
    for found in broken_contracts(now, then):
        doubts = [*doubts_of_change(now, then, found, program.locks, program.resolver)]
        doubts += _changed_callers(program, scope, now.function)
        yield _Mistake(now.function, found, tuple(doubts), is_change=True)


def _is_balanced(survey: Survey) -> bool:
    return not survey.hooks.excess and not any(state.holds or state.dropped for state, _, _ in survey.exits)


def _changed_callers(program: Program, scope: Scope, function: Function) -> Iterator[str]:
    """Callers that the patch gives other lock calls than they had: the contract with them may be a new one."""
    changed = set(scope.functions) - {function}
    for user in program.callers.users(function)[:_CALLERS]:
        earlier = scope.as_before(user) if user in changed else None
        if user in changed and (earlier is None or counts(earlier, program.lexicon) != counts(user, program.lexicon)):
            yield f"`{user.name}()`, which calls it, takes or lets go of locks in another way now, too"
            return


def _users(program: Program, scope: Scope, changed: Iterable[Function]) -> dict[Function, None]:
    """The callers of a changed function that comes back with locks changed, and makes no mistake in itself."""
    users: dict[Function, None] = {}
    for function in changed:
        if not scope.whole and program.locks.effect(function):
            users |= dict.fromkeys(program.callers.users(function)[:_CALLERS])
    return {user: None for user in users if user not in scope.functions}


def _finding(program: Program, scope: Scope, rule: Rule, mistake: _Mistake) -> Finding:
    function, found = mistake.function, mistake.found
    steps = []
    if found.taken is not None:
        steps.append(step_at(function, found.taken, f"takes {_name(program, found)}"))
    says = _SAYS[found.kind]
    steps.append(step_at(function, found.at, says.step))
    if found.elsewhere is not None:
        steps.append(step_at(function, found.elsewhere, says.elsewhere))
    stated = (rule.severity, rule.confidence)
    if mistake.doubts and not (mistake.is_change and found.lock):
        stated = (Severity.NOTE, Confidence.LOW)
    elif found.hold_kind == NAMED or found.kind in _UNOPPOSED or mistake.doubts:
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
