# SPDX-License-Identifier: GPL-2.0-or-later
"""Of several places that make a setting the right one counts, and it is known which one that is."""

import os
import subprocess
from pathlib import Path

import pytest

from kpatchlint.findings.records import Severity
from kpatchlint.settings.errors import SettingError
from kpatchlint.settings.process import parse_severities, read_environment, read_git_config
from kpatchlint.settings.records import Origin
from kpatchlint.settings.settle import build_policy, settle

RULE = "sleep-under-spinlock"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of its own, its home beside it, nothing set anywhere; the current folder."""
    top = tmp_path / "linux"
    (tmp_path / "home").mkdir()
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    for name in [name for name in os.environ if name.startswith(("KPATCHLINT_", "GIT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(top)
    return top


def git_config(*arguments: str) -> None:
    subprocess.run(["git", "config", *arguments], check=True)


def test_each_place_wins_over_the_one_below(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = [settle({}, ()).values["fail-on"]]
    (tree / ".kpatchlint.toml").write_text('fail-on = "note"\n')
    seen.append(settle({}, ()).values["fail-on"])
    git_config("--global", "kpatchlint.failOn", "warning")
    seen.append(settle({}, ()).values["fail-on"])
    git_config("kpatchlint.fail-on", "never")
    seen.append(settle({}, ()).values["fail-on"])
    monkeypatch.setenv("KPATCHLINT_FAIL_ON", "note")
    seen.append(settle({}, ()).values["fail-on"])
    seen.append(settle({"fail-on": "warning"}, ()).values["fail-on"])
    assert [(s.origin, s.value) for s in seen] == [
        (Origin.DEFAULT, "error"),
        (Origin.FILE, "note"),
        (Origin.GIT, "warning"),
        (Origin.GIT, "never"),
        (Origin.ENVIRONMENT, "note"),
        (Origin.FLAG, "warning"),
    ]
    assert [s.where.partition(" (")[0] for s in seen[3:]] == [
        "git config kpatchlint.fail-on",
        "environment KPATCHLINT_FAIL_ON",
        "flag --fail-on",
    ]


def test_isolated_reads_flags_only(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / ".kpatchlint.toml").write_text("no toml")
    monkeypatch.setenv("KPATCHLINT_NO_SUCH", "1")
    settings = settle({"arch": "arm64"}, (f"{RULE}=off",), is_isolated=True)
    assert (settings.text("arch"), [a.severity for a in settings.adjustments]) == ("arm64", [None])


def test_severities_add_up_and_the_last_one_is_the_flags(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / ".kpatchlint.toml").write_text(f'[severity]\n{RULE} = "note"\n')
    git_config(f"kpatchlint.severity.{RULE}", "warning")
    monkeypatch.setenv("KPATCHLINT_SEVERITY", f"{RULE}=off")
    policy = build_policy(settle({}, (f"{RULE}=error",)))
    levels = [Severity.NOTE, Severity.WARNING, None, Severity.ERROR]
    assert [a.severity for a in policy.adjustments] == levels


def test_file_of_the_named_tree_counts_from_elsewhere(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / ".kpatchlint.toml").write_text('arch = "riscv"\n')
    monkeypatch.chdir(tree.parent)
    assert settle({"tree": "linux"}, ()).text("arch") == "riscv"
    monkeypatch.setenv("KPATCHLINT_TREE", str(tree))
    settings = settle({}, ())
    assert (settings.text("arch"), settings.text("tree")) == ("riscv", str(tree))


def test_hooks_repository_does_not_get_in_the_way(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git_config("kpatchlint.arch", "arm64")
    monkeypatch.setenv("GIT_DIR", str(tree.parent / "elsewhere"))
    assert settle({}, ()).text("arch") == "arm64"


def test_git_c_reaches_a_hook(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "kpatchlint.hook.strict")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "yes")
    assert settle({}, ()).switch("hook.strict")


def test_git_sets_a_switch_by_its_name_alone(tree: Path) -> None:
    with (tree / ".git" / "config").open("a") as file:
        file.write('[kpatchlint "hook"]\n\tstrict\n')
    assert read_git_config(str(tree)).values["hook.strict"].value is True


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        pytest.param("KPATCHLINT_FAILON", "error", "did you mean 'KPATCHLINT_FAIL_ON'?", id="unknown variable"),
        pytest.param("KPATCHLINT_COLOR", "blue", "color cannot be 'blue'", id="wrong word"),
        pytest.param("KPATCHLINT_SEVERITY", RULE, "a severity is set as RULE=SEVERITY", id="no severity"),
        pytest.param("KPATCHLINT_SEVERITY", "x=off", "no rule 'x'", id="no rule"),
    ],
)
def test_wrong_environment_is_said(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingError, match=f"environment {name}: .*") as caught:
        read_environment({name: value}, "/")
    assert said in str(caught.value)


def test_empty_and_foreign_variables_are_left_alone() -> None:
    environment = {"KPATCHLINT_FAIL_ON": "", "KPATCHLINT_DEBUG": "1", "HOME": "/x", "kpatchlint_x": "1"}
    assert read_environment(environment, "/").values == {}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        pytest.param("kpatchlint.failsOn", "error", "did you mean 'fail-on'?", id="unknown name"),
        pytest.param(
            "kpatchlint.severity.sleep-under-spinlok", "off", "did you mean 'sleep-under-spinlock'?", id="rule"
        ),
        pytest.param("kpatchlint.hook.strict", "perhaps", "has to be true or false", id="no switch"),
    ],
)
def test_wrong_git_config_is_said_with_its_file(tree: Path, name: str, value: str, said: str) -> None:
    git_config(name, value)
    with pytest.raises(SettingError) as caught:
        settle({}, ())
    assert said in str(caught.value)
    assert "(.git/config)" in str(caught.value)


def test_baseline_that_is_not_there_is_said_with_who_named_it(tree: Path) -> None:
    (tree / ".kpatchlint.toml").write_text('baseline = "known.json"\n')
    with pytest.raises(SettingError, match=r"^\.kpatchlint\.toml:1: baseline .*/known\.json: No such file"):
        build_policy(settle({}, ()))


def test_several_severities_in_one_value() -> None:
    parsed = list(parse_severities(f"{RULE}=off, *=note,", "here"))
    assert [(a.rule, a.severity) for a in parsed] == [(RULE, None), ("*", Severity.NOTE)]
