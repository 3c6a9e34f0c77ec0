# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape sleep-under-hold: something sleeps, here or in a callee, while this function holds what forbids it."""

from collections.abc import Iterator

import msgspec

from kpatchlint.findings.records import Confidence, Finding, Severity, Step
from kpatchlint.program import Program, Scope
from kpatchlint.program.holds import HeldSleep
from kpatchlint.rules.checks import _held, _paths
from kpatchlint.rules.records import Rule

FOLLOWS_PATHS = True


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``holds``: ids from vocabulary/holds.toml; ``fix``: what to do instead."""

    holds: tuple[str, ...]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """Findings for every function in scope, and for those above it that hold something while they call into it."""
    for held in _held.sleeps(program, scope):
        if held.hold.kind in params.holds:
            yield _finding(program, scope, rule, held, params.fix)


def _finding(program: Program, scope: Scope, rule: Rule, held: HeldSleep, fix: str) -> Finding:
    function, hold, sink = held.function, held.hold, held.sink
    says = program.lexicon.holds[hold.kind].says
    name = f" (`{hold.lock}`)" if hold.lock else ""
    taken = Step(
        path=function.path,
        line=function.line_at(hold.at),
        function=function.name,
        code=function.code_at(hold.at),
        why=f"from here on {says}{name}",
    )
    severity, confidence = _paths.judged(rule, sink)
    if not held.always:
        # Code that is there has been run: a lock that only some paths hold at a call is one that a flag tells about.
        limit = Severity.NOTE if held.is_blurred or scope.whole else Severity.WARNING
        severity, confidence = _paths.min_severity(severity, limit), Confidence.MEDIUM
    severity, confidence = _paths.in_fragment(scope, (h.function for h in sink.hops), (severity, confidence))
    steps = _paths.sleep_steps(sink)
    last = sink.hops[-1]
    through = f"`{last.function.name}()` calls " if last.function != function else ""
    return Finding(
        rule=rule.id,
        kind=rule.kind,
        severity=severity,
        confidence=confidence,
        path=last.function.path,
        line=steps[-1].line,
        function=last.function.name,
        message=f"{through}{sink.says}, while {says}{name} in `{function.name}()`",
        suggestion=fix,
        chain=(*_paths.hop_steps(held.lead), taken, *steps),
        conditions=_paths.conditions_of((h.function, h.at) for h in sink.hops) or (),
        notes=tuple(d.text for d in sink.doubts),
    )
