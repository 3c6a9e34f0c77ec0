# SPDX-License-Identifier: GPL-2.0-or-later
"""A function becomes whether it only runs at boot: discarded afterwards, or called from such code only."""

from collections.abc import Iterator
from typing import TypeGuard

from kpatchlint.facts import ir
from kpatchlint.facts.prepass import blank_comments
from kpatchlint.program.callers import Callers, calls_of
from kpatchlint.program.code import Function

_DEEP = 5
_ASSERTIONS = frozenset({"WARN_ON", "WARN_ON_ONCE", "BUG_ON", "VM_BUG_ON", "VM_WARN_ON"})


def is_discarded(function: Function) -> bool:
    """Whether the function itself is in a section that is freed after boot."""
    return b"__init" in function.head


def is_boot_only(function: Function, callers: Callers, depth: int = 0) -> bool:
    """Whether the function runs at boot only: it is discarded, or all who name it are, up to a bounded depth.

    Code that nobody names is not: who calls it cannot be told.
    """
    if is_discarded(function):
        return True
    if depth >= _DEEP:
        return False
    users = list(_users(function, callers))
    return bool(users) and all(is_boot_only(user, callers, depth + 1) for user in users)


def _users(function: Function, callers: Callers) -> Iterator[Function]:
    """Who names the function in code, not only in a comment."""
    for user in callers.users(function):
        if function.name.encode() in blank_comments(user.text):
            yield user


def asserts(function: Function, predicate: str) -> bool:
    """Whether the function warns or stops when *predicate* holds: ``WARN_ON(system_capabilities_finalized())``."""
    checks = (call for call in calls_of(function.body) if _is_call_of(call, _ASSERTIONS))
    return any(_is_call_of(arg, frozenset({predicate})) for check in checks for arg in check.args)


def _is_call_of(expr: ir.Expr, names: frozenset[str]) -> TypeGuard[ir.Call]:
    return isinstance(expr, ir.Call) and isinstance(expr.callee, ir.Name) and expr.callee.id in names
