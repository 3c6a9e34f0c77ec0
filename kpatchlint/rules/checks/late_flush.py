# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape late-flush: an entry is cleared under a lock, and the TLB is invalidated when the lock is gone."""

from collections.abc import Iterator

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.callers import calls_of
from kpatchlint.program.guarded import comes_too_late
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """After one of ``clears``, one of ``flushes`` has to come before one of ``unlocks``; ``fix``."""

    clears: tuple[str, ...]
    unlocks: tuple[str, ...]
    flushes: tuple[str, ...]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a clear that is only invalidated behind the unlock."""
    for function in scope.functions:
        text = function.text
        if not all(any(n.encode() in text for n in names) for names in (params.clears, params.unlocks, params.flushes)):
            continue
        for call in calls_of(function.body):
            if (
                not isinstance(call.callee, ir.Name)
                or call.callee.id not in params.clears
                or scope.is_cut_off(function)
            ):
                continue
            if comes_too_late(program.walker.graph(function), call.at, params.unlocks, params.flushes):
                words = Words(
                    f"`{show(call.callee)}()` clears an entry, and the TLB is invalidated only after the lock is gone: "
                    "until then another CPU writes through the old entry to a page that has moved or is freed",
                    "cleared under the lock, and no invalidation before the lock is dropped",
                    params.fix,
                )
                yield finding_at(scope, rule, function, call.at, words)
                break
