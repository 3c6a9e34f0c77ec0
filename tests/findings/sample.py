# SPDX-License-Identifier: GPL-2.0-or-later
"""Small findings for the tests of comparison, report and CLI."""

import dataclasses

from kpatchlint.findings.records import Confidence, Finding, Severity, Step

CALL = Step(path="mm/a.c", line=20, function="remap", code="grab(GFP_KERNEL);", why="passes GFP_KERNEL")
FAULT = Step(path="mm/b.c", line=40, function="grab", code="return kmalloc(64, gfp);", why="may sleep")

SLEEP = Finding(
    rule="gfp-sleep-in-stop-machine",
    kind="sleep-in-atomic",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    path="mm/b.c",
    line=40,
    function="grab",
    message="kmalloc() may sleep here",
    chain=(CALL, FAULT),
)


def at(finding: Finding, line: int) -> Finding:
    """The same finding further down in its file, its last step with it."""
    chain = finding.chain
    if chain:
        chain = (*chain[:-1], dataclasses.replace(chain[-1], line=line))
    return dataclasses.replace(finding, line=line, chain=chain)


def within(finding: Finding, function: str) -> Finding:
    """The same fault in another function."""
    return dataclasses.replace(finding, function=function)
