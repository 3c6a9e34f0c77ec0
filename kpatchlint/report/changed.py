# SPDX-License-Identifier: GPL-2.0-or-later
"""A verdict's patch becomes the lines that it changes, on the side of the patch that the verdict is about."""

from collections.abc import Mapping

from kpatchlint.engine import Report
from kpatchlint.findings.records import State, Verdict


def changed_lines(report: Report, verdict: Verdict) -> Mapping[str, frozenset[int]]:
    """Path -> line numbers (from 1) that the patch adds or, for a fixed finding, takes away; none without a patch."""
    if not 1 <= verdict.patch <= len(report.patches) or verdict.state is State.PREEXISTING:
        return {}
    if verdict.state is State.FIXED:
        return {f.old_path or f.path: f.removed_lines for f in report.patches[verdict.patch - 1].files}
    return report.added[verdict.patch - 1]
