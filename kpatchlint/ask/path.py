# SPDX-License-Identifier: GPL-2.0-or-later
"""The shortest way from one function to another, by calls, known pointers and registrations."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from kpatchlint.ask.records import Answer, Chain, Link, Node
from kpatchlint.ask.sites import CallSite, Values, call_sites, links
from kpatchlint.ask.subject import node
from kpatchlint.program.code import Function
from kpatchlint.program.contexts import ancestors
from kpatchlint.program.program import Program

_WALKED = 1500  # functions, each with what its parameters are known to be
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class _Place:
    """A function that was reached, with what its parameters are known to be."""

    function: Function
    values: Values


def path(program: Program, start: Function, end: Function | str) -> Answer:
    """One shortest chain of calls from *start* to *end*, with the arguments carried along it; none when none is seen.

    First only functions that are known to lead to *end* by name are walked, then, if that finds nothing, all of them.
    A name as *end* is a macro that the vocabulary knows, whose calls are judged by it and not followed.
    """
    goal = node(end) if isinstance(end, Function) else Node(end)
    found, walked = None, 0
    if isinstance(end, Function):
        found, walked = _search(program, start, end, frozenset(ancestors(program, (end,))))
    if found is None:
        found, more = _search(program, start, end, None)
        walked += more
    notes = [] if found is not None or walked < _WALKED else [f"stopped after {_WALKED} functions (docs/limits.md)"]
    if found is None:
        says = f"no way from {start.name}() to {goal.name}() is known"
        notes.append("calls that the vocabulary knows are judged by it and not followed: kpatchlint callees FUNCTION")
    else:
        doubts = sum(bool(link.doubt) for link in found)
        says = f"{start.name}() leads to {goal.name}() by {len(found)} {'call' if len(found) == 1 else 'calls'}" + (
            f", {doubts} doubtful" if doubts else ""
        )
    chains = () if found is None else (Chain(says=says, links=found),)
    return Answer(question="path", about=(node(start), goal), says=says, chains=chains, notes=tuple(notes))


def _search(
    program: Program, start: Function, end: Function | str, corridor: frozenset[Function] | None
) -> tuple[tuple[Link, ...] | None, int]:
    """Breadth first; and how many functions were walked."""
    first = _Place(start, ())
    ways: dict[_Place, tuple[Link, ...]] = {first: ()}
    work = deque([first])
    walked = 0
    while work and walked < _WALKED:
        here = work.popleft()
        walked += 1
        for there, link in _next(program, here):
            way = (*ways[here], link)
            if end in (link.callee.name, there and there.function):
                return way, walked
            if there is None:
                continue
            is_wanted = corridor is None or there.function in corridor
            if is_wanted and there not in ways and len(way) < _DEEPEST:
                ways[there] = way
                work.append(there)
    return None, walked


def _next(program: Program, here: _Place) -> Iterator[tuple[_Place | None, Link]]:
    """What is called from there; None for a name that is judged by the vocabulary, or that the tree does not define."""
    for found in call_sites(program, here.function, here.values):
        yield from _called(program, here.function, found)
    for entry in program.callers.registrations(here.function):
        link = Link(
            caller=node(here.function),
            line=here.function.line_at(entry.at),
            code=here.function.code_at(entry.at),
            callee=node(entry.function),
            why=f"handed to {entry.call}(): {entry.context.says}",
        )
        yield _Place(entry.function, ()), link


def _called(program: Program, function: Function, found: CallSite) -> Iterator[tuple[_Place | None, Link]]:
    targets: tuple[Function | None, ...] = (*found.targets.functions,) or (None,)
    for target, link in zip(targets, links(program, function, found), strict=False):
        if target is None:
            yield None, link
        else:
            yield _Place(target, tuple(sorted(program.walker.bind(target, found.site), key=lambda v: v[0]))), link
