# SPDX-License-Identifier: GPL-2.0-or-later
"""What a person sees: wide and narrow, with and without colour, and hostile text made harmless."""

import dataclasses
import re
import unicodedata

import pytest

from kpatchlint.findings.records import State
from kpatchlint.report.terminal import View, render_terminal
from tests.report.golden import check_golden
from tests.report.sample import EVERY_STATE, HOSTILE

INTRODUCED = (State.INTRODUCED,)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize(
    ("name", "view", "states"),
    [
        pytest.param("plain-80.txt", View(width=80), INTRODUCED, id="eighty columns, introduced only"),
        pytest.param("plain-160.txt", View(width=160), tuple(State), id="160 columns, every state"),
        pytest.param("narrow-40.txt", View(width=40), INTRODUCED, id="forty columns"),
        pytest.param("ascii-80.txt", View(width=80, unicode=False), INTRODUCED, id="a terminal without Unicode"),
        pytest.param("colour-80.txt", View(width=80, colour=True), INTRODUCED, id="colour"),
    ],
)
def test_report_reads_as_accepted(name: str, view: View, states: tuple[State, ...]) -> None:
    check_golden(name, render_terminal(EVERY_STATE, states, view))


@pytest.mark.parametrize("width", [40, 80, 160])
def test_no_line_is_wider_than_the_view(width: int) -> None:
    lines = render_terminal(EVERY_STATE, tuple(State), View(width=width)).splitlines()
    assert max(map(len, lines)) <= width


def test_colour_changes_nothing_but_colour() -> None:
    coloured = render_terminal(EVERY_STATE, INTRODUCED, View(colour=True))
    assert "\x1b[" in coloured
    assert COLOUR.sub("", coloured) == render_terminal(EVERY_STATE, INTRODUCED, View())


@pytest.mark.parametrize("colour", [False, True], ids=["plain", "colour"])
def test_hostile_text_is_shown_not_obeyed(colour: bool) -> None:
    text = COLOUR.sub("", render_terminal(HOSTILE, INTRODUCED, View(colour=colour)))
    assert not {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c != "\n"}
    assert "\\x1b]0;owned\\x07\\u202eevil" in text
    assert max(map(len, text.splitlines())) <= 80


def test_report_without_findings_is_short() -> None:
    text = render_terminal(dataclasses.replace(EVERY_STATE, findings=()), INTRODUCED, View())
    assert "0 errors, 0 warnings, 0 notes introduced by 2 patches" in text
    assert "error:" not in text
