# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape section-mismatch: what lives on refers to what is thrown away."""

import re
from collections.abc import Iterator

import msgspec

from kpatchlint.findings.records import Finding, Step
from kpatchlint.program import Program, Scope
from kpatchlint.program.code import Function
from kpatchlint.program.sections import Mismatch, Thing
from kpatchlint.rules.checks import _paths
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``references``: which of "use", "table", "export" and "helper" the rule reports (``Mismatch.kind``)."""

    references: tuple[str, ...]


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """Findings for every reference that changed code or data makes, or that is made to it; each pair once."""
    seen: set[tuple[str, str]] = set()
    for found in program.once("section mismatches", scope, lambda: tuple(_mismatches(program, scope))):
        key = (found.user.name, found.target.name)
        if found.kind in params.references and key not in seen:
            seen.add(key)
            yield _finding(scope, rule, found)


def _mismatches(program: Program, scope: Scope) -> Iterator[Mismatch]:
    sections = program.sections
    for function in scope.functions:
        yield from sections.mismatches(function)
    for path, lines in _changed_lines(program, scope):
        yield from sections.table_mismatches(path, lines)
        for variable in sections.changed_variables(path, lines):
            yield from sections.variable_mismatches(variable)


def _changed_lines(program: Program, scope: Scope) -> Iterator[tuple[str, frozenset[int]]]:
    """The files in question with their lines: all of them when the tree is judged as it is."""
    if scope.whole:
        for path in sorted({f.path for f in scope.functions}):
            source = program.sources.read(path) or b""
            yield path, frozenset(range(1, source.count(b"\n") + 2))
    for file in scope.files:
        if file.path.endswith((".c", ".h")):
            yield file.path, file.lines


_MARK = re.compile(rb"\b__(?:init|exit)(?:data|const)?\b")


def _finding(scope: Scope, rule: Rule, found: Mismatch) -> Finding:
    user, target = found.user, found.target
    on_path = [thing for thing in (user, target) if isinstance(thing, Function)]
    severity, confidence = _paths.in_fragment(scope, on_path, (rule.severity, rule.confidence))
    mark = _MARK.search(target.head)
    marked = mark.group().decode() if mark else ""
    use = _step(user, found.at, _why(found))
    head = Step(
        path=target.path,
        line=target.line,
        function=target.name,
        code=" ".join(target.head.decode(errors="replace").split())[:160],
        why=f"is marked {marked}",
    )
    return Finding(
        rule=rule.id,
        kind=rule.kind,
        severity=severity,
        confidence=confidence,
        path=user.path,
        line=use.line,
        function=user.name,
        message=_message(found),
        suggestion=_suggestion(found, marked),
        chain=(use, head),
    )


def _step(user: Thing, at: int, why: str) -> Step:
    return Step(path=user.path, line=user.line_at(at), function=user.name, code=user.code_at(at), why=why)


def _why(found: Mismatch) -> str:
    if found.through:
        return f"`{found.through}()` brings `{found.target.name}` in here"
    match found.kind:
        case "table":
            return "holds its address"
        case "export":
            return "exports it"
        case _:
            return "calls it" if isinstance(found.target, Function) else "uses it"


def _message(found: Mismatch) -> str:
    target = _name(found.target)
    match found.kind:
        case "export":
            return f"{target} is exported, and {found.why}"
        case "table":
            return f"{_name(found.user)} refers to {target}, which {found.why}"
        case _:
            verb = "calls" if isinstance(found.target, Function) else "uses"
            return f"{_name(found.user)} {verb} {target}, which {found.why}"


def _suggestion(found: Mismatch, marked: str) -> str:
    target, user = _name(found.target), _name(found.user)
    match found.kind:
        case "export":
            return f"Drop {marked}, or the export."
        case "helper":
            return f"Mark {user} {marked}, too."
        case "table":
            return f"Drop {marked} from {target}."
        case _:
            return f"Drop {marked} from {target}, or mark {user} as well if only such code calls it."


def _name(thing: Thing) -> str:
    return f"`{thing.name}()`" if isinstance(thing, Function) else f"`{thing.name}`"
