# SPDX-License-Identifier: GPL-2.0-or-later
"""A program becomes the audit of its page-table readers against tables that go from where they go today."""

from kpatchlint.program import Program
from kpatchlint.program.pagetable.audit import Auditor
from kpatchlint.program.pagetable.audit_records import Audit
from kpatchlint.program.pagetable.audit_verdict import Clear

_RANGES = ("linear", "vmemmap", "vmalloc")  # memory hot-remove, and vmalloc


def usual_audit(program: Program) -> Audit:
    """Every walk, judged against whoever takes tables out there with nothing held; made once for a program."""
    return program.once("unlocked readers", program, lambda: _audit(program))


def _audit(program: Program) -> Audit:
    auditor = program.once("page-table readers", program, lambda: Auditor(program))
    return auditor.audit([Clear(name, frozenset(), frozenset()) for name in _RANGES])
