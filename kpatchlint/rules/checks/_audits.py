# SPDX-License-Identifier: GPL-2.0-or-later
"""A program becomes the audit of its page-table readers against tables that go from where they go today."""

from collections.abc import Collection

from kpatchlint.program import Program
from kpatchlint.program.code import Function
from kpatchlint.program.pagetable.audit import USUAL_RANGES, Auditor
from kpatchlint.program.pagetable.audit_records import Audit, Row
from kpatchlint.program.pagetable.audit_verdict import Clear


def usual_audit(program: Program) -> Audit:
    """Every walk, judged against whoever takes tables out there with nothing held; made once for a program."""
    return program.once("unlocked readers", program, lambda: _audit(program))


def usual_rows(program: Program, functions: Collection[Function]) -> tuple[Row, ...]:
    """The walks that begin in *functions*, judged in the same way; a small part of the whole audit's cost."""
    return _auditor(program).rows_in(functions, _clears())


def _audit(program: Program) -> Audit:
    return _auditor(program).audit(_clears())


def _auditor(program: Program) -> Auditor:
    return program.once("page-table readers", program, lambda: Auditor(program))


def _clears() -> list[Clear]:
    return [Clear(name, frozenset(), frozenset()) for name in USUAL_RANGES]
