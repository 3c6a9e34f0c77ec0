# SPDX-License-Identifier: GPL-2.0-or-later
"""What SARIF 2.1.0 (OASIS, errata 01) asks of the objects that we write, as a JSON schema in our own words.

It knows only the properties that we use and refuses all others, so that a misspelt one is seen. Beside it stand the
rules that no schema can say: indexes, ids and links that have to meet.
"""

import re
from collections.abc import Iterator

import jsonschema

Schema = dict[str, "Schema"] | list["Schema"] | str | int | bool
Log = dict[str, "Log"] | list["Log"] | str | int | float | bool | None

TEXT: Schema = {"type": "string", "minLength": 1}
COUNT: Schema = {"type": "integer", "minimum": 1}
LEVEL: Schema = {"enum": ["none", "note", "warning", "error"]}
BAG: Schema = {"type": "object"}  # 3.8: a property bag holds what the tool likes


def record(required: str, properties: dict[str, Schema]) -> dict[str, Schema]:
    return {
        "type": "object",
        "required": [*required.split()],
        "properties": properties,
        "additionalProperties": False,
    }


def list_of(items: Schema, at_least: int = 0) -> Schema:
    return {"type": "array", "items": items, "minItems": at_least}


MESSAGE = record("text", {"text": TEXT})
MULTIFORMAT = record("text", {"text": TEXT, "markdown": TEXT})
# 3.4.3: an absolute URI, or a relative reference that no scheme, drive or root begins
ARTIFACT = record("uri", {"uri": {"type": "string", "pattern": r"^[A-Za-z0-9._~%/,+@=-]+$"}, "uriBaseId": TEXT})
SNIPPET = record("text", {"text": {"type": "string"}})
REGION = record(
    "startLine",
    {"startLine": COUNT, "endLine": COUNT, "startColumn": COUNT, "endColumn": COUNT, "snippet": SNIPPET},
)
PHYSICAL = record("artifactLocation", {"artifactLocation": ARTIFACT, "region": REGION, "contextRegion": REGION})
LOGICAL = record("name", {"name": TEXT, "kind": {"enum": ["function"]}})
LOCATION_PARTS: dict[str, Schema] = {
    "id": COUNT,
    "physicalLocation": PHYSICAL,
    "logicalLocations": list_of(LOGICAL),
    "message": MESSAGE,
}
LOCATION = record("physicalLocation", LOCATION_PARTS)
FLOW_LOCATION = record(
    "location",
    {
        "location": LOCATION,
        "nestingLevel": {"type": "integer", "minimum": 0},
        "executionOrder": COUNT,
        "importance": {"enum": ["important", "essential", "unimportant"]},
    },
)
CODE_FLOW = record(
    "threadFlows", {"threadFlows": list_of(record("locations", {"locations": list_of(FLOW_LOCATION, 1)}), 1)}
)
REPLACEMENT = record("deletedRegion", {"deletedRegion": REGION, "insertedContent": SNIPPET})
CHANGE = record(
    "artifactLocation replacements", {"artifactLocation": ARTIFACT, "replacements": list_of(REPLACEMENT, 1)}
)
FIX = record("artifactChanges", {"description": MESSAGE, "artifactChanges": list_of(CHANGE, 1)})
RESULT = record(
    "message ruleId",
    {
        "ruleId": TEXT,
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": LEVEL,
        "baselineState": {"enum": ["new", "unchanged", "updated", "absent"]},
        "message": MESSAGE,
        "locations": list_of(LOCATION, 1),
        "relatedLocations": list_of(LOCATION, 1),
        "codeFlows": list_of(CODE_FLOW, 1),
        "fixes": list_of(FIX, 1),
        "suppressions": list_of(record("kind", {"kind": {"enum": ["inSource", "external"]}, "justification": TEXT})),
        "partialFingerprints": {"type": "object", "additionalProperties": TEXT},
        "properties": BAG,
    },
)
RULE = record(
    "id",
    {
        "id": TEXT,
        "name": {"type": "string", "pattern": "^[A-Z][A-Za-z0-9]*$"},
        "shortDescription": MULTIFORMAT,
        "fullDescription": MULTIFORMAT,
        "help": MULTIFORMAT,
        "defaultConfiguration": record("level", {"level": LEVEL}),
        "properties": BAG,
    },
)
INVOCATION = record(
    "executionSuccessful",
    {
        "executionSuccessful": {"type": "boolean"},
        "toolExecutionNotifications": list_of(record("message", {"level": LEVEL, "message": MESSAGE})),
    },
)
DRIVER = record("name", {"name": TEXT, "semanticVersion": TEXT, "rules": list_of(RULE)})
RUN = record(
    "tool",
    {
        "tool": record("driver", {"driver": DRIVER}),
        "automationDetails": record("id", {"id": TEXT}),
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "invocations": list_of(INVOCATION),
        "results": list_of(RESULT),
        "properties": BAG,
    },
)
LOG = record("version runs", {"$schema": {"type": "string"}, "version": {"enum": ["2.1.0"]}, "runs": list_of(RUN)})

LINK = re.compile(r"(?<!\\)\[(?:[^\[\]\\]|\\.)*\]\(([^)]*)\)")


def violations(log: Log) -> Iterator[str]:
    """What is wrong with a log, as JSON path and reason."""
    for error in jsonschema.Draft202012Validator(LOG).iter_errors(log):
        yield f"{error.json_path}: {error.message[:200]}"
        return
    match log:
        case {"runs": [*runs]}:
            for run in runs:
                yield from _run_violations(run)
        case _:
            yield "no runs"


def _run_violations(run: Log) -> Iterator[str]:
    match run:
        case {"tool": {"driver": {"rules": [*rules]}}, "results": [*results]}:
            ids = [rule["id"] for rule in rules if isinstance(rule, dict)]
            if len(ids) != len(set(map(str, ids))):
                yield "two rules of one id (3.19.23)"
            for result in results:
                assert isinstance(result, dict)
                yield from _result_violations(result, ids)
        case _:
            yield "a run without results"


def _result_violations(result: dict[str, Log], rule_ids: list[Log]) -> Iterator[str]:
    index = result["ruleIndex"]
    if not isinstance(index, int) or rule_ids[index] != result["ruleId"]:
        yield "ruleIndex names another rule than ruleId (3.27.6)"
    related = result.get("relatedLocations", [])
    assert isinstance(related, list)
    ids = [str(location["id"]) for location in related if isinstance(location, dict)]
    if len(ids) != len(set(ids)):
        yield "two related locations of one id (3.28.2)"
    match result["message"]:
        case {"text": str(text)}:
            yield from (f"the link to {to} leads nowhere (3.11.6)" for to in LINK.findall(text) if to not in ids)
            if re.search(r"(?<!\{)\{(?:\{\{)*(?!\{)", text):
                yield "a lone brace is a placeholder (3.11.5)"
        case _:
            yield "a message without text"
    for inner, outer in _contexts(result):
        if not outer["startLine"] <= inner["startLine"] <= outer["endLine"] or outer["startLine"] == outer["endLine"]:
            yield "a context region that is no proper superset of its region (3.29.5)"
    for region in _regions(result):
        if region.get("endLine", region["startLine"]) < region["startLine"]:
            yield "a region that ends before it begins (3.30.7)"


def _contexts(value: Log) -> Iterator[tuple[dict[str, int], dict[str, int]]]:
    """Each region that has a context region, with it."""
    if isinstance(value, dict):
        if "contextRegion" in value:
            (inner,), (outer,) = (list(_regions(value[name])) for name in ("region", "contextRegion"))
            yield inner, outer
        for each in value.values():
            yield from _contexts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _contexts(each)


def _regions(value: Log) -> Iterator[dict[str, int]]:
    if isinstance(value, dict):
        if isinstance(value.get("startLine"), int):
            yield {key: number for key, number in value.items() if isinstance(number, int)}
        for inner in value.values():
            yield from _regions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _regions(inner)
