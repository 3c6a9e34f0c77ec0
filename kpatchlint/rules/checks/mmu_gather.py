# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape mmu-gather: what is unmapped or freed by way of a struct mmu_gather is not told to it, or not asked of it.

The gather notes the range that was unmapped (``start``, ``end``), at which levels entries were cleared
(``cleared_ptes`` ...), and whether tables were freed (``freed_tables``). The invalidation is cut to that size, so what
is missing there stays in the TLB. include/asm-generic/tlb.h says what each field is for.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.macros import find_macros
from kpatchlint.facts.parse import parse_macro
from kpatchlint.facts.show import show
from kpatchlint.facts.traverse import calls_in, parts_of
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.callers import calls_of
from kpatchlint.program.code import Function
from kpatchlint.program.scope import ChangedFile
from kpatchlint.program.statements import expressions_of
from kpatchlint.rules.checks._place import Words, finding_at, finding_on_line
from kpatchlint.rules.records import Rule

_DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)\(", re.MULTILINE)
_CLEARED = re.compile(r"->cleared_\w+$")
_DEEP = 3


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``fault``: what to look for; ``fix``.

    "level-claimed": that entries of one level only were cleared is concluded without asking whether tables were freed.
    "tables-not-asked": on *archs*, one of *functions* never asks whether tables were freed.
    "entry-not-told": on some way through a macro, one of *hooks* is called and none of *records*.
    """

    fault: Literal["level-claimed", "tables-not-asked", "entry-not-told"]
    fix: str
    archs: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    records: tuple[str, ...] = ()


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a function or macro."""
    if params.fault == "entry-not-told":
        for file in scope.files:
            yield from _not_told(rule, params, file)
        return
    for function in scope.functions:
        if b"struct mmu_gather" not in function.head:
            continue
        if params.fault == "level-claimed":
            yield from _claimed(scope, rule, params, function)
        elif function.name in params.functions and program.sources.arch in params.archs:
            yield from _not_asked(program, scope, rule, params, function)


def _claimed(scope: Scope, rule: Rule, params: Params, function: Function) -> Iterator[Finding]:
    """``cleared_ptes && !(cleared_pmds || ...)`` in a function that never names ``freed_tables``."""
    if b"freed_tables" in function.text:
        return
    for whole in expressions_of(function.body):
        if _is_exclusive(whole):
            words = Words(
                f"`{function.name}()` takes it that entries of one level only were cleared, and does not ask whether "
                "tables were freed: then walk caches of the levels above have to go, too",
                "says which one level the invalidation is for",
                params.fix,
            )
            yield finding_at(scope, rule, function, whole.at, words)
            return


def _is_exclusive(expr: ir.Expr) -> bool:
    match expr:
        case ir.Binary(op="&&", left=left, right=ir.Unary(op="!", operand=others)):
            return bool(_CLEARED.search(show(left))) and "->cleared_" in show(others)
        case _:
            return any(_is_exclusive(part) for part in parts_of(expr))


def _not_asked(program: Program, scope: Scope, rule: Rule, params: Params, function: Function) -> Iterator[Finding]:
    if _asks(program, function, _DEEP):
        return
    ranged = next((c for c in calls_of(function.body) if any(_is_range(arg) for arg in c.args)), None)
    if ranged is None:
        return  # everything is invalidated, whatever the gather says
    words = Words(
        f"`{function.name}()` invalidates the range that was unmapped, and never asks whether tables were freed: what "
        "walks have cached of them stays, and they are used for something else",
        "cut to the range, tables or not",
        params.fix,
    )
    yield finding_at(scope, rule, function, ranged.at, words)


def _asks(program: Program, function: Function, depth: int) -> bool:
    """Whether the function, or one that it hands the gather on to, names ``freed_tables``."""
    if b"freed_tables" in function.text:
        return True
    names = {p.name for p in function.body.params if "mmu_gather" in p.type}
    for call in calls_of(function.body):
        is_handed_on = any(isinstance(arg, ir.Name) and arg.id in names for arg in call.args)
        if depth and is_handed_on and isinstance(call.callee, ir.Name):
            targets = program.resolver.functions(call.callee.id, function.path)
            if any(_asks(program, target, depth - 1) for target in targets):
                return True
    return False


def _is_range(expr: ir.Expr) -> bool:
    match expr:
        case ir.Member(field="start" | "end"):
            return True
        case _:
            return any(_is_range(part) for part in parts_of(expr))


def _not_told(rule: Rule, params: Params, file: ChangedFile) -> Iterator[Finding]:
    """Macros of which a line changed, and that some way leads through to a hook past every record."""
    if not any(name.encode() in file.source for name in params.hooks):
        return
    for name in dict.fromkeys(_DEFINE.findall(file.source.decode(errors="replace"))):
        for macro in find_macros(file.source, name):
            first = file.source.count(b"\n", 0, macro.start) + 1
            last = first + _continued(file.source, macro.start)
            if macro.params is None or not any(line in file.lines for line in range(first, last + 1)):
                continue
            body = parse_macro(name, macro.params, macro.body).body
            if _calls(body, params.hooks) and _calls(body, params.records) and not _always(body, params.records):
                words = Words(
                    f"on a way through {name}() the entry is removed and the gather is not told: what it maps is left "
                    "out of the range to invalidate",
                    f"not every way comes to {' or '.join(f'{r}()' for r in params.records)}",
                    params.fix,
                )
                yield finding_on_line(rule, file, first, name, words)


def _continued(source: bytes, start: int) -> int:
    """How many lines a directive goes on for."""
    count, at = 0, start
    while (end := source.find(b"\n", at)) > 0 and source[end - 1 : end] == b"\\":
        count, at = count + 1, end + 1
    return count


def _calls(stmts: Iterable[ir.Stmt], names: tuple[str, ...]) -> bool:
    body = ir.Body("", (), "", "", tuple(stmts))
    return any(isinstance(c.callee, ir.Name) and c.callee.id in names for c in calls_of(body))


def _always(stmts: Iterable[ir.Stmt], names: tuple[str, ...]) -> bool:
    """Whether every way through the statements calls one of *names*."""
    for stmt in stmts:
        match stmt:
            case ir.If():
                found = _always(stmt.then, names) and _always(stmt.other, names)
            case ir.Loop(kind="do") | ir.Block() | ir.Scoped():
                found = _always(stmt.body, names)
            case ir.Do():
                found = any(isinstance(c.callee, ir.Name) and c.callee.id in names for c in calls_in(stmt.expr))
            case _:
                found = False
        if found:
            return True
    return False
