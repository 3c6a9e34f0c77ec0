# SPDX-License-Identifier: GPL-2.0-or-later
"""The self-test over real kernels: every rule is alive, and is named once a name that it goes by is another."""

from pathlib import Path

import pytest

from kpatchlint.rules.load import find_rule, own_rules
from kpatchlint.selftest.records import Health, Kind, Outcome, RuleReport
from kpatchlint.selftest.run import SelfTestRequest, make_bed, plant_rule, run_selftest
from kpatchlint.tree.base import overlay_tree
from kpatchlint.tree.directory import DirectoryTree


@pytest.mark.parametrize("version", ["6.12", "6.1"])
def test_every_rule_is_alive(request: pytest.FixtureRequest, version: str) -> None:
    tree: Path = request.getfixturevalue(f"tree_{version.replace('.', '_')}")
    report = run_selftest(SelfTestRequest(tree=str(tree), jobs=1))
    assert [each.rule.id for each in report.rules] == [rule.id for rule in own_rules()]
    dead = {each.rule.id: [p for p in each.plants if p.outcome in (Outcome.MISSED, Outcome.FALSE)]
            for each in report.rules if not each.is_trusted}  # fmt: skip
    assert dead == {}
    assert {p.outcome for each in report.rules for p in each.plants if p.kind is Kind.REAL_CODE} <= {
        Outcome.FOUND,
        Outcome.UNFIT,
    }


@pytest.mark.parametrize(
    ("rule", "names", "health", "lacking"),
    [
        pytest.param(
            "gfp-sleep-in-stop-machine",
            {"stop_machine": ("kernel/stop_machine.c", "include/linux/stop_machine.h")},
            Health.DEAD,
            "stop_machine()",
            id="the call that all of a rule hangs on",
        ),
        pytest.param(
            "sleep-in-interrupt",
            {"timer_setup": ("include/linux/timer.h",), "timer_setup_on_stack": ("include/linux/timer.h",)},
            Health.IN_PART,
            "timer_setup()",
            id="one of several contexts",
        ),
        pytest.param(
            "sleep-in-stop-machine",
            {"local_irq_disable": ("include/linux/irqflags.h",)},
            Health.FOUND,
            "",
            id="a name that the rule does not go by",
        ),
    ],
)
def test_rule_whose_api_is_renamed_is_named(
    tree_6_12: Path, rule: str, names: dict[str, tuple[str, ...]], health: Health, lacking: str
) -> None:
    base = DirectoryTree(str(tree_6_12))
    changed: dict[str, bytes | None] = {}
    for name, paths in names.items():
        for path in paths:
            text = changed.get(path) or base.read(path) or b""
            assert name.encode() in text
            changed[path] = text.replace(b"%s(" % name.encode(), b"%s_renamed(" % name.encode())
    plants = plant_rule(rule, make_bed(overlay_tree(base, changed), "arm64"))
    assert RuleReport(find_rule(rule, own_rules()), plants).health is health
    assert any(lacking in p.why for p in plants if p.outcome is Outcome.UNFIT) is bool(lacking)
