# SPDX-License-Identifier: GPL-2.0-or-later
"""Rule files become rules, and what is wrong with one is said at its line."""

from pathlib import Path

import pytest

from kpatchlint.findings.records import Confidence, Severity
from kpatchlint.rules.errors import RuleError
from kpatchlint.rules.folder import read_rule_folder
from kpatchlint.rules.load import find_rule, parse_rule, parse_rules
from kpatchlint.text.errors import UsageError
from tests.rules.sample import PATH, RULE


def test_front_matter_becomes_typed_fields() -> None:
    rule = parse_rule(RULE, PATH)
    assert (rule.id, rule.kind, rule.check) == ("sleep-under-fire", "sleep-in-atomic", "flag-in-context")
    assert (rule.severity, rule.confidence) == (Severity.ERROR, Confidence.HIGH)
    assert dict(rule.params) == {"context": "stop-machine"}
    assert [(e.path, e.symbol, e.contains) for e in rule.evidence] == [
        ("kernel/stop_machine.c", "multi_cpu_stop", "local_irq_disable();")
    ]


def test_sections_keep_their_text() -> None:
    rule = parse_rule(RULE, PATH)
    assert list(rule.sections) == ["What it reports", "Why", "What it misses", "Examples"]
    assert rule.sections["Why"] == "It burns."


def line_of(text: str) -> int:
    return RULE[: RULE.index(text)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        pytest.param("+++\n#", "#", 1, "starts with a line +++", id="no front matter"),
        pytest.param("\n+++\n\n##", "\n\n##", 1, "never closed", id="front matter without an end"),
        pytest.param('title = "s', "title = s", 4, "Invalid value", id="broken TOML"),
        pytest.param("severity =", "severty =", 7, "did you mean 'severity'?", id="misspelt key"),
        pytest.param('"error"', '"eror"', 7, "did you mean 'error'?", id="misspelt severity"),
        pytest.param("symbol =", "symbl =", 15, "did you mean 'symbol'?", id="misspelt key in a table"),
        pytest.param('"sleep-in-atomic"', '"sleep-in-atom"', 5, "did you mean 'sleep-in-atomic'?", id="misspelt class"),
        pytest.param(
            'id = "sleep-under-fire"', 'id = "other"', 3, "has to be the file's name", id="id is not the name"
        ),
        pytest.param('confidence = "high"\n', "", 1, "key 'confidence' is missing", id="missing key"),
        pytest.param('title = "something sleeps under fire"', "title = 3", 4, "title: expected", id="wrong type"),
        pytest.param("## Why", "## What it reports", line_of("## Why"), "second section", id="section twice"),
    ],
)
def test_fault_is_said_with_its_line(old: str, new: str, line: int, said: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_rule(RULE.replace(old, new, 1), PATH)
    assert str(caught.value).startswith(f"rules/{PATH}:{line}: ")
    assert said in str(caught.value)


def write_rules(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(RULE)


def test_folder_is_read_with_a_digest_of_its_content(tmp_path: Path) -> None:
    write_rules(tmp_path, PATH)
    first = read_rule_folder(tmp_path)
    assert [rule.path for rule in parse_rules(first)] == [PATH]
    (tmp_path / PATH).write_text(RULE.replace("It burns", "It hurts"))
    assert read_rule_folder(tmp_path).digest != first.digest


def test_two_files_cannot_share_an_id(tmp_path: Path) -> None:
    write_rules(tmp_path, PATH, "other/sleep-under-fire.md")
    with pytest.raises(RuleError, match=r"other/sleep-under-fire\.md:3: .* is already in rules/context"):
        parse_rules(read_rule_folder(tmp_path))


def test_unknown_rule_is_answered_with_the_nearest() -> None:
    rules = (parse_rule(RULE, PATH),)
    assert find_rule("sleep-under-fire", rules) is rules[0]
    with pytest.raises(UsageError, match="did you mean 'sleep-under-fire'"):
        find_rule("sleep-under-fir", rules)
