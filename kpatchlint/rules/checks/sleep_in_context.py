# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape sleep-in-context: a callback of an atomic context reaches something that sleeps."""

from collections.abc import Iterator

import msgspec

from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.callers import Entry
from kpatchlint.program.contexts import entries, settled
from kpatchlint.program.sleeps import Sink
from kpatchlint.rules.checks import _held, _paths
from kpatchlint.rules.records import Rule

FOLLOWS_PATHS = True


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``contexts``: ids from contexts.toml; ``allocations``: whether sleeps that a gfp mask decides count."""

    contexts: tuple[str, ...]
    allocations: bool


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """Findings for every sleep on a path from a callback of one of the contexts."""
    for context in params.contexts:
        for entry, sink in sleeps_from_entries(program, scope, context):
            if params.allocations or sink.mask is None:
                yield build_finding(scope, rule, entry, sink)


def sleeps_from_entries(program: Program, scope: Scope, context: str) -> tuple[tuple[Entry, Sink], ...]:
    """Each entry of *context* in scope with each way in which it may sleep while the context lasts."""
    return program.once(f"sleeps from {context}", scope, lambda: tuple(_sleeps_from(program, scope, context)))


def _sleeps_from(program: Program, scope: Scope, context: str) -> Iterator[tuple[Entry, Sink]]:
    _held.sleeps(program, scope)  # nearer to the change, so what these settle need not be looked for
    done = settled(program, scope)
    for entry in entries(program, scope, context):
        if done.is_all:
            return
        program.sleeps.start()
        properties = program.locks.properties_of(entry.context.holds)
        below = program.sleeps.is_below(entry.function) or scope.is_new_at(entry.by, entry.at)
        for sink in program.sleeps.of(entry.function, (), properties, 0, below):
            on_path = (entry.by, *(hop.function for hop in sink.hops))
            in_scope = scope.whole or scope.touches(on_path)
            if in_scope and _paths.remaining(program, entry.context.holds, sink) and _paths.is_possible(sink):
                witnessed = _paths.with_witness(program, scope, sink)
                if _paths.is_proven(witnessed):
                    done.note(sink.hops)
                yield entry, witnessed


def build_finding(scope: Scope, rule: Rule, entry: Entry, sink: Sink) -> Finding:
    """The finding at the place that sleeps, its chain from the registration down."""
    last = sink.hops[-1]
    verdict = _paths.judged(rule, sink)
    severity, confidence = _paths.in_fragment(scope, (h.function for h in sink.hops), verdict)
    steps = _paths.sleep_steps(sink)
    through = f"`{last.function.name}()` calls " if last.function != entry.function else "it calls "
    return Finding(
        rule=rule.id,
        kind=rule.kind,
        severity=severity,
        confidence=confidence,
        path=last.function.path,
        line=steps[-1].line,
        function=last.function.name,
        message=f"`{entry.function.name}()` {entry.context.says}; but {through}{sink.says}",
        suggestion=entry.context.fix or None,
        chain=(_paths.entry_step(entry), *steps),
        conditions=_paths.conditions_of((h.function, h.at) for h in sink.hops) or (),
        notes=tuple(d.text for d in sink.doubts),
    )
