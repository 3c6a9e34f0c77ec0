# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape state-faked: a state that everybody sees is changed around a call and changed back, to make the call work."""

from collections.abc import Iterator

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import is_boot_only
from kpatchlint.program.callers import calls_of
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``set`` and ``clear`` change the state of what their first argument names; ``says``, ``fix``."""

    set: str
    clear: str
    says: str
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a function that can run after boot and does both, with another call in between."""
    for function in scope.functions:
        if not all(name.encode() in function.text for name in (params.set, params.clear)):
            continue
        calls = [c for c in calls_of(function.body) if isinstance(c.callee, ir.Name)]
        for first in (c for c in calls if show(c.callee) == params.set and c.args):
            after = [c for c in calls if c.at > first.at]
            last = next((c for c in after if show(c.callee) == params.clear and c.args[:1] and _same(c, first)), None)
            between = [c for c in after if last is not None and c.end < last.at]
            if last is not None and between and not is_boot_only(function, program.callers):
                inside = show(between[0].callee)
                words = Words(
                    f"`{params.set}()` and `{params.clear}()` stand around `{inside}()`: {params.says}",
                    f"taken back by `{params.clear}()` behind the call",
                    params.fix,
                )
                yield finding_at(scope, rule, function, first.at, words)
                break


def _same(one: ir.Call, other: ir.Call) -> bool:
    return show(one.args[0]) == show(other.args[0])
