# SPDX-License-Identifier: GPL-2.0-or-later
"""A rule as text for a terminal: prose wrapped, code as it is, and which examples are reported."""

import pytest

from kpatchlint.report.rule import render_rule
from kpatchlint.report.terminal import View
from kpatchlint.rules.load import find_rule, own_rules

RULE = find_rule("gfp-sleep-in-stop-machine", own_rules())


def test_examples_are_told_apart_by_whether_they_are_reported() -> None:
    text = render_rule(RULE, View(width=100))
    assert "### The mask travels through two helpers under different names (reported)\n" in text
    assert "### The flag is cleared (not reported)\n" in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_prose_is_wrapped_and_code_is_not(width: int) -> None:
    text = render_rule(RULE, View(width=width))
    prose, _, examples = text.partition("## Examples")
    broken = [line for line in prose.splitlines() if len(line) > min(width, 100) and " " in line]
    assert [line for line in broken if not line.startswith("from rules/")] == []
    assert "\nvoid go(void) { build(grab); stop_machine(remap, NULL, NULL); }\n" in examples
    assert "\n\n\n" not in text


def test_headings_are_bold_where_there_is_colour() -> None:
    text = render_rule(RULE, View(width=200, colour=True))
    assert "\x1b[1m## Why\x1b[0m\n" in text
    assert text.replace("\x1b[1m", "").replace("\x1b[0m", "") == render_rule(RULE, View(width=200))
