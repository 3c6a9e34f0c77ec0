# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape section-mismatch: code that lives on calls code that is thrown away."""

from collections.abc import Iterator

import msgspec

from kpatchlint.findings.records import Finding, Step
from kpatchlint.program import Program, Scope
from kpatchlint.program.sections import Mismatch
from kpatchlint.rules.checks import _paths
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The shape has no parameters."""


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """Findings for every reference that a changed function makes or that is made to it."""
    seen: set[tuple[str, str]] = set()
    for function in scope.functions:
        for found in program.sections.mismatches(function):
            key = (found.user.name, found.target.name)
            if key not in seen:
                seen.add(key)
                yield _finding(scope, rule, found)


def _finding(scope: Scope, rule: Rule, found: Mismatch) -> Finding:
    user, target = found.user, found.target
    severity, confidence = _paths.in_fragment(scope, (user, target), (rule.severity, rule.confidence))
    marked = "__init" if "freed" in found.why else "__exit"
    call = Step(
        path=user.path, line=user.line_at(found.at), function=user.name, code=user.code_at(found.at), why="calls it"
    )
    head = Step(
        path=target.path,
        line=target.line,
        function=target.name,
        code=" ".join(target.head.decode(errors="replace").split()),
        why=f"is marked {marked}",
    )
    return Finding(
        rule=rule.id,
        kind=rule.kind,
        severity=severity,
        confidence=confidence,
        path=user.path,
        line=call.line,
        function=user.name,
        message=f"`{user.name}()` calls `{target.name}()`, which {found.why}",
        suggestion=f"Drop {marked} from `{target.name}()`, or mark `{user.name}()` as well if only such code calls it.",
        chain=(call, head),
    )
