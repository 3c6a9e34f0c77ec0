# SPDX-License-Identifier: GPL-2.0-or-later
"""In which contexts a function runs: what registers it or a caller of it, and what its callers hold."""

from collections.abc import Iterator, Mapping, Sequence

from kpatchlint.ask.records import Answer, Chain, Link, Node
from kpatchlint.ask.sites import call_sites, handing_link, hands_on, links, only_in_comments
from kpatchlint.ask.subject import node
from kpatchlint.program.callers import Entry
from kpatchlint.program.code import Function
from kpatchlint.program.program import Program

_DEEP = 8  # callers of callers
_MANY = 250  # functions above the one asked for
_WALKED = 80  # of them, whose holds are looked at
_TOPS = 3  # functions at the upper end whose way down is told
_NAMED = 8  # of the others

# Each function above the one asked for, with the one below it through which it was reached.
Above = Mapping[Function, Function | None]


def contexts(program: Program, function: Function) -> Answer:
    """Every registration that leads to *function*, every caller that holds something atomic, and where chains end."""
    above = _above(program, function)
    entered = [(entry, each) for each in above for entry in program.callers.entries(each)]
    chains = [_entered(program, entry, _down(program, each, above)) for entry, each in entered]
    chains += [chain for each in [*above][1 : _WALKED + 1] for chain in _held(program, each, above)]
    held_count = len(chains) - len(entered)
    has_entry = {each for _, each in entered}
    tops = [each for each in above if each != function and each not in has_entry and _is_top(program, each, above)]
    chains += [_top(program, top, above) for top in tops[:_TOPS]]
    notes = []
    if len(tops) > _TOPS:
        notes.append(f"{len(tops) - _TOPS} more functions at the upper end: {_names(tops[_TOPS:])}")
    if len(above) >= _MANY:
        notes.append(f"more than {_MANY} functions are above it: not all were looked at (docs/limits.md)")
    says = f"{function.name}() is reached through {_counted(len(entered), held_count)}"
    return Answer(question="contexts", about=(node(function),), says=says, chains=tuple(chains), notes=tuple(notes))


def _counted(entered: int, held: int) -> str:
    registrations = f"{entered or 'no'} {'registration' if entered == 1 else 'registrations'}"
    return f"{registrations} and {held or 'no'} {'call' if held == 1 else 'calls'} with something held"


def _names(functions: Sequence[Function]) -> str:
    more = " and others" if len(functions) > _NAMED else ""
    return ", ".join(f"{function.name}()" for function in functions[:_NAMED]) + more


def _above(program: Program, function: Function) -> Above:
    """The functions that name *function*, those that name these, and so on: nearest first."""
    seen: dict[Function, Function | None] = {function: None}
    level = [function]
    for _ in range(_DEEP):
        following: list[Function] = []
        for below in level:
            for user in _users(program, below):
                if user not in seen and len(seen) < _MANY:
                    seen[user] = below
                    following.append(user)
        level = following
    return seen


def _users(program: Program, function: Function) -> Iterator[Function]:
    return (user for user in program.callers.users(function) if not only_in_comments(user, function.name))


def _is_top(program: Program, function: Function, above: Above) -> bool:
    return not any(user in above for user in _users(program, function))


def _top(program: Program, top: Function, above: Above) -> Chain:
    """The way down from a function whose callers are unknown or were not followed."""
    if any(_users(program, top)):
        says = f"{top.name}() has callers that were not followed further up"
    else:
        says = f"{top.name}() has no known caller: a system call, an initcall, a thread, or a table not followed"
    return Chain(says=says, links=_down(program, top, above))


def _entered(program: Program, entry: Entry, down: tuple[Link, ...]) -> Chain:
    link = Link(
        caller=node(entry.by),
        line=entry.by.line_at(entry.at),
        code=entry.by.code_at(entry.at),
        callee=node(entry.function),
        why=f"is {entry.call}" if entry.by == entry.function else f"handed to {entry.call}()",
    )
    holds = ", ".join(program.lexicon.holds[kind].says for kind in entry.context.holds)
    held = f" ({holds})" if holds else ""
    return Chain(says=f"{entry.context.id}: {entry.function.name}() {entry.context.says}{held}", links=(link, *down))


def _held(program: Program, caller: Function, above: Above) -> Iterator[Chain]:
    """The first call in *caller* on the way down that is made with something atomic held."""
    below = above[caller]
    if below is None:
        return
    link = _link(program, caller, below)
    if link is None or not link.holds:
        return
    way = (link, *_down(program, below, above))
    if not any(each.is_handed_on for each in way):
        yield Chain(says=f"{caller.name}() calls {link.callee.name}() while {' and '.join(link.holds)}", links=way)


def _down(program: Program, function: Function, above: Above) -> tuple[Link, ...]:
    """The calls from *function* down to the one asked for."""
    found: list[Link] = []
    below = above[function]
    while below is not None:
        found.append(_link(program, function, below) or _unseen(function, below))
        function, below = below, above[below]
    return tuple(found)


def _link(program: Program, caller: Function, callee: Function) -> Link | None:
    """The call of *callee* in *caller* that is made with the most held."""

    def ask() -> Link | None:
        found: list[Link] = []
        for site in call_sites(program, caller):
            if callee in site.targets.functions:
                found += [link for link in links(program, caller, site) if link.callee == node(callee)]
            elif hands_on(site.site, callee.name):
                found.append(handing_link(program, caller, site, callee))
        return max(found, key=lambda link: len(link.holds), default=None)

    return program.once(f"link to {callee.path}:{callee.name}", caller, ask)


def _unseen(caller: Function, callee: Function) -> Link:
    return Link(
        caller=node(caller),
        line=caller.line,
        code="",
        callee=Node(callee.name, callee.path, callee.line),
        why="names it; through which call was not seen",
    )
