# SPDX-License-Identifier: GPL-2.0-or-later
"""The audit of a finding becomes rows of a table, the ones that nothing keeps away first."""

from collections.abc import Iterator, Sequence

from kpatchlint.engine import ReportedFinding
from kpatchlint.program.pagetable.audit_records import Audit, Row, Use, Verdict
from kpatchlint.report.html_text import Table

_USES = 3  # of a row that are told
_ORDER = tuple(Verdict)  # the enum has the worst first

COLUMNS = ("walker", "what it does", "address", "holds", "entered through", "verdict")


def audit_tables(shown: Sequence[ReportedFinding]) -> Iterator[Table]:
    """One table for each audit that some finding carries; findings of one patch share theirs."""
    told: list[Audit] = []
    for finding in (each.verdict.finding for each in shown):
        if finding.audit is not None and finding.audit not in told:
            told.append(finding.audit)
            yield _table(finding.audit, finding.function)


def _table(audit: Audit, function: str) -> Table:
    where = ", ".join(f"{said} ({name})" for name, said in audit.ranges.items())
    rows = sorted(audit.rows, key=lambda row: _ORDER.index(_worst(row)))
    return Table(
        title=f"Audit: who walks the tables that {function}() takes apart",
        about=f"Every walker of the kernel's page tables, judged against tables being freed in {where}.",
        columns=COLUMNS,
        rows=tuple(_row(row) for row in rows),
    )


def _row(row: Row) -> tuple[str, ...]:
    changed = ", changed by the patch" if row.changed else ""
    uses = row.uses[:_USES]
    more = [f"and {len(row.uses) - _USES} more uses"] if len(row.uses) > _USES else []
    entries = dict.fromkeys(entry.said for use in uses for entry in use.entries)
    return (
        f"`{row.place.function}()` {row.place.path}:{row.place.line}{changed}",
        f"{row.kind.value} {row.root}",
        f"{' and '.join(row.ranges) or 'any'}{', its own memory' if row.owned else ''}",
        "; ".join(dict.fromkeys(held for use in uses for held in use.held)) or "nothing",
        "; ".join([*entries, *(_way(use) for use in uses if not use.entries), *more]) or "not known",
        "; ".join(f"{name}: {judged.verdict.value}, {judged.why}" for name, judged in row.judgements.items()),
    )


def _way(use: Use) -> str:
    return " > ".join(f"{place.function}()" for place in use.path) or f"{use.place.function}()"


def _worst(row: Row) -> Verdict:
    return min((judged.verdict for judged in row.judgements.values()), key=_ORDER.index, default=_ORDER[-1])
