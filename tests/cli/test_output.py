# SPDX-License-Identifier: GPL-2.0-or-later
"""``--format`` and ``--output``: what goes to stdout, to a file, to stderr, and with which exit code."""

import json
from pathlib import Path

import pytest

from kpatchlint.report.formats import FORMATS
from tests.cli.runner import FIXTURES, kpatchlint

TREE = FIXTURES / "tree-arm64-mini"
SERIES = FIXTURES / "demo" / "hotplug-series.mbox"
NO_PLACE = "--- a/no/such.rst\n+++ b/no/such.rst\n@@ -1,3 +1,2 @@\n one\n-two\n three\n"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_offered_and_tells_the_finding(name: str) -> None:
    run = kpatchlint("check", "--tree", TREE, "--format", name, SERIES)
    assert (run.code, run.err) == (1, "")
    assert "gfp-sleep-in-stop-machine" in run.out


def test_unknown_format_is_answered_with_the_known_ones() -> None:
    run = kpatchlint("check", "--tree", TREE, "--format", "xml", SERIES)
    assert run.code == 2
    assert all(name in run.err for name in FORMATS)


def test_help_names_the_formats() -> None:
    assert "rdjson" in kpatchlint("check", "--help").out


def test_output_goes_to_the_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("an older report")
    run = kpatchlint("check", "--tree", TREE, "--format", "json", "--output", file, SERIES)
    assert (run.code, run.out, run.err) == (1, "", "")
    assert len(json.loads(file.read_text())["findings"]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_output_may_be_a_device() -> None:
    run = kpatchlint("check", "--tree", TREE, "--format", "terse", "-o", "/dev/stdout", SERIES)
    assert run.out.endswith("lines checked\n")


@pytest.mark.parametrize("name", ["no/such/folder/report.txt", ".", ""], ids=["no folder", "a folder", "empty"])
def test_output_that_cannot_be_written_is_one_line(name: str, tmp_path: Path) -> None:
    run = kpatchlint("check", "--tree", TREE, "--output", name, SERIES, cwd=tmp_path)
    assert run.code == 2
    assert [*tmp_path.iterdir()] == []
    assert run.err.startswith(f"kpatchlint: {name}: ")
    assert run.err.count("\n") == 1


@pytest.mark.parametrize("name", ["b4", "b4-json"])
@pytest.mark.parametrize("mail", ["hello\n", NO_PLACE], ids=["no patch in it", "fits nowhere"])
def test_b4_is_told_on_stdout_that_nothing_was_analysed(name: str, mail: str) -> None:
    run = kpatchlint("check", "--tree", TREE, "--format", name, "-", stdin=mail.encode())
    assert (run.code, run.err) == (0, "")
    assert "WARNING: [not-analysed]" in run.out or json.loads(run.out)[0]["status"] == "warn"


def test_b4_hears_nothing_of_a_clean_patch(tmp_path: Path) -> None:
    mail = tmp_path / "clean.patch"
    mail.write_text("--- a/new.c\n+++ b/new.c\n@@ -0,0 +1 @@\n+int fine;\n")
    run = kpatchlint("check", "--tree", TREE, "--format", "b4", mail)
    assert (run.code, run.out, run.err) == (0, "", "")


@pytest.mark.parametrize("name", FORMATS)
def test_scan_has_the_same_formats(name: str) -> None:
    run = kpatchlint("scan", "--tree", TREE, "--jobs", "1", "--format", name, "arch/arm64/mm")
    assert (run.code, run.err) == (0, "")
    assert run.out or name in ("b4", "github")  # the two that say nothing where nothing is found
