# SPDX-License-Identifier: GPL-2.0-or-later
"""The template of a new rule has everything that the author has to fill in."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from kpatchlint.dev.new_rule import render_rule, write_rule
from kpatchlint.findings.records import Finding
from kpatchlint.rules.errors import RuleError
from kpatchlint.rules.load import parse_rule
from kpatchlint.rules.shapes import Shape, shape_names
from kpatchlint.text.errors import UsageError


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    context: str
    depth: int = 3


def never(*_: object) -> Iterator[Finding]:
    yield from ()


SHAPE = Shape("some-shape", Params, never)


def test_required_parameters_are_to_be_filled_in_and_others_are_shown() -> None:
    text = render_rule("a-rule", SHAPE)
    assert "\ncontext = \n" in text
    assert "\n# depth = \n" in text


def test_template_reads_as_a_rule_once_it_is_filled_in() -> None:
    text = render_rule("a-rule", SHAPE).replace("context = ", 'context = "x"')
    with pytest.raises(RuleError, match="unknown class ''"):
        parse_rule(text, "x/a-rule.md")
    rule = parse_rule(text.replace('class = ""', 'class = "hygiene"'), "x/a-rule.md")
    assert [example.shows(rule.id) for example in rule.examples] == [True, False, False]
    assert dataclasses.asdict(rule.examples[0])["files"][0]["path"] == "mm/example.c"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("no-family", "is not family/id", id="no family"),
        pytest.param("../up/x", "is not family/id", id="out of the folder"),
        pytest.param("a/b", "unknown check 'some-shap'", id="no such shape"),
    ],
)
def test_odd_names_are_refused(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        write_rule(name, "some-shap", tmp_path)


def test_file_is_written_once(tmp_path: Path) -> None:
    shape = shape_names()[0]
    path = write_rule("family/new-fault", shape, tmp_path)
    assert path == tmp_path / "family" / "new-fault.md"
    assert f'check = "{shape}"' in path.read_text()
    with pytest.raises(UsageError, match="there is a rule of that id"):
        write_rule("other/new-fault", shape, tmp_path)
