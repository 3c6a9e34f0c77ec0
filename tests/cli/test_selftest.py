# SPDX-License-Identifier: GPL-2.0-or-later
"""``kpatchlint selftest``: the rules tried on a tree, and an exit code that says whether they can be trusted."""

import json
import shutil
from pathlib import Path

import pytest

from kpatchlint.rules.load import own_rules
from tests.cli.runner import FIXTURES, kpatchlint

TREE = FIXTURES / "tree-arm64-mini"
ALIVE, DEAD = "live-swapper-overwritten", "table-allocation-unchecked"


def test_rule_that_finds_its_faults_is_one_line() -> None:
    run = kpatchlint("selftest", "--tree", TREE, "--rule", ALIVE)
    first, *_, last = run.out.splitlines()
    assert (run.code, run.err) == (0, "")
    assert first == f"found       {ALIVE}  1 of 1 bug found, 2 of 2 near misses left alone"
    assert last.startswith("Linux 6.12.0-mini, arm64: 1 rule, 1 found (")


def test_dead_rule_is_named_with_the_reason() -> None:
    run = kpatchlint("selftest", "--tree", TREE, "--rule", ALIVE, "--rule", DEAD)
    assert run.code == 1
    lines = [" ".join(line.split()) for line in run.out.splitlines()]
    assert f"dead {DEAD} nothing could be tried" in lines
    assert "not tried: Followed at once: this kernel has no pmd_alloc()" in lines
    assert lines[-1].startswith("Linux 6.12.0-mini, arm64: 2 rules, 1 found, 1 dead (")


def test_json_has_every_plant_and_what_the_tree_lacks() -> None:
    run = kpatchlint("selftest", "--tree", TREE, "--rule", DEAD, "--format", "json")
    whole = json.loads(run.out)
    assert list(whole) == ["schema", "tool", "tree", "rules", "vocabulary", "elapsed_s"]
    (rule,) = whole["rules"]
    assert (rule["rule"], rule["health"]) == (DEAD, "dead")
    plant = {"title": "Followed at once", "kind": "bug", "outcome": "unfit", "why": "this kernel has no pmd_alloc()"}
    assert plant in rule["plants"]
    assert {"path", "symbol", "contains", "why"} == set(rule["missing_evidence"][0])
    parts = [gone["part"] for gone in whole["vocabulary"]["missing_words"]]
    assert "contexts timer" in parts
    assert "contexts stop-machine" not in parts


def test_rules_are_tried_in_several_processes_and_come_back_in_order() -> None:
    some = [rule.id for rule in own_rules() if rule.kind == "hygiene"][:5]
    arguments = [argument for rule in some for argument in ("--rule", rule)]
    one, many = (kpatchlint("selftest", "--tree", TREE, "--jobs", jobs, *arguments).out for jobs in ("1", "2"))
    assert [line.split()[1] for line in one.splitlines() if line.startswith("found ")] == some
    assert one.rpartition(" (")[0] == many.rpartition(" (")[0]


def test_tree_is_left_as_it_was(tmp_path: Path) -> None:
    top = Path(shutil.copytree(TREE, tmp_path / "tree"))
    before = {path: path.read_bytes() for path in top.rglob("*") if path.is_file()}
    kpatchlint("selftest", "--tree", top, "--rule", ALIVE)
    assert {path: path.read_bytes() for path in top.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--rule", "live-swaper-overwritten"], f"did you mean '{ALIVE}'?", id="a rule that there is not"),
        pytest.param(["--arch", "pdp11"], "this tree has no architecture 'pdp11'", id="an architecture that is not"),
    ],
)
def test_wrong_use_is_one_line(arguments: list[str], said: str) -> None:
    run = kpatchlint("selftest", "--tree", TREE, *arguments)
    assert (run.code, run.out) == (2, "")
    assert said in run.err
    assert run.err.count("\n") == 1
