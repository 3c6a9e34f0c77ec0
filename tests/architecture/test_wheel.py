# SPDX-License-Identifier: GPL-2.0-or-later
"""The wheel holds the program and its rules, and runs without the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from kpatchlint.rules.load import own_rules
from tests.architecture.source import TOP, tracked_files


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content, unpacked as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=TOP, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_rules_are_in_the_wheel(installed: Path) -> None:
    ours = {path.removeprefix("rules/") for path in tracked_files() if path.startswith("rules/")}
    top = installed / "kpatchlint" / "_rules"
    shipped = {path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file()}
    assert ours <= shipped
    assert not (installed / "tests").exists()


def test_what_the_html_report_is_made_of_is_in_the_wheel(installed: Path) -> None:
    ours = {path for path in tracked_files() if path.startswith("kpatchlint/report/assets/")}
    assert ours
    assert [path for path in ours if not (installed / path).is_file()] == []


def test_installed_program_finds_its_rules(installed: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-P", "-m", "kpatchlint", "rules"]
    run = subprocess.run(command, cwd=installed, env=environment, check=True, capture_output=True, text=True)
    assert [line.split()[1] for line in run.stdout.splitlines()] == [rule.id for rule in own_rules()]
