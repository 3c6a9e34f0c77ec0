# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape flag-choice: how a mapping is made is chosen by another condition than where the same is mapped elsewhere."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.scope import functions_of
from kpatchlint.program.statements import statements_of
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Flags whose names end in ``flags_end``, but for those of ``except``; ``fix``.

    ``fault`` "narrower": set under a test that is only a part of what another function of the file tests for it.
    "unconditional": set whatever the configuration, in one of *functions*.
    """

    fault: Literal["narrower", "unconditional"]
    flags_end: str
    harmless: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a function and flag."""
    for function in scope.functions:
        if params.flags_end.encode() not in function.text:
            continue
        found = _narrower(program, function, params) if params.fault == "narrower" else _fixed(function, params)
        for at, words in found:
            yield finding_at(scope, rule, function, at, words)
            break


def _narrower(program: Program, function: Function, params: Params) -> Iterator[tuple[int, Words]]:
    own = list(_chosen(function, params))
    if not own:
        return
    others = [f for f in functions_of(function.path, function.source) if f.name != function.name]
    for at, test, flags in own:
        for other in others:
            for _, wider, same in _chosen(other, params) if params.flags_end.encode() in other.text else ():
                if test != wider and flags & same and _includes(program, other, wider, test):
                    message = (
                        f"`{function.name}()` sets {', '.join(sorted(flags & same))} if {test}(), where "
                        f"`{other.name}()` asks {wider}(), which is more: the same memory is mapped in two ways"
                    )
                    yield at, Words(message, f"only if {test}()", params.fix.format(test=wider))
                    return


def _chosen(function: Function, params: Params) -> Iterator[tuple[int, str, frozenset[str]]]:
    """(offset, predicate, flags) of each ``if (predicate()) flags |= ...``."""
    for stmt in statements_of(function.body):
        match stmt:
            case ir.If(cond=ir.Call(callee=ir.Name(id=test), args=())):
                words = frozenset[str]().union(*(words_of(show(s.expr)) for s in stmt.then if isinstance(s, ir.Do)))
                flags = frozenset(w for w in words if w.endswith(params.flags_end))
                if flags:
                    yield stmt.at, test, flags
            case _:
                pass


def _includes(program: Program, near: Function, wider: str, test: str) -> bool:
    """Whether the one predicate is true whenever the other is: its own definition asks for it."""
    return any(test in words_of(f.text.decode(errors="replace")) for f in program.resolver.functions(wider, near.path))


def _fixed(function: Function, params: Params) -> Iterator[tuple[int, Words]]:
    if function.name not in params.functions:
        return
    for stmt in function.body.body:  # at the top: under no condition
        match stmt:
            case ir.Declare(init=value) if value is not None:
                found = words_of(show(value))
            case ir.Do(expr=ir.Assign(op="=" | "|=", value=value)):
                found = words_of(show(value))
            case _:
                continue
        flags = sorted(w for w in found if w.endswith(params.flags_end) and w not in params.harmless)
        if flags:
            message = f"`{function.name}()` forbids large mappings always ({', '.join(flags)}), to make removal easy"
            yield stmt.at, Words(message, "set whatever the configuration", params.fix)
