# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape partial-block-clear: a walk over a range clears a block entry that may map more than the range."""

import re
from collections.abc import Iterator
from functools import partial

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import is_discarded
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.extents import assigned
from kpatchlint.program.guarded import is_reached_untested
from kpatchlint.program.pagetable.events import Clear
from kpatchlint.program.pagetable.marks import Fact
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``levels`` whose blocks can be larger than what is removed at a time; ``fix``.

    With ``group``, it is a group of entries that is larger, and a call of one of these says whether there is one.
    """

    levels: tuple[str, ...]
    group: tuple[str, ...] = ()
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a clear of a block that no test has compared with the range."""
    tables = program.page_tables
    for function in scope.functions:
        if is_discarded(function):
            continue
        for clear in tables.events(function).clears:
            if clear.was is not Fact.LEAF or clear.level not in params.levels:
                continue
            step = _step_call(function, clear.level)
            if step is None or not tables.is_kernel(function, clear.entry):
                continue
            test = (
                partial(_is_group_test, params.group) if params.group else partial(_is_size_test, function, clear.level)
            )
            if is_reached_untested(program.walker.graph(function), clear.at, test):
                yield _finding(scope, rule, params, function, clear)


def _step_call(function: Function, level: str) -> re.Match[bytes] | None:
    """``next = pud_addr_end(addr, end)``: the walk may begin and end within an entry's reach."""
    return re.search(rf"\b{level}_addr_end\s*\(".encode(), function.text)


def _is_size_test(function: Function, level: str, test: ir.Expr) -> bool:
    """A test that knows how much the entry maps: its size or mask, alignment, or the length of this step."""
    words = words_of(show(test))
    for name in tuple(words):
        for origin in assigned(function, name):
            words |= words_of(show(origin)) if not isinstance(origin, ir.Call) else frozenset()
    sizes = {f"{level.upper()}_SIZE", f"{level.upper()}_MASK", f"{level.upper()}_SHIFT", "IS_ALIGNED"}
    return bool(words & sizes) or _has_difference(test)


def _is_group_test(names: tuple[str, ...], test: ir.Expr) -> bool:
    return not words_of(show(test)).isdisjoint(names)


def _has_difference(test: ir.Expr) -> bool:
    match test:
        case ir.Binary(op="-"):
            return True
        case ir.Binary():
            return _has_difference(test.left) or _has_difference(test.right)
        case _:
            return False


def _finding(scope: Scope, rule: Rule, params: Params, function: Function, clear: Clear) -> Finding:
    if params.group:
        says = (
            f"clears a {clear.level} block that may be one of a contiguous group, and the range may cover a part of it"
        )
        why = f"one {clear.level} entry is cleared; the TLB may hold one for the whole group"
    else:
        says = f"clears a {clear.level} block without looking whether the range covers all of it"
        why = f"the whole {clear.level} block is cleared, however little of it the range covers"
    words = Words(
        message=f"`{function.name}()` {says}: if only a part is removed, memory that is in use loses its mapping",
        why=why,
        suggestion=params.fix,
    )
    return finding_at(scope, rule, function, clear.at, words)
