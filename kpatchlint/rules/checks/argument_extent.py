# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape argument-extent: a call is given an object and a size that is not the object's in every configuration."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.parse import parse_expression
from kpatchlint.facts.show import show
from kpatchlint.findings.records import Finding, Step
from kpatchlint.program import Program, Scope
from kpatchlint.program.callers import calls_of
from kpatchlint.program.code import Function
from kpatchlint.program.extents import Folder, Pointee, pointee
from kpatchlint.program.words import Configuration, SizedObject
from kpatchlint.rules.checks import _paths
from kpatchlint.rules.records import Rule


class SizedCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``call`` works on *size* bytes at each of *pointers*; both are places among its arguments, from 0."""

    call: str
    pointers: tuple[int, ...]
    size: int


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``object``: an id from vocabulary/objects.toml; ``size``: the macro that is wrong for it, in one of ``calls``."""

    object: str
    size: str
    calls: tuple[SizedCall, ...]


@dataclass(frozen=True, slots=True)
class _Mismatch:
    configuration: Configuration
    given_bytes: int
    object_bytes: int


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a call whose size is *size* and provably not the object's in some configuration."""
    shape = program.lexicon.objects[params.object]
    arch = program.sources.arch
    folders = [Folder(program, c) for c in program.lexicon.configurations if c.arch == arch]
    calls = {c.call: c for c in params.calls}
    for function in scope.functions:
        if not any(name.encode() in function.text for name in calls):
            continue
        for call in calls_of(function.body):
            sized = calls.get(call.callee.id) if isinstance(call.callee, ir.Name) else None
            if sized is None or sized.size >= len(call.args):
                continue
            if not _is_size(call.args[sized.size], params.size, function.path, folders):
                continue
            for number in sized.pointers:
                target = pointee(program, function, call.args[number], shape)
                found = _mismatches(target, call.args[sized.size], shape, function.path, folders)
                if target is not None and found:
                    yield _finding(scope, rule, (function, call, target, params.size), shape, found)
                    break


def _is_size(given: ir.Expr, size: str, near: str, folders: list[Folder]) -> bool:
    """Whether the expression is what *size* is, in every configuration: ``1 << PAGE_SHIFT`` is PAGE_SIZE."""
    wanted = parse_expression(size.encode())
    pairs = [(f.fold(given, near), f.fold(wanted, near)) for f in folders]
    return bool(pairs) and all(a is not None and a == b for a, b in pairs)


def _mismatches(
    target: Pointee | None, given: ir.Expr, shape: SizedObject, near: str, folders: list[Folder]
) -> list[_Mismatch]:
    if target is None or target.count is None:
        return []
    found = []
    for folder in folders:
        count, given_bytes = folder.fold(target.count, near), folder.fold(given, near)
        element = folder.configuration.sizes.get(shape.type)
        if count is not None and given_bytes and element and count and count * element != given_bytes:
            found.append(_Mismatch(folder.configuration, given_bytes, count * element))
    return found


def _finding(
    scope: Scope,
    rule: Rule,
    at: tuple[Function, ir.Call, Pointee, str],
    shape: SizedObject,
    found: list[_Mismatch],
) -> Finding:
    function, call, target, size = at
    worst = max(found, key=lambda m: max(m.given_bytes / m.object_bytes, m.object_bytes / m.given_bytes))
    severity, confidence = _paths.in_fragment(scope, (function,), (rule.severity, rule.confidence))
    relation = "past the end of" if worst.given_bytes > worst.object_bytes else "only part of"
    name = show(call.callee)
    return Finding(
        rule=rule.id,
        kind=rule.kind,
        severity=severity,
        confidence=confidence,
        path=function.path,
        line=function.line_at(call.at),
        function=function.name,
        message=(
            f"`{name}()` takes {size} for `{target.name}`, which is {shape.says}: with {worst.configuration.name} "
            f"that is {worst.object_bytes} bytes, so {worst.given_bytes} bytes are {relation} it"
        ),
        suggestion=f"s/{size}/{shape.size}/",
        chain=(
            Step(
                path=function.path,
                line=function.line_at(call.at),
                function=function.name,
                code=function.code_at(call.at),
                why=f"{size} is not {shape.size} with {'; '.join(m.configuration.name for m in found)}",
            ),
        ),
    )
