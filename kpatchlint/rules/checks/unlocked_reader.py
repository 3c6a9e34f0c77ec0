# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape unlocked-reader: a walk of the kernel's page tables that nothing keeps apart from tables being taken out."""

import re
from collections.abc import Iterator

import msgspec

from kpatchlint.findings.records import Finding, Step
from kpatchlint.program import Program, Scope
from kpatchlint.program.code import Function
from kpatchlint.program.pagetable.audit_records import Judgement, Kind, Place, Row, Use, Verdict
from kpatchlint.program.pagetable.plain_reads import plain_reads
from kpatchlint.rules.checks import _paths
from kpatchlint.rules.checks._audits import usual_rows
from kpatchlint.rules.records import Rule

_STARTS = re.compile(rb"\b(?:pgd_offset(?:_k|_pgd)?|pmd_off_k|virt_to_kpte)\s*\(")


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``fix``: what to do instead."""

    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a walk that a function in scope makes with nothing held, and that may meet tables that go.

    A walk under some lock is left out here: whether the one who takes tables out holds it, too, is asked where tables
    are taken out.
    """
    functions = [f for f in scope.functions if _STARTS.search(f.text)]
    rows = usual_rows(program, functions) if functions else ()
    for function in functions:
        for row in rows:
            if (row.place.path, row.place.function) == (function.path, function.name) and row.kind is Kind.READS:
                found = _open(row)
                if found is not None:
                    yield _finding(scope, (rule, params.fix), function, row, found)


def _open(row: Row) -> tuple[Use, Judgement] | None:
    """The first way to the walk that nothing speaks for."""
    for use in row.uses:
        for judgement in use.judgements.values():
            if judgement.verdict is Verdict.UNSERIALISED and not judgement.in_vain:
                return use, judgement
    return None


def _finding(
    scope: Scope, rule: tuple[Rule, str], function: Function, row: Row, found: tuple[Use, Judgement]
) -> Finding:
    (made, fix), (use, judgement) = rule, found
    severity, confidence = _paths.in_fragment(scope, (function,), (made.severity, made.confidence))
    entry = next(iter(use.entries), None)
    way = tuple(_step(place) for place in (*(entry.path if entry else ()), *use.path))
    return Finding(
        rule=made.id,
        kind=made.kind,
        severity=severity,
        confidence=confidence,
        path=row.place.path,
        line=row.place.line,
        function=row.place.function,
        message=f"`{function.name}()` walks the kernel's page tables while tables may be taken out: {judgement.why}",
        suggestion=fix,
        chain=tuple(dict.fromkeys(way)) or (_step(row.place),),
        notes=tuple(
            f"`*{name}` is read as plain memory: READ_ONCE() it once, and go on from that value (_lockless helpers)"
            for name in plain_reads(function)
        ),
    )


def _step(place: Place) -> Step:
    return Step(path=place.path, line=place.line, function=place.function, code=place.code, why=place.why)
