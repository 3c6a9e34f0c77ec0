# SPDX-License-Identifier: GPL-2.0-or-later
"""Every rule runs over one program and scope; what they find is one sorted tuple."""

import functools
from collections.abc import Collection
from dataclasses import replace

from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.contexts import focus
from kpatchlint.rules.load import own_rules
from kpatchlint.rules.shapes import BoundRule, bind


@functools.cache
def own_bound_rules() -> tuple[BoundRule, ...]:
    """The rules that this installation ships, each with its check shape, those that look at a function alone first."""
    return tuple(sorted((bind(rule) for rule in own_rules()), key=lambda bound: bound.shape.follows_paths))


def find_all(program: Program, scope: Scope, only: Collection[str] | None = None) -> tuple[Finding, ...]:
    """The findings of every rule, or of those whose ids are in *only*, each once, in the order of their places."""
    if not (scope.functions or scope.files or scope.whole):
        return ()
    kept = tuple(f for f in scope.functions if not program.resolver.is_overridden(f))
    if scope.whole and scope.functions and not kept:
        return ()  # a scope without functions would ask for every entry of the tree
    if kept != scope.functions:
        scope = replace(scope, functions=kept)
    focus(program, scope)
    found: dict[tuple[str, str, int, str], Finding] = {}
    for bound in own_bound_rules():
        if only is not None and bound.rule.id not in only:
            continue
        for finding in bound.shape.check(program, scope, bound.rule, bound.params):
            key = (finding.rule, finding.path, finding.line, finding.fingerprint())
            found.setdefault(key, finding)
    return tuple(found[key] for key in sorted(found))
