# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape check-weakened: a function whose task is to say that a change is wrong says so in fewer cases than before."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.callers import calls_of
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.extents import assigned
from kpatchlint.program.scope import functions_of
from kpatchlint.program.statements import statements_of
from kpatchlint.rules.checks._claims import live_change_notes
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``functions`` are the checks, ``mask`` a variable with what may change, ``warnings`` what they call; ``fix``."""

    functions: tuple[str, ...]
    mask: str
    warnings: tuple[str, ...]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a check that a patch has changed and that lets more pass."""
    before = {f.path: f.before for f in scope.placed.files} if scope.placed is not None else {}
    for function in scope.functions:
        if function.name not in params.functions:
            continue
        twin = next(
            (f for f in functions_of(function.path, before.get(function.path)) if f.name == function.name), None
        )
        if twin is None:
            continue
        for what, at in _weaker(twin, function, params):
            words = Words(f"`{function.name}()` {what}: the fault stays, only the check goes", what, params.fix)
            yield replace(finding_at(scope, rule, function, at, words), notes=live_change_notes(scope))
            break


def _weaker(before: Function, after: Function, params: Params) -> Iterator[tuple[str, int]]:
    """What the newer version lets pass that the older one did not, with a place."""
    gained = _mask_words(after, params.mask) - _mask_words(before, params.mask)
    if gained:
        value = next(v for v in assigned(after, params.mask) if words_of(show(v)) & gained)
        yield f"takes {', '.join(sorted(gained))} for safe to change in a live entry", value.at
    passes = _returns(after, ("", "true", "1"))
    if len(passes) > len(_returns(before, ("", "true", "1"))):
        yield "excuses one more case", passes[-1] if len(passes) == 1 else _newest(before, after)
    if len(_returns(after, ("false", "0"))) < len(_returns(before, ("false", "0"))):
        yield "refuses one case less", 0
    if _warnings(after, params) < _warnings(before, params):
        yield "warns of one case less", 0


def _mask_words(function: Function, mask: str) -> frozenset[str]:
    return frozenset[str]().union(*(words_of(show(value)) for value in assigned(function, mask)))


def _returns(function: Function, values: tuple[str, ...]) -> list[int]:
    found = []
    for stmt in statements_of(function.body):
        if isinstance(stmt, ir.Return) and (show(stmt.value) if stmt.value is not None else "") in values:
            found.append(stmt.at)
    return found


def _newest(before: Function, after: Function) -> int:
    """The first condition of *after* that *before* does not have."""
    known = {show(s.cond) for s in statements_of(before.body) if isinstance(s, ir.If)}
    new = (s.at for s in statements_of(after.body) if isinstance(s, ir.If) and show(s.cond) not in known)
    return next(new, 0)


def _warnings(function: Function, params: Params) -> int:
    return sum(isinstance(c.callee, ir.Name) and c.callee.id in params.warnings for c in calls_of(function.body))
