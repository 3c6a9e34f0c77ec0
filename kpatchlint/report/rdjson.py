# SPDX-License-Identifier: GPL-2.0-or-later
"""A report becomes reviewdog's diagnostic format: one DiagnosticResult."""

import json
from collections.abc import Collection

from kpatchlint.engine import Report
from kpatchlint.findings.records import Severity, State
from kpatchlint.report.json import Json
from kpatchlint.report.rows import Fix, Place, Row, build_rows


def render_rdjson(report: Report, states: Collection[State]) -> str:
    """The object of reviewdog's proto/rdf/reviewdog.proto; columns count bytes of UTF-8 from 1."""
    diagnostics: list[Json] = [_diagnostic(row) for row in build_rows(report, states)]
    whole: Json = {"source": {"name": "kpatchlint"}, "severity": "UNKNOWN_SEVERITY", "diagnostics": diagnostics}
    return json.dumps(whole, indent=1) + "\n"


def _diagnostic(row: Row) -> Json:
    """At the changed line: reviewdog leaves out what is on a line that the patch does not touch."""
    related: list[Json] = [
        {"message": step.why or step.code, "location": _location(Place(step.path, step.line))} for step in row.steps
    ]
    found: dict[str, Json] = {
        "message": f"{row.title}: {row.sentence(at_change=True)}",
        "location": _location(row.changed),
        "severity": _severity(row.severity),
        "code": {"value": row.rule},
        "relatedLocations": related,
    }
    if row.fix is not None and row.changed == row.fault:
        found["suggestions"] = [_suggestion(row.fault.line, row.fix)]
    return found


def _location(place: Place) -> Json:
    return {"path": place.path, "range": {"start": {"line": place.line}}}


def _suggestion(line: int, fix: Fix) -> Json:
    start = _size(fix.before) + 1
    end = start + _size(fix.old)
    return {"range": {"start": {"line": line, "column": start}, "end": {"line": line, "column": end}}, "text": fix.text}


def _size(text: str) -> int:
    return len(text.encode(errors="surrogateescape"))


def _severity(severity: Severity) -> str:
    match severity:
        case Severity.ERROR:
            return "ERROR"
        case Severity.WARNING:
            return "WARNING"
        case Severity.NOTE:
            return "INFO"
