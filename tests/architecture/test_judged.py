# SPDX-License-Identifier: GPL-2.0-or-later
"""What was judged by hand names rules that there are, each place once, with a verdict and a reason."""

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from kpatchlint.rules.load import own_rules
from tests.architecture.source import TOP


@pytest.mark.parametrize("path", sorted(TOP.glob("bench/judged/*.toml")), ids=lambda path: path.name)
def test_judged_lists_can_be_held_against_reports(path: Path) -> None:
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["judged"]
    assert {row["rule"] for row in rows} <= {rule.id for rule in own_rules()}
    assert {row["verdict"] for row in rows} <= {"real", "debatable", "false"}
    assert all(row["why"] for row in rows)
    assert [
        key for key, count in Counter((r["rule"], r["path"], r["function"]) for r in rows).items() if count > 1
    ] == []
