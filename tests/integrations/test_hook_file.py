# SPDX-License-Identifier: GPL-2.0-or-later
"""The hook is put where git looks for it, beside nothing of anybody else's, and is taken away again."""

import os
from pathlib import Path

import pytest

from kpatchlint.integrations.hook_file import CHAIN
from tests.integrations.mailing import Repository, build_repository

FOREIGN = "#!/bin/sh\nexit 0\n"
CHAINED = f"#!/bin/sh\n{CHAIN}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return build_repository(tmp_path, patches=False)


def hook_of(repository: Repository) -> Path:
    return repository.top / ".git/hooks/sendemail-validate"


def test_it_is_installed_told_and_removed(repository: Repository) -> None:
    assert repository.kpatchlint("hook", "status").code == 1
    installed = repository.kpatchlint("hook", "install")
    hook = hook_of(repository)
    assert (installed.code, os.access(hook, os.X_OK)) == (0, True)
    assert f"{hook}: installed" in installed.out
    assert repository.kpatchlint("hook", "status").out == installed.out
    removed = repository.kpatchlint("hook", "uninstall")
    assert (removed.code, hook.exists()) == (0, False)
    assert repository.kpatchlint("hook", "uninstall").code == 0


def test_it_is_installed_over_its_own_former_self(repository: Repository) -> None:
    repository.kpatchlint("hook", "install", "--strict")
    assert "strict" in repository.kpatchlint("hook", "status").out
    assert repository.kpatchlint("hook", "install").code == 0
    assert "strict" not in repository.kpatchlint("hook", "status").out


@pytest.mark.parametrize("command", ["install", "uninstall"])
@pytest.mark.parametrize(
    ("text", "said", "code"),
    [
        pytest.param(FOREIGN, "a hook that does not call kpatchlint", 1, id="a foreign hook"),
        pytest.param(CHAINED, "a hook of your own that calls kpatchlint", 0, id="one that calls us"),
        pytest.param("# kpatchlint hook sendemail-validate\n", "does not call kpatchlint", 1, id="one that only talks"),
    ],
)
def test_hook_of_somebody_else_is_left_alone(
    repository: Repository, text: str, said: str, code: int, command: str
) -> None:
    hook = hook_of(repository)
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(text)
    hook.chmod(0o755)
    run = repository.kpatchlint("hook", command)
    assert (run.code, run.out) == (2, "")
    assert said in run.err
    assert (f"add this line to it: {CHAIN}" in run.err) is (command == "install" and text != CHAINED)
    assert ("by hand" in run.err) is (command == "uninstall")
    assert hook.read_text() == text
    status = repository.kpatchlint("hook", "status")
    assert status.code == code
    assert said in status.out


def test_hook_that_was_changed_by_hand_is_left_alone(repository: Repository) -> None:
    repository.kpatchlint("hook", "install")
    hook = hook_of(repository)
    hook.write_text(hook.read_text() + "echo more\n")
    assert repository.kpatchlint("hook", "uninstall").code == 2
    assert repository.kpatchlint("hook", "install", "--strict").code == 2
    assert hook.read_text().endswith("echo more\n")
    assert repository.kpatchlint("hook", "status").code == 0


@pytest.mark.parametrize("target", ["/no/such/file", "real"])
def test_symbolic_link_is_somebody_elses(repository: Repository, target: str) -> None:
    hook = hook_of(repository)
    hook.parent.mkdir(exist_ok=True)
    (hook.parent / "real").write_text("")
    hook.symlink_to(target)
    assert repository.kpatchlint("hook", "install").code == 2
    assert hook.is_symlink()
    assert (hook.parent / "real").read_text() == ""


def test_hook_that_git_will_not_run_is_told(repository: Repository) -> None:
    repository.kpatchlint("hook", "install")
    hook_of(repository).chmod(0o644)
    status = repository.kpatchlint("hook", "status")
    assert status.code == 1
    assert "not executable: git does not run it" in status.out


@pytest.mark.parametrize(
    ("hooks_path", "place"),
    [
        pytest.param("{home}/hooks", "{home}/hooks", id="absolute"),
        pytest.param("shared", "{top}/shared", id="relative"),
    ],
)
def test_hooks_path_counts(repository: Repository, hooks_path: str, place: str) -> None:
    repository.git("config", "core.hooksPath", hooks_path.format(home=repository.home))
    run = repository.kpatchlint("hook", "install")
    assert Path(place.format(home=repository.home, top=repository.top), "sendemail-validate").is_file()
    assert "core.hooksPath is" in run.out
    assert not hook_of(repository).exists()


def test_hooks_that_are_switched_off_are_said(repository: Repository) -> None:
    repository.git("config", "core.hooksPath", "/dev/null")
    run = repository.kpatchlint("hook", "install")
    assert (run.code, run.err) == (
        2,
        "kpatchlint: /dev/null is no folder, so git runs no hooks here (core.hooksPath)\n",
    )
    assert repository.kpatchlint("hook", "status").code == 1


def test_linked_work_tree_shares_the_hook(repository: Repository) -> None:
    other = repository.top.parent / "other"
    repository.git("worktree", "add", "-q", other)
    assert repository.kpatchlint("hook", "install", cwd=other).code == 0
    assert hook_of(repository).is_file()
    assert repository.kpatchlint("hook", "status").code == 0


def test_folder_below_the_top_will_do(repository: Repository) -> None:
    assert repository.kpatchlint("hook", "install", cwd=repository.top / "arch").code == 0
    assert hook_of(repository).is_file()


def test_no_repository_is_one_line(tmp_path: Path) -> None:
    run = Repository(tmp_path, tmp_path).kpatchlint("hook", "install")
    assert run.code == 2
    assert "not a git repository" in run.err
    assert run.err.count("\n") == 1


def test_module_of_the_tree_is_not_run(repository: Repository) -> None:
    (repository.top / "json.py").write_text("raise SystemExit('taken from the tree')\n")
    (repository.top / "kpatchlint").mkdir()
    (repository.top / "kpatchlint" / "__init__.py").write_text("raise SystemExit('taken from the tree')\n")
    assert repository.kpatchlint("hook", "install").code == 0
    mail = repository.home / "0001.patch"
    mail.write_text("From: A <a@example.org>\nSubject: [PATCH] nothing\n\nno diff\n")
    run = repository.run(hook_of(repository), mail)
    assert "taken from the tree" not in run.out + run.err
    assert "nothing is checked" in run.err
