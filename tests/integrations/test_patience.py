# SPDX-License-Identifier: GPL-2.0-or-later
"""A check that takes long says so before its verdict, and one that does not says nothing of it."""

import io
from pathlib import Path

import pytest

from kpatchlint.integrations import sendemail
from kpatchlint.integrations.hook_file import REFUSED
from tests.integrations.mailing import build_repository

SAID = "kpatchlint: checking 2 mails; a tree is indexed before its first check, which takes a while\n"


@pytest.mark.parametrize(
    ("quiet_s", "is_said"), [pytest.param(0.0, True, id="long"), pytest.param(300.0, False, id="not long")]
)
def test_a_long_check_says_what_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet_s: float, is_said: bool
) -> None:
    repository = build_repository(tmp_path)
    repository.git("format-patch", "-q", "-o", tmp_path / "out", "-2")
    monkeypatch.chdir(repository.top)
    monkeypatch.setattr(sendemail, "_QUIET_S", quiet_s)
    first, second = sorted((tmp_path / "out").iterdir())
    err = io.StringIO()
    assert sendemail.validate(first, {}, err, is_strict=False) == 0  # the second is held back, with its verdict
    assert sendemail.validate(second, {}, err, is_strict=False) == REFUSED
    assert err.getvalue().startswith(SAID) is is_said
    assert err.getvalue().count("kpatchlint: checking") == is_said
