# SPDX-License-Identifier: GPL-2.0-or-later
"""What is silenced is counted in the text and listed in the JSON; what silences nothing is told in both."""

import dataclasses
import json

from kpatchlint.engine import Report
from kpatchlint.findings.policy import By, Stale, Suppressed
from kpatchlint.findings.records import State
from kpatchlint.report.html import render_html
from kpatchlint.report.json import render_json
from kpatchlint.report.sarif import render_sarif
from kpatchlint.report.terminal import View, render_terminal
from tests.report.sample import EVERY_STATE, LASTING, verdict
from tests.report.sarif_rules import violations

INTRODUCED = (State.INTRODUCED,)


def silenced(by: By, state: State = State.INTRODUCED) -> Suppressed:
    return Suppressed(verdict=verdict(LASTING, state, 2), by=by, where="mm/b.c:39", reason="runs before SMP")


SILENCED: Report = dataclasses.replace(
    EVERY_STATE,
    suppressed=(silenced(By.BASELINE), silenced(By.COMMENT), silenced(By.COMMENT, State.PREEXISTING)),
    stale=(Stale(By.COMMENT, "mm/c.c:7", "silences nothing: no x is found here"),),
)


def test_summary_counts_what_is_silenced_by_what_silences_it() -> None:
    text = " ".join(render_terminal(SILENCED, INTRODUCED, View(width=200)).split())
    assert "2 suppressed (1 by a comment, 1 by the baseline)" in text
    assert "suppressed" not in render_terminal(EVERY_STATE, tuple(State), View())


def test_states_that_are_shown_are_counted() -> None:
    text = " ".join(render_terminal(SILENCED, tuple(State), View(width=200)).split())
    assert "3 suppressed (2 by a comment, 1 by the baseline)" in text


def test_stale_suppression_is_told() -> None:
    text = render_terminal(SILENCED, INTRODUCED, View(width=200))
    assert "suppression without effect: mm/c.c:7: silences nothing: no x is found here\n" in text


def test_json_lists_both() -> None:
    whole = json.loads(render_json(SILENCED, INTRODUCED))
    assert [(s["rule"], s["by"], s["where"], s["reason"], s["fingerprint"]) for s in whole["suppressed"]] == [
        (LASTING.rule, by, "mm/b.c:39", "runs before SMP", LASTING.fingerprint()) for by in ("baseline", "comment")
    ]
    assert whole["stale_suppressions"] == [
        {"by": "comment", "where": "mm/c.c:7", "problem": "silences nothing: no x is found here"}
    ]


def test_sarif_has_both_kinds_of_suppression_with_their_reason() -> None:
    log = json.loads(render_sarif(SILENCED, INTRODUCED))
    assert list(violations(log)) == []
    told = [each["suppressions"][0] for each in log["runs"][0]["results"] if "suppressions" in each]
    assert told == [{"kind": kind, "justification": "runs before SMP (mm/b.c:39)"} for kind in ("external", "inSource")]


def test_page_lists_what_is_silenced_and_what_is_out_of_date() -> None:
    text = render_html(SILENCED, INTRODUCED)
    assert text.count("<td>runs before SMP</td>") == 2
    assert "suppression without effect: mm/c.c:7: silences nothing" in text
