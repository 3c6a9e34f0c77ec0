# SPDX-License-Identifier: GPL-2.0-or-later
"""The real b4: its four ways to run a checker, set up as docs/b4.md says, on the series of the demo."""

import json
import re
import sys
from pathlib import Path

import pytest

from kpatchlint.integrations.b4 import TRACKING, find_review_range
from kpatchlint.text.errors import UsageError
from tests.integrations.mailing import RULE, SERIES, Repository, Run, build_repository

OURS = f"{sys.executable} -P -m kpatchlint"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")

# What ``b4 review`` does for a series that it has a branch for, without its screens (review_tui/_common.py).
REVIEW = """
import argparse, email, email.policy, json, mailbox, sys
import b4, b4.review.checks as checks
b4.setup_config(argparse.Namespace(config={}))
def parse(stream):
    return email.message_from_binary_file(stream, policy=email.policy.default)
mails = [(mail["message-id"], mail) for mail in mailbox.mbox(sys.argv[1], factory=parse)]
perpatch, series = checks.load_check_cmds()
top = b4.git_get_toplevel()
found = checks.run_perpatch_checks(mails, perpatch, top)
whole = checks.run_series_checks(mails[0], series, top, extra_env=json.loads(sys.argv[2]))
print(json.dumps([[found[mid] for mid, _ in mails], whole]))
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """The tree in git, without the patches."""
    return build_repository(tmp_path, patches=False)


def b4(repository: Repository, *arguments: str | Path) -> Run:
    """b4 prints what it checks to stderr."""
    run = repository.run("b4", *arguments)
    return Run(run.code, COLOUR.sub("", run.out + run.err), "")


def prepared(repository: Repository) -> Repository:
    """A branch of b4 with the two patches on it."""
    repository.git("config", "b4.prep-perpatch-check-cmd", f"{OURS} check --format=b4 -")
    assert b4(repository, "prep", "-n", "add-memory").code == 0
    repository.git("am", "-q", SERIES)
    return repository


def test_prep_check_shows_the_error_at_its_patch(repository: Repository) -> None:
    run = b4(prepared(repository), "prep", "--check")
    first, second = (part.strip() for part in run.out.split("●", 2)[1:])
    assert first.endswith("map memory that is added at run time")
    assert f"arch/arm64/mm/mmu.c:22: ERROR: [{RULE}]" in second
    assert "Success: 1, Warning: 0, Error: 1" in run.out


def test_prep_check_of_a_good_series_is_a_success(repository: Repository) -> None:
    prepared(repository)
    repository.git("reset", "-q", "--hard", "HEAD^")
    assert "Success: 1, Warning: 0, Error: 0" in b4(repository, "prep", "--check").out


def test_what_cannot_be_analysed_is_no_success(repository: Repository) -> None:
    prepared(repository)
    (repository.top / ".kpatchlint.toml").write_text("no toml")
    run = b4(repository, "prep", "--check")
    assert "Success: 0" in run.out
    assert ".kpatchlint.toml:1: " in run.out


@pytest.mark.parametrize("command", ["am", "shazam"])
def test_am_and_shazam_check_what_they_take(repository: Repository, command: str) -> None:
    repository.git("config", "b4.am-perpatch-check-cmd", f"{OURS} check --format=b4 -")
    prepared(repository)
    mails = repository.home / "series.mbox"
    mails.write_text(repository.git("format-patch", "--stdout", "--thread", "-2") + "\n")
    repository.git("checkout", "-q", "--detach", "HEAD~3")
    (message_id,) = re.findall(r"^Message-Id: <(.*)>", mails.read_text(), re.MULTILINE | re.IGNORECASE)[:1]
    where = ["-o", str(repository.home)] if command == "am" else []
    run = b4(repository, "--offline-mode", command, "-C", "-k", "-m", mails, *where, message_id)
    first, second = run.out.split("[PATCH 2/2]", 1)
    assert "passed all checks" in first
    assert f"mmu.c:22: ERROR: [{RULE}]" in second


def test_review_gets_a_result_for_each_patch_and_for_the_series(repository: Repository) -> None:
    repository.git("config", "b4.review-perpatch-check-cmd", f"{OURS} check --format=b4-json -")
    repository.git("config", "b4.review-series-check-cmd", f"{OURS} hook b4-series")
    base = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "-q", "-b", "b4/review/add-memory")
    repository.git("am", "-q", SERIES)
    mails = repository.home / "series.mbox"
    mails.write_text(repository.git("format-patch", "--stdout", "--thread", "-2") + "\n")
    first = repository.git("rev-parse", "HEAD^")
    repository.git("commit", "-q", "--allow-empty", "-m", "where b4 keeps its data")
    tracking = repository.home / "tracking.json"
    tracking.write_text(json.dumps({"series": {"first-patch-commit": first, "change-id": "add-memory"}}))
    repository.git("checkout", "-q", base)
    run = repository.run(sys.executable, "-c", REVIEW, mails, json.dumps({TRACKING: str(tracking)}))
    assert run.code == 0, run.err
    patches, (whole,) = json.loads(run.out)
    assert [[(r["tool"], r["status"]) for r in results] for results in patches] == [
        [("kpatchlint", "pass")],
        [("kpatchlint", "fail")],
    ]
    assert (whole["tool"], whole["status"], whole["summary"]) == ("kpatchlint-series", "fail", "1 error")
    (detail,) = json.loads(whole["details"])
    assert (detail["context"], detail["status"]) == (RULE, "fail")


def test_series_without_a_branch_has_no_result(repository: Repository) -> None:
    run = repository.kpatchlint("hook", "b4-series")
    assert (run.code, run.out, run.err) == (0, "", "")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("[" * 100_000, id="deep"),
        pytest.param("[1]", id="a list"),
        pytest.param('{"series": {}}', id="no series"),
        pytest.param('{"series": {"first-patch-commit": "--output=x", "change-id": "a"}}', id="an option for a commit"),
        pytest.param('{"series": {"first-patch-commit": "abcdef0", "change-id": "a..b"}}', id="a range for a branch"),
        pytest.param('{"series": {"first-patch-commit": "abcdef0", "change-id": 3}}', id="a number for a branch"),
    ],
)
def test_what_b4_cannot_have_written_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(UsageError, match=TRACKING):
        find_review_range({TRACKING: str(tmp_path / "t.json")})


def test_range_leaves_the_commit_with_b4s_data_out() -> None:
    assert find_review_range({}) is None
