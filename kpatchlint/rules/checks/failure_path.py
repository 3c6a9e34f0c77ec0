# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape failure-path: a call has failed, and what was made before it stays, or what it should have made is used."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.findings.records import Finding, Step
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import is_discarded
from kpatchlint.program.callers import calls_of
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.failure import fails_without, kept_results, names_leading_to, used_untested
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of ``calls`` fails; ``fix``.

    ``fault`` "not-undone": what one of *makes* did before it, here or some calls down, is not undone by one of *undo*.
    "used-untested": one of *uses* is given something that the failed call was given, before its result is tested.
    """

    fault: Literal["not-undone", "used-untested"]
    calls: tuple[str, ...]
    fix: str
    makes: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a call."""
    for function in scope.functions:
        if is_discarded(function) or not any(name.encode() in function.text for name in params.calls):
            continue
        for call, result in kept_results(function):
            if not isinstance(call.callee, ir.Name) or call.callee.id not in params.calls:
                continue
            find = _not_undone if params.fault == "not-undone" else _used_untested
            found = find(program, function, (call, result), params)
            if found is not None:
                (other, at), words = found
                yield _with_step(finding_at(scope, rule, function, at, words), function, other)


_Found = tuple[tuple[tuple[int, str], int], Words] | None


def _not_undone(program: Program, function: Function, at: tuple[ir.Call, str], params: Params) -> _Found:
    call, result = at
    before = [c for c in calls_of(function.body) if c.at < call.at]
    names = names_leading_to(program, params.makes)
    made = next((c for c in before if _names_one(c, names)), None)
    if made is None or not fails_without(program.walker.graph(function), call.at, result, params.undo):
        return None
    name, what = show(call.callee), show(made.callee)
    words = Words(
        f"when `{name}()` fails, what `{what}()` has made before stays: nothing on that path takes it back",
        f"may fail, and a path goes on to the end without {' or '.join(f'{u}()' for u in params.undo)}",
        params.fix,
    )
    return ((made.at, "made here, for the same range"), call.at), words


def _names_one(call: ir.Call, names: frozenset[str]) -> bool:
    """Whether the call is of one of *names*, or hands such a function on."""
    return any(isinstance(part, ir.Name) and part.id in names for part in (call.callee, *call.args))


def _used_untested(program: Program, function: Function, at: tuple[ir.Call, str], params: Params) -> _Found:
    call, result = at
    given = frozenset[str]().union(*(words_of(show(arg)) for arg in call.args))
    graph = program.walker.graph(function)
    for use in calls_of(function.body):
        if not isinstance(use.callee, ir.Name) or use.callee.id not in params.uses or use.at < call.at:
            continue
        is_about_it = given & frozenset[str]().union(*(words_of(show(arg)) for arg in use.args))
        if is_about_it and used_untested(graph, call.at, result, use.at):
            message = (
                f"`{show(use)}` is used before `{result}` is tested: when `{show(call.callee)}()` has failed, there is "
                "nothing behind it"
            )
            words = Words(message, "used whether that worked or not", params.fix)
            return ((call.at, f"may fail; `{result}` says so"), use.at), words
    return None


def _with_step(finding: Finding, function: Function, other: tuple[int, str]) -> Finding:
    """The finding with the earlier place as the first step of its path."""
    at, why = other
    step = Step(
        path=function.path,
        line=function.line_at(at),
        function=function.name,
        code=function.code_at(at),
        why=why,
    )
    return replace(finding, chain=(step, *finding.chain))
