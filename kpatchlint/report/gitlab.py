# SPDX-License-Identifier: GPL-2.0-or-later
"""A report becomes GitLab's code quality report: a JSON list of issues, told apart by their fingerprints."""

import json
from collections.abc import Collection

from kpatchlint.engine import Report
from kpatchlint.findings.records import Severity, State
from kpatchlint.report.json import Json
from kpatchlint.report.rows import Row, build_rows


def render_gitlab(report: Report, states: Collection[State]) -> str:
    """The artefact that ``artifacts:reports:codequality`` names (docs.gitlab.com, "Code Quality")."""
    issues: list[Json] = [_issue(row) for row in build_rows(report, states)]
    return json.dumps(issues, indent=1) + "\n"


def _issue(row: Row) -> Json:
    """At the changed line, where a merge request shows it; GitLab drops the second of two equal fingerprints."""
    return {
        "description": f"{row.title}: {row.sentence(at_change=True)}",
        "check_name": row.rule,
        "fingerprint": row.key,
        "severity": _severity(row.severity),
        "categories": ["Bug Risk"],
        "location": {"path": row.changed.path, "lines": {"begin": row.changed.line}},
    }


def _severity(severity: Severity) -> str:
    match severity:
        case Severity.ERROR:
            return "critical"
        case Severity.WARNING:
            return "major"
        case Severity.NOTE:
            return "info"
