# SPDX-License-Identifier: GPL-2.0-or-later
"""Comments, severities and a baseline from a patch to the report, on the small tree and the series of the demo."""

from pathlib import Path

import pytest

from kpatchlint.engine import Report, check
from kpatchlint.findings.baseline import build_entries
from kpatchlint.findings.policy import Adjustment, Baseline, Policy
from tests.cli.runner import FIXTURES

TREE = FIXTURES / "tree-arm64-mini"
SERIES = FIXTURES / "demo" / "hotplug-series.mbox"
RULE = "gfp-sleep-in-stop-machine"


def check_demo(policy: Policy | None = None, series: Path = SERIES) -> Report:
    return check(str(series), tree=str(TREE), policy=policy)


def with_comment(folder: Path, comment: str) -> Path:
    """The series with one more line above the call of stop_machine() in its second patch."""
    above, call, below = SERIES.read_text().partition("+\tstop_machine(map_added_range, &range, NULL);\n")
    before, mark, within = above.rpartition("\n@@ ")
    assert call
    old, new, *heading = within.split(" ", 2)
    start, count = new.split(",")
    mail = folder / "series.mbox"
    hunk = " ".join([old, f"{start},{int(count) + 1}", *heading])
    mail.write_text(f"{before}{mark}{hunk}+\t{comment}\n{call}{below}")
    return mail


def places(report: Report) -> list[tuple[str, str]]:
    return [(shown.verdict.finding.rule, shown.verdict.finding.severity.value) for shown in report.findings]


def test_comment_that_the_patch_brings_silences_the_path_through_it(tmp_path: Path) -> None:
    report = check_demo(series=with_comment(tmp_path, f"/* kpatchlint: ignore={RULE} memory comes from a pool */"))
    assert (places(report), report.stale) == ([], ())
    assert [(s.by.value, s.reason) for s in report.suppressed] == [("comment", "memory comes from a pool")]


@pytest.mark.parametrize(
    ("comment", "problem"),
    [
        pytest.param(f"/* kpatchlint: ignore={RULE} */", "gives no reason", id="without a reason"),
        pytest.param("/* kpatchlint: ignore=sleep-in-interrupt why */", "silences nothing", id="for another rule"),
        pytest.param("/* kpatchlint: ignore=sleep-in-irq why */", "there is no rule", id="for no rule at all"),
    ],
)
def test_comment_that_silences_nothing_is_told(tmp_path: Path, comment: str, problem: str) -> None:
    report = check_demo(series=with_comment(tmp_path, comment))
    assert [rule for rule, _ in places(report)] == [RULE]
    (stale,) = report.stale
    assert stale.problem.startswith(problem)


@pytest.mark.parametrize(("wanted", "shown"), [("arch/arm64", []), ("mm", [(RULE, "error")])])
def test_rule_is_switched_off_by_path(wanted: str, shown: list[tuple[str, str]]) -> None:
    off = Adjustment(rule=RULE, severity=None, where="c.toml:3", paths=(wanted,))
    report = check_demo(Policy(adjustments=(off,)))
    assert places(report) == shown
    assert len(report.suppressed) == 1 - len(shown)


def test_baseline_of_a_series_silences_it_and_is_stale_without_it(tmp_path: Path) -> None:
    baseline = Baseline("b.json", build_entries(check_demo().ungrouped))
    report = check_demo(Policy(baseline=baseline))
    assert (places(report), report.stale) == ([], ())
    assert [s.by.value for s in report.suppressed] == ["baseline"]
    repaired = tmp_path / "repaired.mbox"
    repaired.write_text(SERIES.read_text().replace("stop_machine(map_added_range, &range, NULL)", "0"))
    (stale,) = check_demo(Policy(baseline=baseline), repaired).stale
    assert stale.where == "b.json"
