# SPDX-License-Identifier: GPL-2.0-or-later
"""An audit of page-table readers becomes text for a person: what is not kept away first, the rest in short."""

import textwrap
from collections.abc import Iterator

from kpatchlint.audit import AuditReport
from kpatchlint.program.pagetable.audit_records import Audit, Entry, Row, Use, Verdict
from kpatchlint.report.words import counted
from kpatchlint.text.clean import clip, disarmed, printable

_USES = 4
_ENTRIES = 3
_CALLERS = 6
_SHOWN = 2000  # characters of a line before it is wrapped; hostile code can be longer

SECTIONS = (
    (Verdict.UNSERIALISED, "Nothing keeps these away"),
    (Verdict.DYING, "Nothing keeps these away, but the kernel is going down where they run"),
    (Verdict.ITSELF, "What takes the tables out"),
    (Verdict.LOCKED, "Kept away by something that is held"),
    (Verdict.OWNED, "Safe because whoever walks has the memory that it walks to"),
    (Verdict.OTHER_RANGE, "Never there"),
    (Verdict.BOOT, "Only while the kernel boots"),
    (Verdict.NOT_BUILT, "Not on this architecture"),
)
_IN_FULL = (Verdict.UNSERIALISED, Verdict.DYING, Verdict.ITSELF, Verdict.LOCKED, Verdict.OWNED)


def render_audit(report: AuditReport, width: int, *, every_row: bool = False) -> str:
    """The whole audit, wrapped to *width* columns; *every_row*: rows that are out of the question in full, too."""
    lines = list(_head(report))
    for verdict, title in SECTIONS:
        rows = [row for row in report.audit.rows if worst(row) is verdict]
        if rows:
            lines += ["", f"{title} ({len(rows)})"]
        for row in rows:
            lines += _row(row, report.audit) if every_row or verdict in _IN_FULL else _short(row)
    lines += ["", f"{row_summary(report.audit)}; {report.elapsed_s:.1f} s"]
    return "".join(f"{disarmed(wrapped)}\n" for line in lines for wrapped in _wrap(line, width))


def worst(row: Row) -> Verdict:
    """The verdict that a row stands under: the first of the sections that any range gives it."""
    given = {judgement.verdict for judgement in row.judgements.values()}
    return next(verdict for verdict, _ in SECTIONS if verdict in given)


def _head(report: AuditReport) -> Iterator[str]:
    yield f"Walkers of the kernel's page tables in Linux {report.tree.kernel} ({report.tree.arch})"
    where = ", ".join(f"{says} ({name})" for name, says in report.audit.ranges.items())
    yield f"judged against tables being taken out of {where}, and freed"
    for said in report.clearing:
        yield f"  by {said}"
    yield from report.notes


def _row(row: Row, audit: Audit) -> Iterator[str]:
    changed = ", changed by the patch" if row.changed else ""
    yield f"  {row.place.function}()  {row.place.path}:{row.place.line}{changed}"
    yield f"    {row.kind.value} {row.root}, {row_range(row)}"
    for use in row.uses[:_USES]:
        yield from _use(use)
    if len(row.uses) > _USES:
        yield f"    and {counted(len(row.uses) - _USES, 'more use')}"
    yield from (f"    {said}" for said in judgement_lines(row, audit))


def row_range(row: Row) -> str:
    """The part of the address space that the row is about."""
    ranges = " and ".join(row.ranges) if row.ranges else "any address"
    return f"{ranges}{', of memory that its user has' if row.owned else ''}"


def _use(use: Use) -> Iterator[str]:
    way = " > ".join(place.function for place in use.path)
    yield f"    used: {way}, at {use.place.path}:{use.place.line}" + (f" ({use.address})" if use.address else "")
    if use.held:
        yield f"      held: {', '.join(use.held)}"
    for entry in use.entries[:_ENTRIES]:
        yield f"      entered through {_entry(entry)}"
    if len(use.entries) > _ENTRIES:
        yield f"      and {counted(len(use.entries) - _ENTRIES, 'more way')} in"
    if len(use.callers) > 1:
        more = ", ..." if len(use.callers) > _CALLERS else ""
        yield f"      called by {counted(len(use.callers), 'function')}: {', '.join(use.callers[:_CALLERS])}{more}"


def _entry(entry: Entry) -> str:
    guards = ", ".join(f"{g.name} ({g.by}())" for g in entry.guards)
    way = " > ".join(place.function for place in entry.path)
    return entry.said + (f", with {guards}" if guards else "") + (f": {way}" if way and not guards else "")


def judgement_lines(row: Row, audit: Audit) -> Iterator[str]:
    """One line for each verdict and reason, with the ranges that share it."""
    shared: dict[tuple[Verdict, str], list[str]] = {}
    for name in audit.ranges:
        judgement = row.judgements[name]
        shared.setdefault((judgement.verdict, judgement.why), []).append(name)
    for (verdict, why), names in shared.items():
        yield f"{', '.join(names)}: {verdict.value}: {why}"


def _short(row: Row) -> Iterator[str]:
    reason = next(iter(row.judgements.values())).why
    count = f", {counted(len(row.uses), 'use')}" if len(row.uses) > 1 else ""
    yield f"  {row.place.function}()  {row.place.path}:{row.place.line}  {row.kind.value}{count}: {reason}"


def row_summary(audit: Audit) -> str:
    """How much there is, and how much of it is open."""
    uses = sum(len(row.uses) for row in audit.rows)
    open_count = len(audit.unserialised())
    return (
        f"{counted(len(audit.rows), 'row')}, {counted(uses, 'use')}; "
        f"{open_count} not serialised against tables being taken out"
    )


def _wrap(line: str, width: int) -> list[str]:
    indent = len(line) - len(line.lstrip())
    return textwrap.wrap(
        clip(printable(line, tab=" "), _SHOWN),
        max(width, 40),
        subsequent_indent=" " * (indent + 4),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]
