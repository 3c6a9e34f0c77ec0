# SPDX-License-Identifier: GPL-2.0-or-later
"""A test that needs a real tree may be skipped by a person without one, but not by CI."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import TOP

ONE_REAL_TREE_TEST = ["tests/rules/test_evidence.py", "-k", "test_evidence_is_in_the_kernel", "--maxfail=1"]


@pytest.mark.parametrize(
    ("ci", "code", "said"),
    [
        pytest.param("", 0, r"= \d+ skipped", id="at home it is a skip"),
        pytest.param("true", 1, "= .*1 error", id="in CI it is a failure"),
    ],
)
def test_real_tree_test_without_a_tree(tmp_path: Path, ci: str, code: int, said: str) -> None:
    environment = {**os.environ, "CI": ci, "KPATCHLINT_TREE_6_12": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *ONE_REAL_TREE_TEST]
    run = subprocess.run(command, cwd=TOP, env=environment, check=False, capture_output=True, text=True)
    assert run.returncode == code, run.stdout
    assert re.search(said, run.stdout), run.stdout
    assert "no Linux 6.12 tree" in run.stdout
