# SPDX-License-Identifier: GPL-2.0-or-later
"""A report becomes one JSON object, schema 1. Same report, same bytes."""

import json
from collections.abc import Collection

from kpatchlint import __version__
from kpatchlint.engine import Report, ReportedFinding
from kpatchlint.findings.policy import Stale, Suppressed
from kpatchlint.findings.records import State
from kpatchlint.patch.records import FileStatus
from kpatchlint.program.pagetable.audit_records import Audit
from kpatchlint.report.words import damage_of
from kpatchlint.text.clean import printable
from kpatchlint.tree.records import PlacedFile, PlacedPatch

SCHEMA = 1

Json = dict[str, "Json"] | list["Json"] | str | int | float | None


def render_json(report: Report, states: Collection[State]) -> str:
    """The object of docs/json.md, findings of *states* only, with a line feed at its end.

    Everything outside ASCII is escaped, so that no byte of a patch can act on a terminal or break a strict parser.
    """
    tool: Json = {"name": "kpatchlint", "version": __version__, "rules": report.rules_digest}
    tree: Json = {
        "kind": report.tree.kind,
        "revision": report.tree.revision,
        "kernel": report.tree.kernel,
        "arch": report.tree.arch,
    }
    whole: Json = {
        "schema": SCHEMA,
        "tool": tool,
        "tree": tree,
        "patches": [_patch(patch) for patch in report.patches],
        "findings": [_finding(shown) for shown in report.findings if shown.verdict.state in states],
        "suppressed": [_suppressed(each) for each in report.suppressed if each.verdict.state in states],
        "stale_suppressions": [_stale(each) for each in report.stale],
        "elapsed_s": round(report.elapsed_s, 3),
    }
    return json.dumps(whole, indent=1) + "\n"


def _patch(placed: PlacedPatch) -> Json:
    patch = placed.patch
    return {
        "subject": printable(patch.subject),
        "message_id": _printable_or_none(patch.message_id),
        "number": patch.number,
        "total": patch.total,
        "placement": placed.placement.value,
        "damage": [printable(said) for said in damage_of(placed)],
        "files": [_file(file) for file in placed.files],
    }


def _file(file: PlacedFile) -> Json:
    return {
        "path": printable(file.path),
        "status": _status(file.status),
        "old_blob": file.old_blob,
        "new_blob": file.new_blob,
    }


def _status(status: FileStatus) -> str:
    """The contract knows four words: a copy is a file added, a change of mode a file modified."""
    match status:
        case FileStatus.COPIED:
            return FileStatus.ADDED.value
        case FileStatus.MODE:
            return FileStatus.MODIFIED.value
        case FileStatus.MODIFIED | FileStatus.ADDED | FileStatus.DELETED | FileStatus.RENAMED:
            return str(status.value)


def _finding(shown: ReportedFinding) -> Json:
    verdict, finding = shown.verdict, shown.verdict.finding
    chain: list[Json] = [
        {
            "path": printable(step.path),
            "line": step.line,
            "function": printable(step.function),
            "code": _code(step.code),
            "why": printable(step.why),
        }
        for step in finding.chain
    ]
    conditions: list[Json] = [printable(condition) for condition in finding.conditions]
    return {
        "rule": finding.rule,
        "class": finding.kind,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "state": verdict.state.value,
        "patch": verdict.patch,
        "gone_in": verdict.gone_in,
        "path": printable(finding.path),
        "line": finding.line,
        "function": printable(finding.function),
        "message": printable(finding.message),
        "suggestion": _printable_or_none(finding.suggestion),
        "chain": chain,
        "conditions": conditions,
        "fingerprint": finding.fingerprint(),
        **({} if finding.audit is None else {"audit": _audit(finding.audit)}),
    }


def _audit(audit: Audit) -> Json:
    from kpatchlint.report.audit_json import audit_object  # few findings have one

    return audit_object(audit)


def _suppressed(silenced: Suppressed) -> Json:
    finding = silenced.verdict.finding
    return {
        "rule": finding.rule,
        "state": silenced.verdict.state.value,
        "patch": silenced.verdict.patch,
        "path": printable(finding.path),
        "line": finding.line,
        "function": printable(finding.function),
        "fingerprint": finding.fingerprint(),
        "by": silenced.by.value,
        "where": printable(silenced.where),
        "reason": printable(silenced.reason),
    }


def _stale(stale: Stale) -> Json:
    return {"by": stale.by.value, "where": printable(stale.where), "problem": printable(stale.problem)}


def _code(code: str) -> str:
    """Code of several source lines on one, as a reader quotes it."""
    return printable(" ".join(code.split()))


def _printable_or_none(text: str | None) -> str | None:
    return None if text is None else printable(text)
