# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever the report, it is one screen, and its end says how to go on."""

import dataclasses
import unicodedata

import pytest

from kpatchlint.engine import Report, ReportedFinding
from kpatchlint.findings.records import State
from kpatchlint.integrations.screen import LINES, WIDTH, render_screen
from tests.findings.sample import within
from tests.report.sample import EVERY_STATE, HOSTILE, LASTING, report, verdict

BYPASS = "to send all the same: git send-email --no-validate"


def many(count: int) -> Report:
    findings = [verdict(within(LASTING, f"function_{n}"), State.INTRODUCED, 2) for n in range(count)]
    return report(*(ReportedFinding(verdict=each, title="t") for each in findings))


@pytest.mark.parametrize("whole", [EVERY_STATE, HOSTILE, many(1), many(60)], ids=["states", "hostile", "one", "sixty"])
@pytest.mark.parametrize("is_refused", [True, False], ids=["refused", "let pass"])
def test_it_is_one_screen(whole: Report, is_refused: bool) -> None:
    notes = ["a note " * 60] * 5
    lines = render_screen(whole, whole.findings if is_refused else (), notes).splitlines()
    assert len(lines) <= LINES
    assert max(map(len, lines)) <= WIDTH
    assert (lines[-1] == BYPASS) is is_refused
    assert not {c for line in lines for c in line if unicodedata.category(c) in ("Cc", "Cf", "Cs")}


def test_findings_that_have_no_room_are_counted() -> None:
    text = render_screen(many(60), many(60).findings, ())
    shown = text.count("error: ")
    assert f"and {60 - shown} more findings: kpatchlint check FILES shows them" in text
    assert shown > 1


def test_finding_is_told_with_its_place_path_and_patch() -> None:
    text = " ".join(render_screen(EVERY_STATE, EVERY_STATE.findings[:1], ()).split())
    assert f"error: mm/b.c:40 {LASTING.function}() [{LASTING.rule}] (patch 2/2)" in text
    assert "path: remap > grab" in text
    assert f"why: kpatchlint explain {LASTING.rule}" in text


def test_a_finding_alone_is_told_in_full() -> None:
    text = " ".join(render_screen(many(1), many(1).findings, ()).split())
    assert LASTING.message in text
    assert "made faulty by mm/a.c:" in text
    assert f"suggestion: {LASTING.suggestion}" in text


def test_nothing_found_is_one_sentence() -> None:
    clean = dataclasses.replace(EVERY_STATE, findings=())
    text = render_screen(clean, (), ())
    assert text == ("kpatchlint: 0 errors, 0 warnings, 0 notes introduced by 2 patches (Linux\n  6.12.0, arm64)\n")
