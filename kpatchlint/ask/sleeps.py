# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a function may sleep, by which calls, and on what that hangs."""

from collections.abc import Iterator

from kpatchlint.ask.records import Answer, Chain, Link, Node
from kpatchlint.ask.subject import node
from kpatchlint.ask.vocabulary import belief
from kpatchlint.program.code import Function
from kpatchlint.program.program import Program
from kpatchlint.program.sleeps import Sink
from kpatchlint.program.values import Bits


def sleeps(program: Program, function: Function) -> Answer:
    """The ways in which *function* may sleep when nothing is known of its arguments and its context."""
    program.sleeps.start()
    sinks = program.sleeps.of(function, (), frozenset(), 0, below=True)
    chains = tuple(Chain(says=_says(sink), links=tuple(_links(program, sink))) for sink in sinks)
    known = belief(function.name)
    certain = sum(not sink.doubts for sink in sinks)
    said = _counted(certain, len(sinks) - certain) if sinks else _nothing(function)
    notes = [f"a call of it is judged by the vocabulary, not by its body{known}"] if known else []
    if program.sleeps.is_exhausted:
        notes.append("the bound on the walk was reached: there may be more (docs/limits.md)")
    return Answer(
        question="sleeps",
        about=(node(function),),
        says=f"{function.name}() {said}",
        chains=chains,
        notes=tuple(notes),
    )


def _counted(certain: int, doubtful: int) -> str:
    ways = f"{certain} certain {'way' if certain == 1 else 'ways'}" if certain else "no certain way"
    doubts = f", {doubtful} doubtful {'one' if doubtful == 1 else 'ones'}" if doubtful else ""
    return f"may sleep: {ways}{doubts}"


def _nothing(function: Function) -> str:
    """Masks and flags that come from the caller are unknown here, so that what they decide is left open."""
    params = ", ".join(param.name for param in function.body.params if param.name)
    hangs = f"; what hangs on {params} is open" if params else ""
    return f"reaches nothing that is known to sleep{hangs}"


def _says(sink: Sink) -> str:
    mask = sink.mask if isinstance(sink.mask, Bits) else None
    names = [name.removeprefix("_") for name, on in mask.named if on == 1] if mask is not None else []
    parts = [
        sink.says,
        *([f"the mask is {' | '.join(names)}"] if names else []),
        *(doubt.text for doubt in sink.doubts),
    ]
    return "; ".join(parts)


def _links(program: Program, sink: Sink) -> Iterator[Link]:
    for number, hop in enumerate(sink.hops):
        following = sink.hops[number + 1].function if number + 1 < len(sink.hops) else None
        yield Link(
            caller=node(hop.function),
            line=hop.function.line_at(hop.at),
            code=hop.function.code_at(hop.at),
            callee=node(following) if following is not None else Node(hop.target),
            why=hop.note if following is not None else "",
        )
