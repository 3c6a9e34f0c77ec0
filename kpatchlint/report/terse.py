# SPDX-License-Identifier: GPL-2.0-or-later
"""A report becomes lines as ``checkpatch.pl --terse --showfile --strict`` prints them, for whatever reads those."""

from collections import Counter
from collections.abc import Collection

from kpatchlint.engine import Report
from kpatchlint.findings.records import Severity, State
from kpatchlint.patch.records import LineKind
from kpatchlint.report.rows import Row, build_rows
from kpatchlint.text.clean import is_command


def render_terse(report: Report, states: Collection[State]) -> str:
    """``PATH:LINE: ERROR|WARNING|CHECK: [RULE] sentence`` for each finding, then checkpatch's line of totals."""
    rows = build_rows(report, states)
    counts = Counter(row.severity for row in rows)
    totals = (
        f"total: {counts[Severity.ERROR]} errors, {counts[Severity.WARNING]} warnings, "
        f"{counts[Severity.NOTE]} checks, {_checked(report)} lines checked"
    )
    return "".join(f"{terse_line(row)}\n" for row in rows) + f"{totals}\n"


def terse_line(row: Row) -> str:
    """One finding in the form of scripts/checkpatch.pl, ``report()`` (6.12)."""
    place = str(row.fault)
    here = "./" if is_command(place) else ""
    return f"{here}{place}: {terse_level(row.severity)}: [{row.rule}] {row.sentence()}"


def terse_level(severity: Severity) -> str:
    """checkpatch's word for a severity."""
    match severity:
        case Severity.ERROR:
            return "ERROR"
        case Severity.WARNING:
            return "WARNING"
        case Severity.NOTE:
            return "CHECK"


def _checked(report: Report) -> int:
    """Lines of the patches that are in the tree after them, as checkpatch counts them."""
    hunks = (hunk for placed in report.patches for file in placed.patch.files for hunk in file.hunks)
    return sum(line.kind is not LineKind.REMOVED for hunk in hunks for line in hunk.lines)
