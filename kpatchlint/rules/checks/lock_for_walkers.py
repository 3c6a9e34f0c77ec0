# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape lock-for-walkers: a lock is newly held around changes of the kernel's tables, and who walks them takes none."""

import re
from collections.abc import Iterator
from dataclasses import replace

import msgspec

from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.code import Function
from kpatchlint.program.pagetable.audit_records import Audit, Kind, Row, Verdict
from kpatchlint.program.scope import ChangedFile, functions_of
from kpatchlint.rules.checks._audits import usual_audit
from kpatchlint.rules.checks._claims import precedent_notes
from kpatchlint.rules.checks._place import Words, finding_on_line
from kpatchlint.rules.records import Rule

_NAMED = 8


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``lock`` as it is spelled, taken or dropped by one of ``calls``; ``fix``.

    A function that also calls something whose name ends in one of ``filling`` is let through: there the lock keeps two
    from filling one empty entry, which is what it is for.
    """

    lock: str
    calls: tuple[str, ...]
    filling: tuple[str, ...]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a file, on the first added line that takes or drops the lock."""
    pattern = re.compile(rf"\b(?:{'|'.join(params.calls)})\(&?{re.escape(params.lock)}\b")
    for file in scope.files:
        if not file.path.endswith((".c", ".h")) or params.lock.encode() not in file.source:
            continue
        lines = file.source.decode(errors="replace").split("\n")
        for number in sorted(file.lines):
            if pattern.search(lines[number - 1]) is None:
                continue
            function = _around(file, number)
            if function is None or not _is_filling(function, params):
                made = _finding(program, (rule, params), file, number, function)
                yield replace(made, notes=(*made.notes, *precedent_notes(scope)))
                break


def _around(file: ChangedFile, number: int) -> Function | None:
    """The function that a line is in; None for a line that a mail shows alone."""
    for function in functions_of(file.path, file.source):
        first = file.source.count(b"\n", 0, function.span.start) + 1
        if first <= number <= first + function.text.count(b"\n"):
            return function
    return None


def _is_filling(function: Function, params: Params) -> bool:
    return any(f"{name}(".encode() in function.text for name in params.filling)


def _finding(
    program: Program, rule: tuple[Rule, Params], file: ChangedFile, number: int, function: Function | None
) -> Finding:
    made, params = rule
    audit = usual_audit(program)
    others, without = _who_else(audit, params.lock.rpartition(".")[2])
    words = Words(
        f"what precisely is {params.lock} intended to protect here? {len(without)} of {len(others)} walks of the "
        "kernel's page tables do not take it, so holding it is neither necessary nor sufficient against them",
        "is no lock that readers of these tables take",
        params.fix,
    )
    finding = finding_on_line(made, file, number, function.name if function is not None else "", words)
    more = f" and {len(without) - _NAMED} more" if len(without) > _NAMED else ""
    note = f"without it: {', '.join(f'{name}()' for name in without[:_NAMED])}{more}"
    notes = (note, "kpatchlint audit page-table-readers shows them all")
    return replace(finding, notes=notes, audit=audit) if without else finding


def _who_else(audit: Audit, lock: str) -> tuple[list[str], list[str]]:
    """The functions that walk the kernel's tables where they may be taken out, and those of them without *lock*.

    Those that nothing else keeps away come first, then writers, then readers.
    """
    walks = sorted((row for row in audit.rows if _matters(row)), key=_rank)
    names = dict.fromkeys(row.place.function for row in walks)
    holding = {row.place.function for row in walks if any(lock in held for use in row.uses for held in use.held)}
    return list(names), [name for name in names if name not in holding]


def _matters(row: Row) -> bool:
    """Whether the walk comes to tables that are taken out, once the kernel runs and if it is built at all."""
    return any(j.verdict not in (Verdict.OTHER_RANGE, Verdict.BOOT, Verdict.NOT_BUILT) for j in row.judgements.values())


def _rank(row: Row) -> tuple[bool, bool, str, int]:
    is_open = any(judgement.verdict is Verdict.UNSERIALISED for judgement in row.judgements.values())
    return not is_open, row.kind is Kind.READS, row.place.path, row.place.line
