# SPDX-License-Identifier: GPL-2.0-or-later
"""A way to sleep, found from an entry, becomes a finding with its whole path."""

import re
from collections.abc import Iterable
from dataclasses import replace

from kpatchlint.facts.macros import conditions_at
from kpatchlint.findings.records import Confidence, Severity, Step
from kpatchlint.program import Program, Scope
from kpatchlint.program.callers import Entry
from kpatchlint.program.code import Function
from kpatchlint.program.sleeps import OPEN_CALLS, Doubt, DoubtKind, Hop, Sink
from kpatchlint.program.values import Bits
from kpatchlint.rules.records import Rule

_FOR_REVIEW = frozenset({DoubtKind.CALLER, DoubtKind.TARGET, DoubtKind.FAMILY, DoubtKind.WITNESS})
_MASK = re.compile(r"\b_*GFP_\w+")
_MOST_OPEN = 5  # calls on open conditions from which on a path is only material for a reviewer


def entry_step(entry: Entry) -> Step:
    """The registration, told as the callback's first step."""
    by = entry.by
    if by == entry.function:  # stored in a table
        head = " ".join(by.head.decode(errors="replace").split())
        return Step(path=by.path, line=by.line, function=by.name, code=head, why=entry.how)
    return Step(
        path=by.path,
        line=by.line_at(entry.at),
        function=entry.function.name,
        code=by.code_at(entry.at),
        why=f"`{by.name}()` {entry.how}",
    )


def hop_steps(hops: Iterable[Hop]) -> list[Step]:
    """One step a call; the last is the primitive."""
    return [
        Step(
            path=hop.function.path,
            line=hop.function.line_at(hop.at),
            function=hop.function.name,
            code=hop.function.code_at(hop.at),
            why=hop.note,
        )
        for hop in hops
    ]


def mask_text(bits: Bits) -> str:
    """A mask as users spell it: ``___GFP_IO`` is the bit behind ``__GFP_IO``."""
    return " | ".join(name.removeprefix("_") for name, value in bits.named if value == 1)


def sleep_steps(sink: Sink) -> list[Step]:
    """The calls down to the primitive, with the mask unfolded at the end."""
    steps = hop_steps(sink.hops)
    if isinstance(sink.mask, Bits):
        last = sink.hops[-1]
        why = f"`{last.note}` is {mask_text(sink.mask)}" if last.note else f"the mask is {mask_text(sink.mask)}"
        steps[-1] = Step(
            path=steps[-1].path, line=steps[-1].line, function=steps[-1].function, code=steps[-1].code, why=why
        )
    return steps


def judged(rule: Rule, sink: Sink) -> tuple[Severity, Confidence]:
    """A proven path has the rule's own severity; a doubtful step lowers both, and so do many open conditions.

    Whoever writes a mask that may sleep means it, however far the allocation is: such a path is a warning at least.
    """
    kinds = {d.kind for d in sink.doubts}
    if kinds & _FOR_REVIEW or (sink.open_count >= _MOST_OPEN and sink.mask is None):
        return Severity.NOTE, Confidence.LOW
    if kinds or sink.open_count >= OPEN_CALLS:
        return min_severity(rule.severity, Severity.WARNING), Confidence.MEDIUM
    return rule.severity, rule.confidence


def is_proven(sink: Sink) -> bool:
    """Whether nothing on the path is in doubt."""
    return not sink.doubts and sink.open_count < OPEN_CALLS


def with_witness(program: Program, scope: Scope, sink: Sink) -> Sink:
    """The sink, in doubt when other code calls a function below the changed ones in atomic context, too."""
    path = [hop.function for hop in sink.hops]
    changed = {path[0]} if scope.whole else set(scope.functions)
    first = max((number for number, function in enumerate(path) if function in changed), default=-1) + 1
    sink = _with_targets(sink, first)
    if {d.kind for d in sink.doubts} & _FOR_REVIEW:
        return sink  # it is a note whatever others do, and asking them takes time
    if sink.mask is not None and first and _MASK.search(_call_at(sink.hops[first - 1])):
        return sink  # the changed code makes the mask: what others hand in says nothing of it
    for function in dict.fromkeys(path[first:]):
        other = program.witness.other_caller(function, sink.primitive, changed.union(path))
        if other:
            text = f"{other} calls `{function.name}()` in atomic context all the same"
            return replace(sink, doubts=(*sink.doubts, Doubt(text, DoubtKind.WITNESS)))
    return sink


def _call_at(hop: Hop) -> str:
    return hop.function.code_at(hop.at)


def _with_targets(sink: Sink, first: int) -> Sink:
    """Whoever changes a function behind a pointer knows who calls it: which one is meant is no question then.

    Args:
        first: the hop behind the last changed function of the path.
    """
    above = {hop.note for hop in sink.hops[: max(first - 1, 0)]}
    settled = (
        replace(d, kind=DoubtKind.CALLEE) if d.kind is DoubtKind.TARGET and d.text in above else d for d in sink.doubts
    )
    return replace(sink, doubts=tuple(settled))


def min_severity(one: Severity, other: Severity) -> Severity:
    """The milder of two."""
    order = (Severity.ERROR, Severity.WARNING, Severity.NOTE)
    return max(one, other, key=order.index)


def in_fragment(
    scope: Scope, functions: Iterable[Function], finding: tuple[Severity, Confidence]
) -> tuple[Severity, Confidence]:
    """Code without a place is of medium confidence at most; code that is cut off proves nothing: a warning at most."""
    severity, confidence = finding
    on_path = list(functions)
    if any(scope.is_cut_off(f) for f in on_path):
        severity = min_severity(severity, Severity.WARNING)
    if any(scope.in_fragment(f) for f in on_path) and confidence is Confidence.HIGH:
        confidence = Confidence.MEDIUM
    return severity, confidence


def remaining(program: Program, holds: Iterable[str], sink: Sink) -> tuple[str, ...]:
    """The holds of the entry that are still in force where *sink* sleeps and that forbid it."""
    left = [h for h in holds if h not in sink.dropped]
    return tuple(h for h in left if "atomic" in program.locks.properties_of((h,)))


_OPTION = re.compile(r"(!?)(?:defined\((\w+)\)|IS_ENABLED\((\w+)\))")


def conditions_of(functions: Iterable[tuple[Function, int]]) -> tuple[str, ...] | None:
    """The configuration that a path needs, e.g. ("CONFIG_SMP", "!CONFIG_PREEMPT_RT"); None when no kernel has it.

    Args:
        functions: each function on the path, with an offset in it that the path goes through.
    """
    found: set[str] = set()
    for function, at in functions:
        for text in conditions_at(function.source, function.span.start + at):
            option = _OPTION.fullmatch(text)
            name = option.group(1) + (option.group(2) or option.group(3)) if option else text
            if "CONFIG_" in name or not option:
                found.add(name)
    if any(f"!{name}" in found for name in found):
        return None
    return tuple(sorted(found))


def is_possible(sink: Sink) -> bool:
    """Whether some configuration has the whole path."""
    return conditions_of((h.function, h.at) for h in sink.hops) is not None
