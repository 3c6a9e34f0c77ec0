# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape code-hygiene: a line that a patch adds is not as kernel code is written; nothing breaks by it."""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.traverse import parts_of
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.callers import calls_of
from kpatchlint.program.code import Function
from kpatchlint.program.extents import assigned
from kpatchlint.program.statements import expressions_of, statements_of
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule

Fault = Literal["log-unfinished", "bare-errno", "inline-extern", "size-spelled-out", "truth-for-flags"]

_ERRNO = re.compile(rb"(?:\breturn|[?:]|[^=!<>]=)\s*-E[A-Z0-9]{2,}\b")
_DEEP = 3  # calls that a result is followed down


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``fault``: what to look for; ``fix``: what to do instead.

    "log-unfinished": one of *calls*, whose format is the argument that its prefix tells, ends without a newline.
    "bare-errno": -1 is returned where other results are error numbers.
    "inline-extern": ``inline`` on a function that other files are to call.
    "size-spelled-out": ``1 << X_SHIFT`` where the tree has X_SIZE.
    "truth-for-flags": true or false is given for an integer of flags.
    """

    fault: Fault
    fix: str
    calls: Mapping[str, int] = {}


_At = tuple[int, Words]


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a changed line with the fault."""
    lines = {file.path: file.lines for file in scope.files}
    for function in scope.functions:
        for at, words in _FAULTS[params.fault](program, function, params):
            if function.line_at(at) in lines.get(function.path, ()):
                yield finding_at(scope, rule, function, at, words)


def _log_unfinished(program: Program, function: Function, params: Params) -> Iterator[_At]:
    for call in calls_of(function.body):
        if not isinstance(call.callee, ir.Name) or call.callee.id not in params.calls:
            continue
        number = params.calls[call.callee.id]
        if number >= len(call.args) or not isinstance(call.args[number], ir.Text):
            continue
        end = call.args[number + 1].at if number + 1 < len(call.args) else call.end
        text = function.text[call.args[number].at : end].rstrip(b" \t\n,)")
        if text.endswith(b'"') and not text.endswith(b'\\n"'):
            words = Words(f"`{call.callee.id}()` is given a message without a newline", "ends without \\n", params.fix)
            yield call.at, words


def _bare_errno(program: Program, function: Function, params: Params) -> Iterator[_At]:
    if "int" not in function.body.specifiers.split():
        return
    returns = [s for s in statements_of(function.body) if isinstance(s, ir.Return) and s.value is not None]
    bare = [s for s in returns if isinstance(s.value, ir.Number) and s.value.value == -1]
    if bare and _gives_errno(program, function, _DEEP):
        for stmt in bare:
            message = f"`{function.name}()` returns -1, which is -EPERM to a caller that takes it for an error number"
            yield stmt.at, Words(message, "other ways out return error numbers", params.fix)


def _gives_errno(program: Program, function: Function, depth: int) -> bool:
    """Whether an error number is among the results, directly or through a call whose result is handed on."""
    if _ERRNO.search(function.text):
        return True
    if depth == 0:
        return False
    for stmt in statements_of(function.body):
        if isinstance(stmt, ir.Return) and stmt.value is not None:
            values = assigned(function, stmt.value.id) if isinstance(stmt.value, ir.Name) else iter((stmt.value,))
            for value in values:
                if isinstance(value, ir.Call) and isinstance(value.callee, ir.Name):
                    targets = program.resolver.functions(value.callee.id, function.path)
                    if any(t != function and _gives_errno(program, t, depth - 1) for t in targets):
                        return True
    return False


def _inline_extern(program: Program, function: Function, params: Params) -> Iterator[_At]:
    words = set(function.body.specifiers.split())
    if "inline" not in words or words & {"static", "extern"} or not function.path.endswith(".c"):
        return
    prototype = re.compile(rb"\b" + function.name.encode() + rb"\s*\([^;{}]*\)\s*;")
    for path in program.sources.mentioning(function.name):
        if path.endswith(".h") and prototype.search(program.sources.read(path) or b""):
            message = f"`{function.name}()` is inline, and {path} declares it for other files: no call can be inlined"
            yield 0, Words(message, "inline, with external linkage", params.fix)
            return


def _size_spelled_out(program: Program, function: Function, params: Params) -> Iterator[_At]:
    for whole in expressions_of(function.body):
        for expr, shift in _shifted_ones(whole):
            size = shift.removesuffix("_SHIFT") + "_SIZE"
            if program.resolver.macros(size, function.path):
                words = Words(f"`1 << {shift}` is {size}", "spelled out", params.fix.format(size=size))
                yield expr.at, words


def _shifted_ones(expr: ir.Expr) -> Iterator[tuple[ir.Expr, str]]:
    match expr:
        case ir.Binary(op="<<", left=ir.Number(value=1), right=ir.Name(id=shift)) if shift.endswith("_SHIFT"):
            yield expr, shift
        case _:
            for part in parts_of(expr):
                yield from _shifted_ones(part)


def _truth_for_flags(program: Program, function: Function, params: Params) -> Iterator[_At]:
    for call in calls_of(function.body):
        if not isinstance(call.callee, ir.Name):
            continue
        for number, arg in enumerate(call.args):
            if not isinstance(arg, ir.Name) or arg.id not in ("true", "false"):
                continue
            for target in program.resolver.functions(call.callee.id, function.path):
                given = target.body.params[number : number + 1]
                if any("flags" in p.name and "bool" not in p.type and "*" not in p.type for p in given):
                    message = f"`{call.callee.id}()` takes `{given[0].type} {given[0].name}` here, and gets {arg.id}"
                    yield call.at, Words(message, "a truth value for flags", params.fix)
                    break


_FAULTS: Mapping[Fault, Callable[[Program, Function, Params], Iterator[_At]]] = MappingProxyType(
    {
        "log-unfinished": _log_unfinished,
        "bare-errno": _bare_errno,
        "inline-extern": _inline_extern,
        "size-spelled-out": _size_spelled_out,
        "truth-for-flags": _truth_for_flags,
    }
)
