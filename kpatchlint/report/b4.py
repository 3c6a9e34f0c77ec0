# SPDX-License-Identifier: GPL-2.0-or-later
"""A report becomes what b4 reads from a checker: lines for ``*-perpatch-check-cmd``, JSON for ``b4 review``.

b4 (0.16, ``LoreMessage.run_local_check`` and ``review/checks.py``) takes any line on stdout for a warning, one with
``ERROR:`` in it for a failure, any line on stderr for a failure, and silence for success. So nothing but findings is
said, and what could not be analysed is a finding: silence would read as "clean".
"""

import json
from collections import Counter
from collections.abc import Collection

from kpatchlint import __version__
from kpatchlint.engine import Report
from kpatchlint.findings.records import Severity, State
from kpatchlint.report.json import Json
from kpatchlint.report.rows import Row, build_rows, said
from kpatchlint.report.terse import terse_line
from kpatchlint.report.words import counted, placement_phrase
from kpatchlint.text.errors import KpatchlintError
from kpatchlint.tree.records import Placement

_TOOL = "kpatchlint"
_NO_PLACE = (Placement.PARTIAL, Placement.FRAGMENT)


def render_b4(report: Report, states: Collection[State]) -> str:
    """One line a finding, as ``terse`` has it, and nothing else; no line at all when there is none."""
    if report.unfit is not None:
        return render_b4_failure(report.unfit)
    return "".join(f"{terse_line(row)}\n" for row in build_rows(report, states))


def render_b4_failure(error: KpatchlintError) -> str:
    """A patch that could not be analysed, as a warning on its first line."""
    return f"-:1: WARNING: [not-analysed] {said(str(error))}\n"


def render_b4_json(report: Report, states: Collection[State]) -> str:
    """The list of one result that ``b4.review-perpatch-check-cmd`` and ``-series-check-cmd`` expect."""
    if report.unfit is not None:
        return render_b4_json_failure(report.unfit)
    rows = build_rows(report, states)
    counts = Counter(row.severity for row in rows)
    status = "fail" if counts[Severity.ERROR] else "warn" if counts[Severity.WARNING] else "pass"
    told = [counted(counts[severity], severity.value) for severity in Severity if counts[severity]]
    doubts = [placement_phrase(p) for p in dict.fromkeys(x.placement for x in report.patches) if p in _NO_PLACE]
    details: list[Json] = [_detail(row) for row in rows]
    return _results(status, "; ".join([", ".join(told) or "nothing found", *doubts]), details, _tool(report))


def _tool(report: Report) -> str:
    """b4 shows one result a tool and mail, and the series' beside its first mail, which has a result of its own."""
    mails = {placed.patch.number for placed in report.patches}
    return f"{_TOOL}-series" if len(mails) > 1 else _TOOL


def render_b4_json_failure(error: KpatchlintError) -> str:
    """A patch that could not be analysed is a warning: it has not failed, nobody has looked."""
    return _results("warn", f"not analysed: {said(str(error))}", [])


def _detail(row: Row) -> Json:
    status = {Severity.ERROR: "fail", Severity.WARNING: "warn", Severity.NOTE: "pass"}[row.severity]
    return {
        "status": status,
        "context": row.rule,
        "state": row.severity.value,
        "description": f"{row.fault}: {row.sentence()}",
        "srcline": row.code,
    }


def _results(status: str, summary: str, details: list[Json], tool: str = _TOOL) -> str:
    """``details`` is a string that holds JSON; b4 shows a list in it line by line."""
    result: Json = {
        "tool": tool,
        "version": __version__,
        "status": status,
        "summary": summary,
        "details": json.dumps(details) if details else "",
    }
    return json.dumps([result], indent=1) + "\n"
