# SPDX-License-Identifier: GPL-2.0-or-later
"""A report becomes a SARIF 2.1.0 log (OASIS), no larger than GitHub code scanning takes, the worst findings first."""

import base64
import gzip
import json
import re
from collections.abc import Collection, Sequence

from kpatchlint import __version__
from kpatchlint.engine import Report
from kpatchlint.findings.records import Severity, State
from kpatchlint.report.json import Json
from kpatchlint.report.rows import Row, build_rows, said, suppressed_rows
from kpatchlint.report.sarif_result import build_result, message
from kpatchlint.report.words import counted, damage_of, placement_phrase
from kpatchlint.rules.load import own_rules
from kpatchlint.rules.records import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

# docs.github.com, "SARIF results exceed one or more limits"; of more results it shows the first 5000 by severity
RESULTS_SHOWN = 5000
UPLOAD_MAX_BYTES = 10 * 1024 * 1024  # packed by gzip and base64

_NAME = re.compile(r"[^A-Za-z0-9]+")
_NAME_SHOWN = 60


def render_sarif(report: Report, states: Collection[State]) -> str:
    """The log as ASCII, with one run. What does not fit is left out from the mildest finding up, and counted."""
    rows = sorted(build_rows(report, states), key=lambda row: tuple(Severity).index(row.severity))
    kept = min(len(rows), RESULTS_SHOWN)
    text = _log(report, states, rows, kept)
    while kept and _is_too_large(text):
        kept //= 2
        text = _log(report, states, rows, kept)
    return text


def _is_too_large(text: str) -> bool:
    """Whether an upload would be refused; most logs are too small for it to need packing."""
    return len(text) > UPLOAD_MAX_BYTES and len(base64.b64encode(gzip.compress(text.encode()))) > UPLOAD_MAX_BYTES


def _log(report: Report, states: Collection[State], rows: Sequence[Row], kept: int) -> str:
    known = {rule.id: rule for rule in own_rules()}
    silenced = suppressed_rows(report, states)[: RESULTS_SHOWN - kept]
    ids = sorted({row.rule for row in (*rows[:kept], *(row for row, _ in silenced))})
    rules: list[Json] = [_rule(known[each]) if each in known else {"id": each} for each in ids]
    results: list[Json] = [build_result(row, ids.index(row.rule)) for row in rows[:kept]]
    results += [build_result(row, ids.index(row.rule), by) for row, by in silenced]
    driver: Json = {"name": "kpatchlint", "semanticVersion": __version__, "rules": rules}
    run: Json = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"kpatchlint/{_series_name(report)}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report, len(rows) - kept)],
        "results": results,
        "properties": {
            "kernel": said(report.tree.kernel),
            "revision": report.tree.revision,
            "arch": said(report.tree.arch),
            "rulesDigest": report.rules_digest,
        },
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _series_name(report: Report) -> str:
    """What keeps the alerts of one series apart from another's: its first subject, in letters that a URL has."""
    subject = report.patches[0].patch.subject if report.patches else "tree"
    return _NAME.sub("-", said(subject)).strip("-").lower()[:_NAME_SHOWN] or "series"


def _rule(rule: Rule) -> Json:
    what = rule.sections.get("What it reports", rule.title)
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": " ".join(what.split())},
        "help": {"text": "\n\n".join(_help(rule, "")), "markdown": "\n\n".join(_help(rule, "## "))},
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {
            "tags": [rule.kind, rule.path.split("/")[0]],
            "precision": rule.confidence.value,
            "problem.severity": "recommendation" if rule.severity is Severity.NOTE else rule.severity.value,
        },
    }


def _help(rule: Rule, mark: str) -> list[str]:
    """The rule's prose; its examples have marks for our tests in them, and most of the bytes."""
    prose = {heading: text for heading, text in rule.sections.items() if heading != "Examples"}
    parts = [part for heading, text in prose.items() for part in (f"{mark}{heading}", text)]
    return [rule.title, *parts, f"Examples: kpatchlint explain {rule.id}"]


def _invocation(report: Report, left_out_count: int) -> Json:
    """How the run went: what was odd about the patches, what could not be analysed, what is left out."""
    told: list[tuple[str, str]] = [("note", note) for note in report.notes]
    for placed in report.patches:
        subject = said(placed.patch.subject)
        told.append(("note", f"{subject}: {placed.placement.value}, {placement_phrase(placed.placement)}"))
        told += [("note", f"{subject}: {note}") for note in damage_of(placed)]
    if left_out_count:
        told.append(("warning", f"{counted(left_out_count, 'finding')} left out, the mildest: more than GitHub takes"))
    if report.unfit is not None:
        told.append(("error", str(report.unfit)))
    notifications: list[Json] = [{"level": level, "message": message(said(text))} for level, text in told]
    return {"executionSuccessful": report.unfit is None, "toolExecutionNotifications": notifications}
