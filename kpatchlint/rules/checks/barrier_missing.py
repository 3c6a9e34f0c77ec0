# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape barrier-missing: something takes effect only after a barrier, and the function goes on without one."""

from collections.abc import Iterator

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.callers import calls_of
from kpatchlint.program.code import Function
from kpatchlint.program.guarded import is_left_without, is_never_followed
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """On *archs*, after each of ``calls`` (with *first*: whose first argument begins so) has to come a ``barrier``.

    ``everywhere``: on every path to the end; else on some. Functions whose name has *deferring* in it leave that to
    their callers by convention. ``only_in``: functions that begin so, if given. ``says``, ``fix``: for the message.
    """

    archs: tuple[str, ...]
    calls: tuple[str, ...]
    barrier: tuple[str, ...]
    everywhere: bool
    says: str
    fix: str
    first: str = ""
    deferring: str = ""
    only_in: tuple[str, ...] = ()


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a call that no barrier follows."""
    if program.sources.arch not in params.archs:
        return
    missing = is_left_without if params.everywhere else is_never_followed
    for function in scope.functions:
        if (params.deferring and params.deferring in function.name) or not _is_wanted(function, params):
            continue
        if scope.is_cut_off(function):  # it may well follow in what the mail does not show
            continue
        calls = [c for c in calls_of(function.body) if _is_meant(c, params)]
        graph = program.walker.graph(function) if calls else None
        for call in calls:
            if graph is not None and missing(graph, call.at, params.barrier):
                yield _finding(scope, rule, params, function, call)
                break


def _is_wanted(function: Function, params: Params) -> bool:
    if params.only_in and not function.name.startswith(params.only_in):
        return False
    return any(name.encode() in function.text for name in params.calls)


def _is_meant(call: ir.Call, params: Params) -> bool:
    if not isinstance(call.callee, ir.Name) or call.callee.id not in params.calls:
        return False
    return not params.first or (bool(call.args) and show(call.args[0]).startswith(params.first))


def _finding(scope: Scope, rule: Rule, params: Params, function: Function, call: ir.Call) -> Finding:
    words = Words(
        message=f"`{function.name}()` {params.says}",
        why=f"no {' or '.join(f'{b}()' for b in params.barrier)} comes after it",
        suggestion=params.fix,
    )
    return finding_at(scope, rule, function, call.at, words)
