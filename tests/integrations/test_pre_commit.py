# SPDX-License-Identifier: GPL-2.0-or-later
"""The real pre-commit framework, with our hooks installed from a repository made of this checkout."""

import shutil
import subprocess
import sys

import pytest

from tests.architecture.source import TOP
from tests.integrations.mailing import RULE, Repository, Run, build_repository

CONFIG = """\
default_install_hook_types: [pre-commit, pre-push]
repos:
  - repo: {ours}
    rev: {commit}
    hooks:
      - id: kpatchlint
      - id: kpatchlint-push
"""
FAULT = """\
#include <linux/stop_machine.h>
static int cb(void *x)
{
\tkmalloc(8, GFP_KERNEL);
\treturn 0;
}

void go(void)
{
\tstop_machine(cb, NULL, NULL);
}
"""


@pytest.fixture(scope="module")
def framework(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A tree with pre-commit set up in it, and a remote that has the first commit; the hooks' environment is made."""
    folder = tmp_path_factory.mktemp("framework")
    ours = folder / "ours"
    for name in ("kpatchlint", "rules"):
        shutil.copytree(TOP / name, ours / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(TOP / name, ours / name)
    repository = build_repository(folder, patches=False)
    repository.git("init", "-q", cwd=ours)
    repository.git("add", "-A", cwd=ours)
    repository.git("commit", "-qm", "ours", cwd=ours)
    commit = repository.git("rev-parse", "HEAD", cwd=ours)
    (repository.top / ".pre-commit-config.yaml").write_text(CONFIG.format(ours=ours, commit=commit))
    repository.git("add", "-A")
    repository.git("commit", "-qm", "use pre-commit")
    repository.git("init", "-q", "--bare", folder / "remote.git")
    repository.git("remote", "add", "origin", folder / "remote.git")
    repository.git("push", "-q", "origin", "HEAD:refs/heads/main")
    run = installed(repository, sys.executable, "-m", "pre_commit", "install", "--install-hooks")
    assert run.code == 0, run.out + run.err
    return repository


def installed(repository: Repository, *command: str) -> Run:
    """Run a command for which there is no kpatchlint but the one that the framework has installed."""
    return repository.run(*command, environment={"PYTHONPATH": "", "PRE_COMMIT_COLOR": "never"})


@pytest.fixture
def tree(framework: Repository) -> Repository:
    framework.git("reset", "-q", "--hard", "origin/main")
    return framework


def edit(repository: Repository, text: str) -> None:
    mmu = repository.top / "arch/arm64/mm/mmu.c"
    mmu.write_text(mmu.read_text() + text)


@pytest.mark.parametrize("how", [["-m", "x"], ["-a", "-m", "x"]], ids=["what was added", "commit -a"])
def test_commit_that_breaks_something_is_stopped(tree: Repository, how: list[str]) -> None:
    edit(tree, FAULT)
    if "-a" not in how:
        tree.git("add", "-A")
    head = tree.git("rev-parse", "HEAD")
    run = installed(tree, "git", "commit", *how)
    assert run.code == 1
    assert f"[{RULE}]" in run.said
    assert tree.git("rev-parse", "HEAD") == head


def test_commit_that_breaks_nothing_goes_through(tree: Repository) -> None:
    edit(tree, FAULT.replace("GFP_KERNEL", "GFP_ATOMIC"))
    run = installed(tree, "git", "commit", "-a", "-m", "x")
    assert run.code == 0, run.said
    assert "Passed" in run.said


def test_commit_without_kernel_code_is_not_looked_at(tree: Repository) -> None:
    (tree.top / "notes.txt").write_text("x\n")
    tree.git("add", "-A")
    run = installed(tree, "git", "commit", "-m", "x")
    assert run.code == 0
    assert "Skipped" in run.said


def test_push_is_judged_as_one_series(tree: Repository) -> None:
    edit(tree, FAULT)
    tree.git("commit", "-q", "--no-verify", "-a", "-m", "break it")
    run = installed(tree, "git", "push", "origin", "HEAD:refs/heads/topic")
    assert run.code != 0
    assert f"[{RULE}]" in run.said
    mmu = tree.top / "arch/arm64/mm/mmu.c"
    mmu.write_text(mmu.read_text().replace("kmalloc(8, GFP_KERNEL)", "kmalloc(8, GFP_ATOMIC)"))
    tree.git("commit", "-q", "--no-verify", "-a", "-m", "mend it")
    run = installed(tree, "git", "push", "origin", "HEAD:refs/heads/topic")
    assert run.code == 0, run.said


def test_manifest_is_valid() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(TOP / ".pre-commit-hooks.yaml")]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
