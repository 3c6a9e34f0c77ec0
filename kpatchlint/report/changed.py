# SPDX-License-Identifier: GPL-2.0-or-later
"""A verdict's patch becomes the lines that it changes, on the side of the patch that the verdict is about."""

from collections.abc import Mapping

from kpatchlint.engine import Report
from kpatchlint.findings.records import State, Verdict


def changed_lines(report: Report, verdict: Verdict) -> Mapping[str, frozenset[int]]:
    """Path -> line numbers (from 1) that the patch adds or, for a fixed finding, takes away; none without a patch."""
    if not 1 <= verdict.patch <= len(report.patches) or verdict.state is State.PREEXISTING:
        return {}
    files = report.patches[verdict.patch - 1].files
    if verdict.state is State.FIXED:
        return {file.old_path or file.path: file.removed_lines for file in files}
    return {file.path: file.added_lines for file in files}
