# SPDX-License-Identifier: GPL-2.0-or-later
"""The questions on the command line, over the small tree of the demo."""

import json

import pytest

from tests.cli.runner import FIXTURES, kpatchlint

TREE = FIXTURES / "tree-arm64-mini"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["path", "map_boot_memory", "early_table"], "map_boot_memory() leads to early_table()", id="path"),
        pytest.param(["callers", "map_ptes"], "map_pmds() calls it", id="callers"),
        pytest.param(["callees", "map_ptes"], "BUG_ON()", id="callees"),
        pytest.param(["contexts", "map_ptes"], "map_ptes() is reached through no registrations", id="contexts"),
        pytest.param(["sleeps", "mutex_lock"], "mutex_lock() may sleep", id="sleeps"),
    ],
)
def test_question_is_answered(arguments: list[str], said: str) -> None:
    run = kpatchlint(*arguments, "--tree", TREE)
    assert run.err == ""
    assert said in run.out


@pytest.mark.parametrize(("form", "begins"), [("json", "{"), ("dot", "digraph"), ("svg", "<svg ")])
def test_answer_comes_in_other_forms(form: str, begins: str) -> None:
    run = kpatchlint("callers", "map_ptes", "--tree", TREE, "--format", form)
    assert run.code == 0
    assert run.out.startswith(begins)
    if form == "json":
        assert json.loads(run.out)["question"] == "callers"


def test_nothing_known_is_exit_code_1() -> None:
    assert kpatchlint("path", "map_ptes", "map_pmds", "--tree", TREE).code == 1


def test_unknown_function_is_one_line() -> None:
    run = kpatchlint("callers", "no_such_function", "--tree", TREE)
    assert (run.code, run.out) == (2, "")
    assert run.err == "kpatchlint: no function 'no_such_function' in this tree for arm64\n"
