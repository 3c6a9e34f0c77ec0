# SPDX-License-Identifier: GPL-2.0-or-later
"""Configuration, suppression and baselines as a user meets them: files, flags, exit codes."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.runner import FIXTURES, Run, kpatchlint

SERIES = FIXTURES / "demo" / "hotplug-series.mbox"
RULE = "gfp-sleep-in-stop-machine"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The small tree in a folder of its own, to be configured."""
    top = tmp_path / "tree"
    shutil.copytree(FIXTURES / "tree-arm64-mini", top)
    return top


def run(tree: Path, *arguments: str | Path, fail_on: str = "") -> Run:
    """Nothing is set but what the test sets: *fail_on* by the environment, the rest by files."""
    home = tree.parent
    return kpatchlint(
        *arguments, cwd=tree, HOME=str(home), XDG_CACHE_HOME=str(home / "cache"), KPATCHLINT_FAIL_ON=fail_on
    )


def test_file_of_the_tree_changes_severity_and_format(tree: Path) -> None:
    (tree / ".kpatchlint.toml").write_text(f'format = "terse"\n[severity]\n{RULE} = "warning"\n')
    done = run(tree, "check", SERIES)
    assert (done.code, done.err) == (0, "")
    assert "WARNING: [" + RULE in done.out
    strict = run(tree, "check", SERIES, fail_on="warning")
    assert strict.code == 1
    assert run(tree, "check", "--isolated", "--format", "terse", SERIES).out.count("ERROR:") == 1


def test_flag_wins_over_the_file(tree: Path) -> None:
    (tree / ".kpatchlint.toml").write_text(f'[severity]\n{RULE} = "off"\n')
    off = run(tree, "check", SERIES)
    assert off.code == 0
    assert "1 suppressed (1 by configuration)" in " ".join(off.out.split())
    assert run(tree, "check", "--severity", f"{RULE}=error", SERIES).code == 1


def test_wrong_setting_is_one_line_and_exit_code_2(tree: Path) -> None:
    (tree / ".kpatchlint.toml").write_text('arch = "arm64"\nfail_on = "error"\n')
    done = run(tree, "check", SERIES)
    assert (done.code, done.out) == (2, "")
    assert done.err == "kpatchlint: .kpatchlint.toml:2: unknown setting 'fail_on', did you mean 'fail-on'?\n"


def test_format_that_there_is_not_is_said_with_its_place(tree: Path) -> None:
    (tree / ".kpatchlint.toml").write_text('format = "xml"\n')
    done = run(tree, "check", SERIES)
    assert done.code == 2
    assert done.err.startswith("kpatchlint: .kpatchlint.toml:1: 'xml' is not one of 'text'")


def test_config_show_says_where_each_value_comes_from(tree: Path) -> None:
    (tree / ".kpatchlint.toml").write_text(f'show = ["fixed"]\n[severity]\n{RULE} = "note"\n')
    done = run(tree, "config", "show", fail_on="warning")
    rows = {line.split()[0]: line.split(None, 2)[1:] for line in done.out.splitlines()}
    assert rows["show"] == ["fixed", ".kpatchlint.toml:1"]
    assert rows["fail-on"] == ["warning", "environment KPATCHLINT_FAIL_ON"]
    assert rows["color"] == ["auto", "default"]
    assert rows[f"severity.{RULE}"] == ["note", ".kpatchlint.toml:3"]
    assert done.out.endswith(f"configuration file: {tree / '.kpatchlint.toml'}\n")


def test_config_keys_lists_every_setting_with_its_variable(tree: Path) -> None:
    shown = {line.split()[0] for line in run(tree, "config", "show").out.splitlines() if "default" in line}
    listed = {line.split()[0]: line.split()[1] for line in run(tree, "config", "keys").out.splitlines()}
    assert shown == listed.keys() - {"severity"}
    assert listed["hook.fail-on"] == "KPATCHLINT_HOOK_FAIL_ON"


def test_baseline_is_written_used_and_kept(tree: Path) -> None:
    assert run(tree, "check", SERIES).code == 1
    written = run(tree, "baseline", "-o", "known.json", SERIES)
    assert (written.code, written.out, written.err) == (0, "", "")
    (entry,) = json.loads((tree / "known.json").read_text())["findings"]
    assert (entry["rule"], entry["function"]) == (RULE, "late_table")
    done = run(tree, "check", "--baseline", "known.json", "--format", "json", SERIES)
    report = json.loads(done.out)
    assert (done.code, report["findings"], report["stale_suppressions"]) == (0, [], [])
    assert [(s["by"], s["where"]) for s in report["suppressed"]] == [("baseline", str(tree / "known.json"))]
    text = (tree / "known.json").read_text()
    (tree / "known.json").write_text(text.replace('"rule"', '"reason": "pool", "rule"'))
    again = run(tree, "baseline", "--baseline", "known.json", SERIES)
    assert json.loads(again.out)["findings"] == [{**entry, "reason": "pool"}]


def test_baseline_of_the_tree_accepts_what_is_there(tree: Path) -> None:
    patched = run(tree, "check", "--format", "json", SERIES)
    assert patched.code == 1
    mmu = tree / "arch/arm64/mm/mmu.c"
    mmu.write_text(
        mmu.read_text()
        + "#include <linux/stop_machine.h>\nstatic int cb(void *x)\n{\n\tkmalloc(8, GFP_KERNEL);\n\treturn 0;\n}\n\n"
        + "void go(void)\n{\n\tstop_machine(cb, NULL, NULL);\n}\n"
    )
    found = json.loads(run(tree, "scan", "--jobs", "1", "--format", "json").out)["findings"]
    assert [(f["rule"], f["function"]) for f in found] == [(RULE, "cb")]
    assert run(tree, "baseline", "--scan", "-o", "known.json").code == 0
    (tree / ".kpatchlint.toml").write_text('baseline = "known.json"\n')
    left = json.loads(run(tree, "scan", "--jobs", "1", "--format", "json").out)
    assert (left["findings"], len(left["suppressed"]), left["stale_suppressions"]) == ([], 1, [])
    mmu.write_text(mmu.read_text().replace("\tkmalloc(8, GFP_KERNEL);\n", ""))
    (stale,) = json.loads(run(tree, "scan", "--jobs", "1", "--format", "json").out)["stale_suppressions"]
    assert stale["by"] == "baseline"
    assert "not found any more" in stale["problem"]


def test_baseline_needs_something_to_accept(tree: Path) -> None:
    done = run(tree, "baseline")
    assert done.code == 2
    assert "--scan" in done.err
