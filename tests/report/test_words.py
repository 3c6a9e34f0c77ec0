# SPDX-License-Identifier: GPL-2.0-or-later
"""Wordings that every format shares."""

import dataclasses

import pytest

from kpatchlint.findings.records import State
from kpatchlint.report import formats
from kpatchlint.report.terminal import View, render_terminal
from kpatchlint.report.words import place_phrase, scope_name
from tests.report.sample import EVERY_STATE


@pytest.mark.parametrize(
    ("path", "name", "scope", "phrase"),
    [
        pytest.param("mm/x.c", "f", "f()", "mm/x.c:3 in f()", id="in a function"),
        pytest.param("mm/x.c", "", "", "mm/x.c:3", id="between functions"),
        pytest.param("mm/Kconfig", "X", "config X", "mm/Kconfig:3 in config X", id="in a Kconfig entry"),
        pytest.param("mm/Kconfig.debug", "X", "config X", "mm/Kconfig.debug:3 in config X", id="in another such file"),
        pytest.param("mm/Kconfig", "", "", "mm/Kconfig:3", id="between entries"),
    ],
)
def test_a_place_is_told_with_what_it_stands_in(path: str, name: str, scope: str, phrase: str) -> None:
    assert (scope_name(path, name), place_phrase(path, 3, name)) == (scope, phrase)


def test_a_tree_as_it_is_has_no_patch_to_speak_of() -> None:
    *_, old = EVERY_STATE.findings
    report = dataclasses.replace(EVERY_STATE, findings=(old,), patches=())
    states = (State.PREEXISTING,)
    text = render_terminal(report, states, View(width=160))
    assert "1 error, 0 warnings, 0 notes in the code as it is; Linux" in text
    for rendered in (text, *(formats.find_renderer(name)(report, states) for name in ("html", "mail", "terse"))):
        assert "before the patch" not in rendered
        assert "introduced by" not in rendered


@pytest.mark.parametrize("name", formats.FORMATS)
def test_no_format_makes_a_function_of_what_stands_in_none(name: str) -> None:
    first, *_ = EVERY_STATE.findings
    steps = [dataclasses.replace(step, function="") for step in first.verdict.finding.chain]
    finding = dataclasses.replace(first.verdict.finding, function="", chain=tuple(steps))
    bare = dataclasses.replace(first, verdict=dataclasses.replace(first.verdict, finding=finding, because=steps[0]))
    report = dataclasses.replace(EVERY_STATE, findings=(bare,))
    states = (State.INTRODUCED,)
    text = (
        render_terminal(report, states, View()) if name == formats.TEXT else formats.find_renderer(name)(report, states)
    )
    text, _, _ = text.partition("<script>")  # the page's own, which has functions without a name
    assert " ()" not in text
    assert "In (" not in text
    assert ">()" not in text
