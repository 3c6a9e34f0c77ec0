# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape forbidden-definition: an architecture defines what overrides a generic function, and should not."""

from collections.abc import Iterator

import msgspec

from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """On ``archs``, a function called as one of ``functions``; ``says`` what it does, ``fix``.

    With *naming*, only one whose body names one of these.
    """

    archs: tuple[str, ...]
    functions: tuple[str, ...]
    naming: tuple[str, ...] = ()
    says: str
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a definition."""
    arch = program.sources.arch
    if arch not in params.archs:
        return
    for function in scope.functions:
        if function.name not in params.functions or not function.path.startswith(f"arch/{arch}/") or function.is_weak:
            continue
        if params.naming and not any(name.encode() in function.text for name in params.naming):
            continue
        words = Words(f"`{function.name}()` {params.says}", "overrides the generic one", params.fix)
        yield finding_at(scope, rule, function, 0, words)
