# SPDX-License-Identifier: GPL-2.0-or-later
"""A function that takes tables out of the kernel's page tables becomes the audit of who may be walking there."""

from collections.abc import Iterator

from kpatchlint.program import Program, Scope
from kpatchlint.program.code import Function
from kpatchlint.program.pagetable.audit import Auditor
from kpatchlint.program.pagetable.audit_records import Audit, Judgement, Row, Verdict

_NAMED = 6
_OPEN = (Verdict.UNSERIALISED, Verdict.DYING)


def audit_of(program: Program, scope: Scope, function: Function) -> Audit | None:
    """Every walk, judged against what *function* takes out with what it always holds.

    None for a tree as it is: who reviews a change wants it, a scan would ask for it again and again.
    """
    if scope.whole:
        return None
    auditor = program.once("page-table readers", program, lambda: Auditor(program))
    return auditor.audit(auditor.clears_by((function,)), scope.functions)


def notes_of(audit: Audit | None) -> tuple[str, ...]:
    """The audit in two or three sentences."""
    return tuple(_sentences(audit)) if audit is not None and audit.rows else ()


def _sentences(audit: Audit) -> Iterator[str]:
    where = " or ".join(audit.ranges.values())
    rows = sorted(audit.unserialised(), key=_order)
    yield (
        f"of {len(audit.rows)} walks of the kernel's page tables, {len(rows)} may meet tables that are taken out of "
        f"{where} (kpatchlint audit page-table-readers --patch shows all)"
    )
    for row in rows[:_NAMED]:
        place = row.place
        yield f"{place.function}() at {place.path}:{place.line} {row.kind.value} them: {_open_judgement(row).why}"
    if len(rows) > _NAMED:
        yield f"and others: {len(rows) - _NAMED}"


def _order(row: Row) -> tuple[bool, bool]:
    """Walks with nothing held first, then those whose lock the clear does not take, then dying ones."""
    judgement = _open_judgement(row)
    return judgement.verdict is Verdict.DYING, judgement.in_vain


def _open_judgement(row: Row) -> Judgement:
    return next(j for j in row.judgements.values() if j.verdict in _OPEN)
