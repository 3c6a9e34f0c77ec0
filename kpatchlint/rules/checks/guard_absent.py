# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape guard-absent: an architecture can do something, and what has to refuse it in some cases is not there."""

from collections.abc import Iterator

import msgspec

from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """On ``archs``, where ``function`` is defined, some file of the architecture has to name all of ``needs``."""

    archs: tuple[str, ...]
    function: str
    needs: tuple[str, ...]
    says: str
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a definition, when the patch changes code of the architecture or the tree is judged as it is."""
    top = f"arch/{program.sources.arch}/"
    if program.sources.arch not in params.archs:
        return
    changed = [f.path for f in scope.files if f.path.startswith(top)]
    judged = [f.path for f in scope.functions if f.name == params.function] if scope.whole else changed
    if not judged:
        return
    naming = [set(program.sources.mentioning(word)) for word in params.needs]
    if any(path.startswith(top) for path in set.intersection(*naming)):
        return
    for path in program.sources.defining(params.function):
        for function in program.resolver.functions(params.function, path) if path.startswith(top) else ():
            words = Words(f"`{params.function}()` {params.says}", "nothing refuses it", params.fix)
            yield finding_at(scope, rule, function, 0, words)
