# SPDX-License-Identifier: GPL-2.0-or-later
"""The Examples section becomes files, a diff and expectations."""

import pytest

from kpatchlint.rules.errors import RuleError
from kpatchlint.rules.examples import DEFAULT_PATH, find_expectations
from kpatchlint.rules.load import parse_rule
from kpatchlint.rules.records import Example, Mark
from tests.rules.sample import PATH, RULE


def examples() -> tuple[Example, ...]:
    return parse_rule(RULE, PATH).examples


def test_examples_have_titles_and_the_lines_of_their_headings() -> None:
    lines = RULE.splitlines()
    assert [lines[e.line - 1] for e in examples()] == [f"### {e.title}" for e in examples()]
    assert [e.title for e in examples()] == ["Two calls down", "Two files, and the second is patched", "Nothing at all"]


def test_single_block_lives_at_the_default_path_and_knows_its_line() -> None:
    (file,) = examples()[0].files
    assert file.path == DEFAULT_PATH
    assert RULE.splitlines()[file.line - 1] == file.source.splitlines()[0]


def test_named_blocks_and_the_diff_over_them() -> None:
    patched = examples()[1]
    assert [file.path for file in patched.files] == ["mm/a.c", "mm/b.c"]
    assert patched.diff is not None
    assert patched.diff.startswith("--- a/mm/b.c\n")


def test_bad_and_good_examples_are_told_apart() -> None:
    assert [example.shows("sleep-under-fire") for example in examples()] == [True, True, False]
    assert not any(example.shows("sleep-under") for example in examples())


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        pytest.param("// expect: a-rule", [("a-rule", Mark.EXPECT, None)], id="any path"),
        pytest.param("// expect: a-rule via f > g", [("a-rule", Mark.EXPECT, ("f", "g"))], id="this path"),
        pytest.param(
            "// expect: a // expect: b via f", [("a", Mark.EXPECT, None), ("b", Mark.EXPECT, ("f",))], id="two"
        ),
        pytest.param("// expect-missing: a", [("a", Mark.MISSING, None)], id="known to be missed"),
        pytest.param("// expect-wrong: a", [("a", Mark.WRONG, None)], id="known to be wrong"),
        pytest.param("// expected to fail", [], id="prose"),
        pytest.param("// via arm64", [], id="other prose"),
    ],
)
def test_expectations(comment: str, expected: list[tuple[str, Mark, tuple[str, ...] | None]]) -> None:
    found = find_expectations("mm/a.c", f"int x;\nint y; {comment}\n")
    assert [(e.rule, e.mark, e.chain) for e in found] == expected
    assert all((e.path, e.line) == ("mm/a.c", 2) for e in found)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("### Nothing at all\n```c", "### Nothing at all\n```text", "has no ```c or ```diff", id="no code"),
        pytest.param("void f(void) {}\n```", "void f(void) {}\n", "never closed", id="open fence"),
        pytest.param("`mm/b.c`:", "`mm/a.c`:", "two blocks for mm/a.c", id="one name for two files"),
        pytest.param("expect: sleep-under-fire via", "expect: Sleep via", "cannot read", id="unreadable expectation"),
    ],
)
def test_fault_in_an_example(old: str, new: str, said: str) -> None:
    with pytest.raises(RuleError, match=said):
        parse_rule(RULE.replace(old, new, 1), PATH)
