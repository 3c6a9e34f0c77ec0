# SPDX-License-Identifier: GPL-2.0-or-later
"""What a person sees: wide and narrow, with and without colour, and hostile text made harmless."""

import dataclasses
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.engine import Report
from kpatchlint.findings.excerpts import Excerpt
from kpatchlint.findings.records import State, Step
from kpatchlint.report.terminal import View, render_terminal
from tests.findings.sample import CALL
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


def with_chain(*chain: Step) -> Report:
    (first, *_) = EVERY_STATE.findings
    finding = dataclasses.replace(first.verdict.finding, chain=chain)
    shown = dataclasses.replace(first, verdict=dataclasses.replace(first.verdict, finding=finding, because=None))
    return dataclasses.replace(EVERY_STATE, findings=(shown,))


def path_of(report: Report, width: int) -> list[str]:
    """The lines of the path, without the guides beside them."""
    text = render_terminal(report, INTRODUCED, View(width=width))
    lines = text[text.index("path from entry") : text.index("  only when")].splitlines()[1:]
    return [line.strip(" ┌├└│") for line in lines if line.strip()]


LONG = "map_range(table, start, virtual_address_of(start), size, PAGE_KERNEL, grab_table, NO_BLOCK_MAPPINGS);"


@pytest.mark.parametrize(
    ("width", "code"),
    [
        pytest.param(160, [LONG], id="where it fits"),
        pytest.param(80, [LONG[:69], LONG[70:]], id="in two lines"),
        pytest.param(40, [LONG[:21] + "...[80 more]"], id="cut where two lines do not do"),
    ],
)
def test_long_code_is_broken_before_it_is_cut(width: int, code: list[str]) -> None:
    assert path_of(with_chain(CALL, Step(path="a.c", line=1, function="f", code=LONG)), width)[3:] == [
        "a.c:1 f()",
        *code,
    ]


@given(st.lists(st.text("abc(),", min_size=1, max_size=30), min_size=1, max_size=8), st.integers(40, 160))
def test_code_that_is_not_cut_is_whole(words: list[str], width: int) -> None:
    code = " ".join(words)
    lines = path_of(with_chain(CALL, Step(path="a.c", line=1, function="f", code=code)), width)[4:]
    assert "".join("".join(lines).split()) == code.replace(" ", "") or lines[0].endswith(" more]")


def test_steps_at_one_place_are_told_once_with_each_reason() -> None:
    here = Step(path="a.c", line=1, function="f", code="return;", why="leaves with it")
    also = dataclasses.replace(here, why="another way out has let it go")
    assert path_of(with_chain(CALL, here, also), 80)[3:] == ["a.c:1 f()", "return;", here.why, also.why]


def test_steps_and_lines_that_the_patch_changes_are_marked() -> None:
    first, *_ = EVERY_STATE.findings
    moved = dataclasses.replace(first.verdict.finding, path="mm/a.c", line=29)
    shown = dataclasses.replace(
        first,
        verdict=dataclasses.replace(first.verdict, finding=moved),
        excerpt=Excerpt(29, ("new();", "last();", "}")),
    )
    text = render_terminal(dataclasses.replace(EVERY_STATE, findings=(shown,)), INTRODUCED, View())
    assert "  >   29+| new();\n      30+| last();\n      31 | }\n" in text
    assert "  ┌ mm/a.c:20 remap(), changed\n" in text
    assert "  └ mm/b.c:40 grab()\n" in text


def test_only_patch_is_not_named_at_each_finding() -> None:
    alone = dataclasses.replace(EVERY_STATE, patches=EVERY_STATE.patches[:1])
    text = render_terminal(alone, INTRODUCED, View())
    assert "] introduced, high confidence" in text


def test_diffs_of_one_mail_are_told_apart() -> None:
    first = EVERY_STATE.patches[0]
    parts = [dataclasses.replace(first.patch, part=part, parts=2) for part in (1, 2)]
    both = tuple(dataclasses.replace(first, patch=patch) for patch in parts)
    text = render_terminal(dataclasses.replace(EVERY_STATE, patches=both), INTRODUCED, View())
    assert "patch 1/2 (diff 1 of 2): mm: grab" in text
    assert "introduced by patch 1/2 (diff 2 of 2)" in text


def test_what_is_not_shown_is_counted() -> None:
    assert "1 fixed, not shown; 1 preexisting, not shown" in render_terminal(EVERY_STATE, INTRODUCED, View(width=160))
    assert "1 fixed; 1 preexisting" in render_terminal(EVERY_STATE, tuple(State), View(width=160))
