# SPDX-License-Identifier: GPL-2.0-or-later
"""Configuration files: which one counts, what may stand in it, and what a hostile one cannot do."""

from pathlib import Path

import pytest

from kpatchlint.findings.policy import Adjustment
from kpatchlint.findings.records import Severity
from kpatchlint.settings.errors import SettingError
from kpatchlint.settings.file import FILE_NAME, PROJECT_FILE, read_nearest
from kpatchlint.settings.records import Layer

RULE = "sleep-under-spinlock"


def read(tmp_path: Path, text: str, name: str = FILE_NAME) -> Layer:
    (tmp_path / name).write_text(text)
    layer, file = read_nearest(tmp_path, tmp_path)
    assert file == str(tmp_path / name)
    return layer


def test_values_come_with_their_lines(tmp_path: Path) -> None:
    layer = read(tmp_path, '# ours\nfail-on = "warning"\nshow = ["fixed"]\n[hook]\nstrict = true\n')
    assert {key: (setting.value, setting.where) for key, setting in layer.values.items()} == {
        "fail-on": ("warning", ".kpatchlint.toml:2"),
        "show": (("fixed",), ".kpatchlint.toml:3"),
        "hook.strict": (True, ".kpatchlint.toml:5"),
    }


def test_overrides_come_after_the_rules_severity(tmp_path: Path) -> None:
    override = '[[override]]\npaths = ["drivers/x"]\nreason = "old"\nseverity = { "*" = "off" }\n'
    text = f'{override}[severity]\n{RULE} = "note"\n{override}'
    assert read(tmp_path, text).adjustments == (
        Adjustment(rule=RULE, severity=Severity.NOTE, where=".kpatchlint.toml:6"),
        Adjustment(rule="*", severity=None, where=".kpatchlint.toml:1", paths=("drivers/x",), reason="old"),
        Adjustment(rule="*", severity=None, where=".kpatchlint.toml:7", paths=("drivers/x",), reason="old"),
    )


@pytest.mark.parametrize("mark", ["", '"', "'"], ids=["bare", "quoted", "single quotes"])
def test_place_of_a_key_is_its_line(tmp_path: Path, mark: str) -> None:
    (tmp_path / FILE_NAME).write_text(f"# {RULE} = 'off' once\n[severity]\n{mark}{RULE}{mark} = 'note'\n")
    layer, _ = read_nearest(tmp_path, tmp_path)
    assert [each.where for each in layer.adjustments] == [".kpatchlint.toml:3"]


def test_nearest_file_counts_alone(tmp_path: Path) -> None:
    inner = tmp_path / "drivers" / "net"
    inner.mkdir(parents=True)
    (tmp_path / FILE_NAME).write_text('arch = "arm64"\nfail-on = "note"\n')
    (tmp_path / "drivers" / FILE_NAME).write_text('fail-on = "never"\n')
    layer, file = read_nearest(inner, tmp_path)
    assert (file, list(layer.values)) == (str(tmp_path / "drivers" / FILE_NAME), ["fail-on"])
    assert layer.values["fail-on"].where == "drivers/.kpatchlint.toml:1"


def test_nothing_above_the_top_is_read(tmp_path: Path) -> None:
    top = tmp_path / "linux"
    top.mkdir()
    (tmp_path / FILE_NAME).write_text("no toml at all")
    assert read_nearest(top, top) == (Layer(), None)


def test_pyproject_counts_when_it_says_something_of_us(tmp_path: Path) -> None:
    (tmp_path / PROJECT_FILE).write_text("[tool.other]\nkpatchlint = 1\n")
    assert read_nearest(tmp_path, tmp_path) == (Layer(), None)
    layer = read(tmp_path, '[tool.kpatchlint]\narch = "arm64"\n', PROJECT_FILE)
    assert layer.values["arch"].where == "pyproject.toml:2"
    assert read(tmp_path, 'arch = "x86"\n').values["arch"].value == "x86"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("fail_on = 'error'", ":1: unknown setting 'fail_on', did you mean 'fail-on'?", id="unknown key"),
        pytest.param("\nfail-on = 'eror'", ":2: fail-on cannot be 'eror', did you mean 'error'?", id="unknown word"),
        pytest.param("[severety]\nx = 'off'", ":1: unknown table 'severety', did you mean 'severity'?", id="a table"),
        pytest.param(
            "[hook]\nstrikt = true", ":2: unknown setting 'hook.strikt', did you mean 'hook.strict'?", id="[hook]"
        ),
        pytest.param(
            "[severity]\nsleep-under-spinlok = 'off'", "did you mean 'sleep-under-spinlock'?", id="unknown rule"
        ),
        pytest.param(f"[severity]\n{RULE} = 'of'", ":2: no severity 'of', did you mean 'off'?", id="unknown severity"),
        pytest.param(f"[severity]\n{RULE} = 3", ":2: no severity 3", id="a number for a severity"),
        pytest.param("[[override]]\npath = ['x']", "did you mean 'paths'?", id="unknown key of an override"),
        pytest.param("[[override]]\npaths = ['../x']", "no pattern of paths below the top", id="paths outside"),
        pytest.param("[[override]]\nseverity = {}", "an override needs paths", id="an override for no paths"),
        pytest.param("override = 3", "override has to be an array", id="no override at all"),
        pytest.param("severity = 3", "severity has to be a table", id="no table"),
        pytest.param("[hook]\nstrict = 3", "hook.strict has to be true or false", id="no switch"),
        pytest.param("arch = ['arm64']", "arch has to be text", id="a list for text"),
        pytest.param("show = 'broken'", "show cannot be 'broken'", id="an unknown state"),
        pytest.param("arch = ", ".kpatchlint.toml:1: Invalid value", id="no TOML"),
        pytest.param("tree = '/x'", "'tree' is not for a file of a tree; use KPATCHLINT_TREE", id="a personal key"),
        pytest.param("baseline = '/etc/passwd'", "outside the folder of this file", id="an absolute path"),
        pytest.param("baseline = 'a/../../b'", "outside the folder of this file", id="a path that leads out"),
        pytest.param("baseline = 'link'", "outside the folder of this file", id="a link that leads out"),
        pytest.param("a = " + "[" * 5000, ".kpatchlint.toml:1: ", id="deep nesting"),
        pytest.param("x = 1\n" * 200_000, "over 1 MiB", id="a large file"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "link").symlink_to("/etc")
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(SettingError) as caught:
        read_nearest(tmp_path, tmp_path)
    assert said in str(caught.value)
    assert str(caught.value).startswith(".kpatchlint.toml")
    assert "\n" not in str(caught.value)


def test_paths_below_the_file_are_taken(tmp_path: Path) -> None:
    setting = read(tmp_path, "baseline = 'scripts/known.json'").values["baseline"]
    assert setting.value == str(tmp_path / "scripts/known.json")


def test_symbolic_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text("arch = 'arm64'")
    (tmp_path / FILE_NAME).symlink_to("real.toml")
    with pytest.raises(SettingError, match="is a symbolic link"):
        read_nearest(tmp_path, tmp_path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"arch = '\xff'")
    with pytest.raises(SettingError, match="is not UTF-8"):
        read_nearest(tmp_path, tmp_path)
