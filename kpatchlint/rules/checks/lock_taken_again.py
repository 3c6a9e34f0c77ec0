# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape lock-taken-again: something is called that takes a lock which the caller holds already."""

from collections.abc import Collection, Iterator

import msgspec

from kpatchlint.findings.records import Finding, Step
from kpatchlint.program import Program, Scope
from kpatchlint.program.code import Function
from kpatchlint.program.contexts import holders
from kpatchlint.program.nested import TakenAgain, taken_again
from kpatchlint.rules.checks import _paths
from kpatchlint.rules.records import Rule

FOLLOWS_PATHS = True


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``hold``: an id from vocabulary/holds.toml; ``why``: what happens then; ``fix``: what to do instead."""

    hold: str
    why: str
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """Findings for every function in scope, and for those above it that hold the lock while they call into it."""
    names = [name.encode() for name, lock in program.lexicon.takes.items() if params.hold in lock.kinds]
    for function, wanted in holders(program, scope):
        if not _may_take(program, function, names):
            continue  # walking all holders would cost
        for found in taken_again(function, program.sleeps, program.locks, wanted, params.hold):
            in_scope = scope.whole or scope.touches(hop.function for hop in found.sink.hops)
            if in_scope and _paths.is_possible(found.sink):
                yield _finding(program, scope, rule, params, found)


def _may_take(program: Program, function: Function, names: Collection[bytes]) -> bool:
    """Whether a function, or one that it calls, names a call that takes the lock."""
    if any(name in function.text for name in names):
        return True
    callees = (f for name in sorted(set(function.called)) for f in program.resolver.functions(name, function.path))
    return any(name in callee.text for callee in callees for name in names)


def _finding(program: Program, scope: Scope, rule: Rule, params: Params, found: TakenAgain) -> Finding:
    function, hold, sink = found.function, found.hold, found.sink
    says = program.lexicon.holds[hold.kind].says
    steps = _paths.sleep_steps(sink)
    last = sink.hops[-1]
    taken = Step(
        path=function.path,
        line=function.line_at(hold.at),
        function=function.name,
        code=function.code_at(hold.at),
        why=f"from here on {says}",
    )
    verdict = _paths.in_fragment(scope, (h.function for h in sink.hops), _paths.judged(rule, sink))
    first = sink.hops[0].target
    through = f"`{first}()` calls `{last.target}()`" if len(sink.hops) > 1 else f"`{last.target}()` is called"
    return Finding(
        rule=rule.id,
        kind=rule.kind,
        severity=verdict[0],
        confidence=verdict[1],
        path=last.function.path,
        line=steps[-1].line,
        function=last.function.name,
        message=f"{through} although {says} in `{function.name}()` already: {params.why}",
        suggestion=params.fix,
        chain=(taken, *steps),
        conditions=_paths.conditions_of((h.function, h.at) for h in sink.hops) or (),
        notes=tuple(d.text for d in sink.doubts),
    )
