# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls of a git that counts them (2.41 and later), through the real ``git hook run``, as git-send-email makes them."""

import json
import os
from pathlib import Path

import pytest

from kpatchlint.integrations.sending import COUNTER, TOTAL, Memory, find_mails
from tests.integrations.mailing import Repository, Run, build_repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    built = build_repository(tmp_path)
    assert built.kpatchlint("hook", "install").code == 0
    return built


def formatted(repository: Repository, folder: str, *arguments: str) -> list[Path]:
    out = repository.home / folder
    repository.git("format-patch", "-q", "-o", out, *arguments)
    return sorted(out.iterdir())


def call(repository: Repository, mails: list[Path], counter: int, total: int) -> Run:
    """One call, as git-send-email of git 2.41 makes it: counters, GIT_DIR, and the header in a file of its own."""
    header = repository.top / ".git" / ".gitsendemail.header.test"
    header.write_text("To: list@example.org\n")
    counters = {COUNTER: str(counter), TOTAL: str(total), "GIT_DIR": str(repository.top / ".git")}
    command = ["git", "hook", "run", "--ignore-missing", "sendemail-validate", "--"]
    return repository.run(*command, mails[counter - 1], header, environment=counters)


def call_all(repository: Repository, mails: list[Path]) -> list[Run]:
    """Every mail in turn, up to the first that is refused."""
    runs: list[Run] = []
    for counter in range(1, len(mails) + 1):
        runs.append(call(repository, mails, counter, len(mails)))
        if runs[-1].code:
            break
    return runs


def test_series_is_judged_once_at_the_last_call(repository: Repository) -> None:
    runs = call_all(repository, formatted(repository, "out", "-2"))
    assert [run.code for run in runs] == [0, 1]
    assert runs[0].out + runs[0].err == ""
    assert "kpatchlint: refused: 1 error, 0 warnings, 0 notes introduced by 2 patches" in runs[1].said
    assert runs[1].err.rstrip().endswith("to send all the same: git send-email --no-validate")


def test_mails_from_two_folders_are_one_series(repository: Repository) -> None:
    mails = formatted(repository, "out", "-2")
    moved = repository.home / mails[1].name
    mails[1].rename(moved)
    runs = call_all(repository, [mails[0], moved])
    assert "introduced by 2 patches" in runs[1].said


def test_nothing_is_left_behind(repository: Repository) -> None:
    call_all(repository, formatted(repository, "out", "-2"))
    assert list((repository.top / ".git/kpatchlint").iterdir()) == []


def test_sending_that_was_broken_off_is_forgotten(repository: Repository) -> None:
    mails = formatted(repository, "out", "-2")
    assert call(repository, mails, 1, 2).code == 0
    runs = call_all(repository, [mails[0]])
    assert [run.code for run in runs] == [0]
    assert "introduced by 1 patch" in runs[0].said


def test_calls_that_could_not_be_remembered_are_told(tmp_path: Path) -> None:
    mail = tmp_path / "0003.patch"
    mail.write_text("Subject: [PATCH 3/3] x\n\n")
    sending = find_mails(mail, {COUNTER: "3", TOTAL: "3"}, Memory(tmp_path / "no" / "memory.json"))
    assert sending.mails == (mail,)
    assert sending.notes == ("2 of 3 mails of this sending could not be remembered",)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, "\0" * 50])
def test_damaged_memory_is_an_empty_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "send-0.json").write_text(text)
    assert Memory(tmp_path / "send-0.json").read() == {}


def test_memory_of_yesterday_is_cleared_away(tmp_path: Path) -> None:
    old, new = tmp_path / "send-1.json", Memory(tmp_path / "send-2.json")
    old.write_text("{}")
    os.utime(old, (1, 1))
    new.write({"a": "b"})
    assert not old.exists()
    assert json.loads(new.path.read_text()) == {"a": "b"}


MAIL = "From 0000 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nSubject: {}\n\nbody\n"


def write(folder: Path, **subjects: str) -> None:
    for name, subject in subjects.items():
        (folder / f"{name}.patch").write_text(MAIL.format(subject))


@pytest.mark.parametrize(
    ("subjects", "own", "found", "noted"),
    [
        pytest.param({"a": "[PATCH] x", "b": "[PATCH] y"}, "a", ["a"], 0, id="without numbers each is alone"),
        pytest.param({"a": "[PATCH 1/2] x", "b": "[PATCH 2/2] y"}, "a", ["a", "b"], 0, id="whole series at its first"),
        pytest.param({"a": "[PATCH 2/2] x", "b": "[PATCH 1/2] y"}, "a", ["b", "a"], 0, id="in the order of numbers"),
        pytest.param({"a": "[PATCH 1/3] x", "b": "[PATCH 2/3] y"}, "a", ["a"], 1, id="one that is not there is told"),
        pytest.param(
            {"a": "[PATCH v2 1/2] x", "b": "[PATCH v2 2/2] y", "c": "[PATCH 2/2] y"},
            "a",
            ["a", "b"],
            0,
            id="another version is another series",
        ),
        pytest.param(
            {"a": "[RFC PATCH 1/2] x", "b": "[RFC PATCH 2/2] y", "c": "[PATCH 1/2] y"},
            "a",
            ["a", "b"],
            0,
            id="so is another prefix",
        ),
        pytest.param(
            {"a": "[PATCH 0/1] cover", "b": "[PATCH 1/1] y", "c": "Re: [PATCH 1/1] y"},
            "a",
            ["a", "b"],
            0,
            id="a cover letter comes first, replies do not count",
        ),
    ],
)
def test_mails_beside_the_first(
    tmp_path: Path, subjects: dict[str, str], own: str, found: list[str], noted: int
) -> None:
    write(tmp_path, **subjects)
    sending = find_mails(tmp_path / f"{own}.patch", {}, Memory(tmp_path / "state" / "send-0.json"))
    assert [mail.stem for mail in sending.mails] == found
    assert len(sending.notes) == noted


def test_of_two_files_for_one_patch_the_newer_is_taken_and_named(tmp_path: Path) -> None:
    write(tmp_path, a="[PATCH 1/2] x", old="[PATCH 2/2] old title", young="[PATCH 2/2] title")
    os.utime(tmp_path / "old.patch", (1, 1))
    sending = find_mails(tmp_path / "a.patch", {}, Memory(tmp_path / "state"))
    assert [mail.stem for mail in sending.mails] == ["a", "young"]
    assert sending.notes == ("two files are patch 2/2, young.patch is taken",)
