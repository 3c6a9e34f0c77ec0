# SPDX-License-Identifier: GPL-2.0-or-later
"""One finding becomes one SARIF result: its place, the path as a code flow, related places, a fix."""

import re
from urllib.parse import quote

from kpatchlint.findings.excerpts import Excerpt
from kpatchlint.findings.policy import By, Suppressed
from kpatchlint.findings.records import Severity, State, Step
from kpatchlint.program.kconfig import is_kconfig
from kpatchlint.report.json import Json
from kpatchlint.report.rows import TEXT_SHOWN, Fix, Place, Row, said
from kpatchlint.report.words import scope_name
from kpatchlint.text.clean import clip, printable

STEPS_SHOWN = 1000  # of a code flow, as GitHub shows them

_ESCAPED = re.compile(r"[\[\]\\]")


def build_result(row: Row, rule_index: int, silenced: Suppressed | None = None) -> Json:
    """The result object of SARIF 2.1.0, 3.27; with a suppression (3.35) when something silences it."""
    related = _related(row)
    result: dict[str, Json] = {
        "ruleId": row.rule,
        "ruleIndex": rule_index,
        "level": _level(row.severity),
        "baselineState": _baseline(row.state),
        "message": {"text": _text(row)},
        "locations": [_location(row.fault, row.function, row.excerpt)],
        "partialFingerprints": {"primaryLocationLineHash": row.key if ":" in row.key else f"{row.key}:1"},
        "properties": {"class": row.kind, "confidence": row.confidence, "conditions": list(row.conditions)},
    }
    if related:
        result["relatedLocations"] = related
    if row.steps:
        result["codeFlows"] = [_code_flow(row)]
    if row.fix is not None:
        result["fixes"] = [_fix(row, row.fix)]
    if silenced is not None:
        kind = "inSource" if silenced.by is By.COMMENT else "external"
        justification = said(f"{silenced.reason} ({silenced.where})")
        result["suppressions"] = [{"kind": kind, "justification": justification}]
    return result


def message(text: str) -> Json:
    """A message object with *text* as it is: nothing in it is a link or a placeholder (3.11.5, 3.11.6)."""
    return {"text": escaped(text) or "(no text)"}


def escaped(text: str) -> str:
    """Text in which a message's own syntax means nothing."""
    return _ESCAPED.sub(r"\\\g<0>", text).replace("{", "{{").replace("}", "}}")


def _text(row: Row) -> str:
    """The sentence, with a link to the changed line: ``[text](1)`` names the related location of that id."""
    parts = [escaped(part) for part in (row.message, row.remark) if part]
    if row.changed != row.fault:
        parts.append(f"made faulty by the [changed line]({len(_related(row))})")
    parts += [f"only when {escaped(', '.join(row.conditions))}"] if row.conditions else []
    parts += [escaped(note) for note in row.notes]
    parts += [f"suggestion: {escaped(row.suggestion)}"] if row.suggestion else []
    return clip("; ".join(parts), 2 * TEXT_SHOWN) or row.rule


def _related(row: Row) -> list[Json]:
    """Where the path begins, then the changed line; their ids count from 1."""
    places: list[tuple[Place, str, str]] = []
    if len(row.steps) > 1:
        entry = row.steps[0]
        places.append((Place(entry.path, entry.line), entry.function, "the path begins here"))
    if row.changed != row.fault:
        places.append((row.changed, "", "the changed line that makes it faulty"))
    return [
        {"id": number, **_located(place, function, None), "message": message(what)}
        for number, (place, function, what) in enumerate(places, start=1)
    ]


def _location(place: Place, function: str, excerpt: Excerpt | None) -> Json:
    return {**_located(place, function, excerpt)}


def _located(place: Place, function: str, excerpt: Excerpt | None) -> dict[str, Json]:
    physical: dict[str, Json] = {
        "artifactLocation": {"uri": _uri(place.path), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": place.line},
    }
    if excerpt is not None and len(excerpt.lines) > 1 and 0 <= place.line - excerpt.first < len(excerpt.lines):
        lines = [clip(printable(line), TEXT_SHOWN) for line in excerpt.lines]
        physical["contextRegion"] = {
            "startLine": excerpt.first,
            "endLine": excerpt.first + len(lines) - 1,
            "snippet": {"text": "\n".join(lines)},
        }
    found: dict[str, Json] = {"physicalLocation": physical}
    if function:
        kind = "declaration" if is_kconfig(place.path) else "function"
        found["logicalLocations"] = [{"name": function, "kind": kind}]
    return found


def _uri(path: str) -> str:
    """A relative reference below the tree's top, even when the path looks like more (RFC 3986, 4.2)."""
    return quote(path.lstrip("/")) or "."


def _code_flow(row: Row) -> Json:
    """The path from entry to fault; of one that is too long the middle is left out."""
    steps = [*enumerate(zip(row.steps, row.sources, strict=True))]
    if len(steps) > STEPS_SHOWN:
        steps = [*steps[: STEPS_SHOWN // 2], *steps[-STEPS_SHOWN // 2 :]]
    locations: list[Json] = [_flow_location(number, step, excerpt) for number, (step, excerpt) in steps]
    return {"threadFlows": [{"locations": locations}]}


def _flow_location(number: int, step: Step, excerpt: Excerpt | None) -> Json:
    scope = scope_name(step.path, step.function)
    sentence = (f"{scope}: " if scope else "") + step.code + (f" ({step.why})" if step.why else "")
    place = _located(Place(step.path, step.line), step.function, excerpt)
    return {
        "location": {**place, "message": message(sentence)},
        "nestingLevel": number,
        "executionOrder": number + 1,
        "importance": "essential",
    }


def _fix(row: Row, fix: Fix) -> Json:
    region: Json = {"startLine": row.fault.line, "startColumn": fix.start, "endColumn": fix.end}
    change: Json = {
        "artifactLocation": {"uri": _uri(row.fault.path), "uriBaseId": "%SRCROOT%"},
        "replacements": [{"deletedRegion": region, "insertedContent": {"text": fix.text}}],
    }
    return {"description": message(row.suggestion), "artifactChanges": [change]}


def _level(severity: Severity) -> str:
    match severity:
        case Severity.ERROR:
            return "error"
        case Severity.WARNING:
            return "warning"
        case Severity.NOTE:
            return "note"


def _baseline(state: State) -> str:
    match state:
        case State.INTRODUCED:
            return "new"
        case State.PREEXISTING:
            return "unchanged"
        case State.FIXED:
            return "absent"
