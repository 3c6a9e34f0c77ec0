# SPDX-License-Identifier: GPL-2.0-or-later
"""SARIF: by the standard's rules, readable by another program's model of it, within GitHub's limits."""

import dataclasses
import gzip
import json
import random

import pytest
import sarif_pydantic  # type: ignore[import-untyped]
from hypothesis import given

from kpatchlint.engine import Report, ReportedFinding
from kpatchlint.findings.excerpts import Excerpt
from kpatchlint.findings.records import Severity, State, Step
from kpatchlint.report import sarif
from kpatchlint.report.sarif import render_sarif
from kpatchlint.report.sarif_result import STEPS_SHOWN
from kpatchlint.text.errors import NothingToAnalyse
from tests.report.sample import EVERY_STATE, HOSTILE, LASTING, report, verdict
from tests.report.sarif_rules import violations
from tests.report.test_formats import HOSTILE_TEXT, everywhere

EVERY = tuple(State)


def parsed(of: Report) -> sarif_pydantic.Sarif:
    return sarif_pydantic.Sarif.model_validate_json(render_sarif(of, EVERY))


def results(of: Report) -> list[sarif_pydantic.Result]:
    return parsed(of).runs[0].results or []


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(EVERY_STATE, id="a finding in every state"),
        pytest.param(dataclasses.replace(EVERY_STATE, findings=()), id="no finding"),
        pytest.param(dataclasses.replace(EVERY_STATE, patches=(), notes=()), id="a tree without patches"),
        pytest.param(HOSTILE, id="hostile text"),
        pytest.param(dataclasses.replace(HOSTILE, unfit=NothingToAnalyse("no place")), id="nothing analysed"),
    ],
)
def test_log_keeps_the_standard(of: Report) -> None:
    assert list(violations(json.loads(render_sarif(of, EVERY)))) == []
    parsed(of)


@given(text=HOSTILE_TEXT)
def test_log_keeps_the_standard_whatever_the_text(text: str) -> None:
    assert list(violations(json.loads(render_sarif(everywhere(text), EVERY)))) == []


def test_path_is_a_code_flow_from_entry_to_fault() -> None:
    first = results(EVERY_STATE)[0]
    assert first.code_flows is not None
    steps = first.code_flows[0].thread_flows[0].locations
    assert [step.location.physical_location.region.start_line for step in steps if step.location] == [20, 40]
    assert [step.nesting_level for step in steps] == [0, 1]


def test_changed_line_is_a_related_location_that_the_message_links_to() -> None:
    first = results(EVERY_STATE)[0]
    assert first.related_locations is not None
    assert "[changed line](2)" in (first.message.text or "")
    assert [location.id for location in first.related_locations] == [1, 2]


def test_state_is_told_as_a_difference_from_the_baseline() -> None:
    raw = json.loads(render_sarif(EVERY_STATE, EVERY))["runs"][0]["results"]
    assert [(each["baselineState"], each["level"]) for each in raw] == [
        ("new", "error"),
        ("new", "note"),
        ("absent", "note"),
        ("unchanged", "note"),
    ]


def test_equal_fingerprints_are_numbered_as_github_numbers_them() -> None:
    twins = report(*[ReportedFinding(verdict=verdict(LASTING, State.INTRODUCED, 1))] * 2)
    raw = json.loads(render_sarif(twins, EVERY))["runs"][0]["results"]
    keys = [each["partialFingerprints"]["primaryLocationLineHash"] for each in raw]
    assert keys == [f"{LASTING.fingerprint()}:1", f"{LASTING.fingerprint()}:2"]


@pytest.mark.parametrize(
    ("suggestion", "code", "columns"),
    [
        pytest.param("s/PAGE_SIZE/PGD_SIZE/", "\tmemcpy(a, b, PAGE_SIZE);", (15, 24), id="one place"),
        pytest.param("s/PAGE_SIZE/PGD_SIZE/", "f(PAGE_SIZE, PAGE_SIZE);", None, id="two places"),
        pytest.param("s/PAGE_SIZE/PGD_SIZE/", "f(PAGE_SIZE_MAX);", None, id="only part of a word"),
        pytest.param("use PGD_SIZE", "f(PAGE_SIZE);", None, id="a suggestion in prose"),
    ],
)
def test_suggestion_that_is_an_edit_becomes_a_fix(suggestion: str, code: str, columns: tuple[int, int] | None) -> None:
    finding = dataclasses.replace(LASTING, suggestion=suggestion)
    shown = ReportedFinding(verdict=verdict(finding, State.INTRODUCED, 1), excerpt=Excerpt(40, (code,)))
    fixes = results(report(shown))[0].fixes
    if columns is None:
        assert not fixes
    else:
        assert fixes
        replacement = fixes[0].artifact_changes[0].replacements[0]
        assert (replacement.deleted_region.start_column, replacement.deleted_region.end_column) == columns
        assert code[columns[0] - 1 : columns[1] - 1] == "PAGE_SIZE"


def many(count: int) -> Report:
    """Findings of all severities in no order, each with a path."""
    rng = random.Random(6)
    severities = [rng.choice(tuple(Severity)) for _ in range(count)]
    findings = [dataclasses.replace(LASTING, severity=s, line=n + 1) for n, s in enumerate(severities)]
    return report(*(ReportedFinding(verdict=verdict(finding, State.INTRODUCED, 1)) for finding in findings))


def test_more_than_github_shows_is_cut_down_to_the_worst(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "RESULTS_SHOWN", 50)
    log = json.loads(render_sarif(many(200), EVERY))
    assert list(violations(log)) == []
    levels = [each["level"] for each in log["runs"][0]["results"]]
    assert levels == ["error"] * 50
    (said,) = [n for n in log["runs"][0]["invocations"][0]["toolExecutionNotifications"] if n["level"] == "warning"]
    assert "150 findings left out" in said["message"]["text"]


def test_upload_that_would_be_too_large_is_cut_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "UPLOAD_MAX_BYTES", 8_000)
    text = render_sarif(many(300), EVERY)
    assert len(gzip.compress(text.encode())) * 4 / 3 <= 8_000
    levels = [each["level"] for each in json.loads(text)["runs"][0]["results"]]
    assert levels
    assert levels == sorted(levels, key=["error", "warning", "note"].index)


def test_long_path_loses_its_middle() -> None:
    steps = tuple(Step(path="a.c", line=n, function="f", code="f();") for n in range(1, STEPS_SHOWN + 101))
    finding = dataclasses.replace(LASTING, chain=steps)
    shown = ReportedFinding(verdict=verdict(finding, State.INTRODUCED, 1))
    (each,) = json.loads(render_sarif(report(shown), EVERY))["runs"][0]["results"]
    told = each["codeFlows"][0]["threadFlows"][0]["locations"]
    assert len(told) == STEPS_SHOWN
    assert (told[0]["nestingLevel"], told[-1]["nestingLevel"]) == (0, STEPS_SHOWN + 99)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param({"levle": "error"}, "levle", id="a misspelt property"),
        pytest.param({"level": "fatal"}, "fatal", id="an unknown level"),
        pytest.param({"ruleIndex": 99}, "", id="a rule that is not there"),
        pytest.param({"message": {"text": "see [it](7)"}}, "leads nowhere", id="a link to nothing"),
        pytest.param({"message": {"text": "{0}"}}, "placeholder", id="a placeholder without argument"),
    ],
)
def test_rules_of_the_standard_see_a_wrong_log(wrong: dict[str, object], said: str) -> None:
    log = json.loads(render_sarif(EVERY_STATE, EVERY))
    log["runs"][0]["results"][0] |= wrong
    try:
        found = list(violations(log))
    except IndexError:
        found = ["ruleIndex is beyond the rules"]
    assert found
    assert said in found[0]
