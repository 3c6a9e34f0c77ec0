# SPDX-License-Identifier: GPL-2.0-or-later
"""Every rule file of ours: its form, its parameters, and each of its examples, matched exactly both ways."""

import pytest

from kpatchlint.dev.example import MemoryTree, judge_example
from kpatchlint.rules.load import own_rules
from kpatchlint.rules.records import Example, Rule
from kpatchlint.rules.shapes import bind
from tests.cli.runner import FIXTURES

HEADINGS = ("What it reports", "Why", "What it misses", "Source", "Examples")
TREE = FIXTURES / "tree-arm64-mini"

EXAMPLES = [
    pytest.param(example, id=f"{rule.id}: {example.title}") for rule in own_rules() for example in rule.examples
]


@pytest.fixture(scope="module")
def base() -> MemoryTree:
    """The small tree without the code that the demo series changes: examples bring their own."""
    paths = [path for path in sorted(TREE.rglob("*")) if path.is_file()]
    files = {path.relative_to(TREE).as_posix(): path.read_bytes() for path in paths}
    return MemoryTree({path: text for path, text in files.items() if not path.startswith("arch/arm64/mm/")})


@pytest.mark.parametrize("rule", own_rules(), ids=lambda rule: rule.id)
def test_rule_file_is_complete(rule: Rule) -> None:
    assert tuple(rule.sections) == HEADINGS
    assert all(rule.sections.values())
    assert rule.evidence, "a rule shows with evidence that it is true of a kernel"
    bad = [example for example in rule.examples if example.shows(rule.id)]
    assert bad, "a rule shows the fault"
    assert len(rule.examples) - len(bad) >= 2, "a rule shows the fix, and code that looks like the fault and is none"


@pytest.mark.parametrize("rule", own_rules(), ids=lambda rule: rule.id)
def test_parameters_fit_the_check_shape(rule: Rule) -> None:
    assert bind(rule).rule is rule


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_is_judged_as_marked(example: Example, base: MemoryTree) -> None:
    assert judge_example(example, base) == []
