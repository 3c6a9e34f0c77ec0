# SPDX-License-Identifier: GPL-2.0-or-later
"""Who calls a function, and whom it calls."""

from collections.abc import Iterator

from kpatchlint.ask.records import Answer, Chain, Link
from kpatchlint.ask.sites import call_sites, handing_link, hands_on, links
from kpatchlint.ask.subject import node
from kpatchlint.ask.vocabulary import belief
from kpatchlint.facts.places import places_of
from kpatchlint.facts.prepass import blank_comments
from kpatchlint.program.code import Function
from kpatchlint.program.program import Program


def callees(program: Program, function: Function) -> Answer:
    """Every call in *function*, with the functions that it is led to."""
    chains = [
        Chain(says=_leads(link) + belief(link.callee.name), links=(link,))
        for found in call_sites(program, function)
        for link in links(program, function, found)
    ]
    gaps = function.body.gaps
    notes = (f"{gaps} {'place' if gaps == 1 else 'places'} of {function.name}() could not be read",) if gaps else ()
    says = f"{function.name}() makes {len(chains)} {'call' if len(chains) == 1 else 'calls'}, macros expanded"
    return Answer(question="callees", about=(node(function),), says=says, chains=tuple(chains), notes=notes)


def callers(program: Program, function: Function) -> Answer:
    """Every place that calls *function*, names it, or hands it to the kernel to be called later."""
    users = program.callers.users(function)
    chains = [chain for user in users for chain in _uses(program, user, function)]
    for entry in program.callers.entries(function):
        link = Link(
            caller=node(entry.by),
            line=entry.by.line_at(entry.at),
            code=entry.by.code_at(entry.at),
            callee=node(function),
            why=f"is {entry.call}" if entry.by == function else f"handed to {entry.call}()",
        )
        chains.append(Chain(says=f"{function.name}() {entry.context.says}", links=(link,)))
    fields = sorted(program.callers.stored_in(function))
    notes = [f"stored in the field {field}: called through it" for field in fields]
    if not users and not chains:
        notes.append(_nobody(program, function))
    count = len({chain.links[0].caller for chain in chains})
    says = f"{function.name}() is called or handed on by {count} {'function' if count == 1 else 'functions'}"
    return Answer(question="callers", about=(node(function),), says=says, chains=tuple(chains), notes=tuple(notes))


def _leads(link: Link) -> str:
    return f"line {link.line}: {link.callee}"


def _uses(program: Program, user: Function, function: Function) -> Iterator[Chain]:
    """The calls in *user* that lead to *function*, or the first place where it is named."""
    seen = False
    for found in call_sites(program, user):
        if function in found.targets.functions:
            seen = True
            (link,) = [each for each in links(program, user, found) if each.callee == node(function)]
            held = f", while {' and '.join(link.holds)}" if link.holds else ""
            yield Chain(says=f"{user.name}() calls it{held}", links=(link,))
        elif hands_on(found.site, function.name):
            seen = True
            link = handing_link(program, user, found, function)
            yield Chain(says=f"{user.name}() hands it on", links=(link,))
    if not seen:
        yield from (Chain(says=f"{user.name}() names it", links=(link,)) for link in _naming(user, function))


def _naming(user: Function, function: Function) -> Iterator[Link]:
    """The first place in the code of *user* where the name stands; none when only a comment has it."""
    code = blank_comments(user.source[user.span.body : user.span.end])
    for at in places_of(code, function.name.encode()):
        at += user.span.body - user.span.start
        line, text = user.line_at(at), user.code_at(at)
        yield Link(caller=node(user), line=line, code=text, callee=node(function), why="is named")
        return


def _nobody(program: Program, function: Function) -> str:
    files = len(program.sources.mentioning(function.name))
    return f"no function that names it was followed ({files} files mention the word; see docs/limits.md)"
