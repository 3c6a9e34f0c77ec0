# SPDX-License-Identifier: GPL-2.0-or-later
"""What every format has in common: accepted output, only what was asked for, the same bytes, hostile text harmless."""

import dataclasses
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.engine import Report, ReportedFinding
from kpatchlint.findings.excerpts import Excerpt
from kpatchlint.findings.records import State, Step
from kpatchlint.report import formats
from kpatchlint.report.terminal import View, render_terminal
from kpatchlint.text.errors import NothingToAnalyse
from tests.report.golden import check_golden
from tests.report.sample import EVERY_STATE, HOSTILE, HOSTILE_FINDING, verdict

SUFFIXES = {"html": "html", "sarif": "sarif.json", "mail": "eml", "github": "github.txt", "terse": "terse.txt"}
RENDERED = [name for name in formats.FORMATS if name != formats.TEXT]


def render(name: str, report: Report, states: tuple[State, ...] = tuple(State)) -> str:
    if name == formats.TEXT:
        return render_terminal(report, states, View())
    return formats.find_renderer(name)(report, states)


@pytest.mark.parametrize("name", RENDERED)
def test_every_state_reads_as_accepted(name: str) -> None:
    suffix = SUFFIXES.get(name, f"{name}.json" if name not in ("b4", "json") else f"{name}")
    check_golden(f"every-state.{suffix}", render(name, EVERY_STATE))


@pytest.mark.parametrize("name", formats.FORMATS)
def test_only_the_asked_states_are_there(name: str) -> None:
    *others, last = EVERY_STATE.findings
    old = dataclasses.replace(last.verdict, finding=dataclasses.replace(last.verdict.finding, message="it was a zebra"))
    report = dataclasses.replace(EVERY_STATE, findings=(*others, dataclasses.replace(last, verdict=old)))
    assert "was a zebra" in render(name, report)
    assert "was a zebra" not in render(name, report, (State.INTRODUCED,))


@pytest.mark.parametrize("name", formats.FORMATS)
def test_same_report_gives_the_same_bytes(name: str) -> None:
    assert render(name, EVERY_STATE) == render(name, EVERY_STATE)


@pytest.mark.parametrize("name", [name for name in formats.FORMATS if "json" in name or name in ("sarif", "gitlab")])
def test_json_of_a_report_without_findings_parses(name: str) -> None:
    json.loads(render(name, dataclasses.replace(EVERY_STATE, findings=())))


def odd(text: str) -> set[str]:
    """Characters that could act on a terminal, or turn text around."""
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c not in "\n\t"}


@pytest.mark.parametrize("name", formats.FORMATS)
def test_hostile_text_is_shown_not_obeyed(name: str) -> None:
    text = render(name, HOSTILE)
    assert odd(text) == set()
    assert "x1b" in text
    assert len(text) < 400_000  # the fixture's 10,000 characters, at some twenty places
    text.encode("utf-8")


PIECES = (
    *("\x1b[2J", "\u202e", "\u2066", "\r", "\n", "\0", "\x9b", "\udc80", "\ufeff", "\u2028"),
    *("</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "]]>", "<!--", '"', "'", "&lt;", "`"),
    *(
        "::error::x",
        "##[error]",
        "%0A",
        "\nFrom: a",
        "\n.\n",
        "\ndiff --git a/x b/x\n",
        "\n-- \n",
        "{0}",
        "[a](b)",
        "{{",
    ),
    *("javascript:alert(1)", "../../etc/passwd", "/etc/passwd", "a b", "x" * 10_000, "\u00e9", "\U0001f980", ""),
)
HOSTILE_TEXT = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=4).map("".join)


def everywhere(text: str) -> Report:
    """A report with *text* in every place that a patch, a mail or a tree fills."""
    step = Step(path=text, line=1, function=text, code=text, why=text)
    finding = dataclasses.replace(
        HOSTILE_FINDING,
        path=text,
        function=text,
        message=text,
        suggestion=text,
        conditions=(text,),
        notes=(text,),
        chain=(step, step),
    )
    excerpt = Excerpt(1, (text,))
    shown = ReportedFinding(
        verdict=verdict(finding, State.INTRODUCED, 1), title=text, excerpt=excerpt, sources=(excerpt, None)
    )
    placed = HOSTILE.patches[0]
    patch = dataclasses.replace(placed.patch, subject=text, author=text, message_id=text, damage=(text,))
    return dataclasses.replace(
        HOSTILE, findings=(shown,), patches=(dataclasses.replace(placed, patch=patch),), notes=(text,)
    )


def assert_harmless(name: str, text: str) -> None:
    rendered = render(name, everywhere(text))
    assert odd(rendered) == set()
    rendered.encode("utf-8")
    if name in ("terse", "b4", "github"):  # a line break would be a second finding
        assert len(rendered.splitlines()) == (2 if name == "terse" else 1)
    if name == "github":
        assert rendered.startswith("::error file=")
    else:  # nothing of a patch is obeyed where the log of a CI job is read
        assert not [line for line in rendered.splitlines() if line.lstrip().startswith(("::", "##["))]
    if "json" in name or name in ("sarif", "gitlab"):
        json.loads(rendered)


@given(text=HOSTILE_TEXT)
@pytest.mark.parametrize("name", formats.FORMATS)
def test_any_text_is_harmless(name: str, text: str) -> None:
    assert_harmless(name, text)


@pytest.mark.parametrize("name", formats.FORMATS)
def test_what_is_known_to_do_harm_does_none(name: str) -> None:
    for piece in PIECES:
        assert_harmless(name, piece)
        assert_harmless(name, f"{piece} " * 40)


@pytest.mark.parametrize("name", ["b4", "b4-json"])
def test_failure_is_told_where_the_reader_looks(name: str) -> None:
    render_failure = formats.find_failure_renderer(name)
    assert render_failure is not None
    assert "no patch in it" in render_failure(NothingToAnalyse("no patch in it"))
    unfit = dataclasses.replace(EVERY_STATE, findings=(), unfit=NothingToAnalyse("the patch fits nowhere"))
    assert "the patch fits nowhere" in render(name, unfit)


def test_every_renderer_is_a_module_of_its_own() -> None:
    names = {Path(formats.__file__).with_name(f"{module}.py").name for module, _ in formats._RENDERERS.values()}
    assert all(Path(formats.__file__).with_name(name).is_file() for name in names)
