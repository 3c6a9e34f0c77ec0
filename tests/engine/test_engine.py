# SPDX-License-Identifier: GPL-2.0-or-later
"""The stages wired together: which architecture, which base, which trees, and what is said of the input."""

import subprocess
from pathlib import Path

import pytest

from kpatchlint.engine import Report, check, find_arch
from kpatchlint.text.errors import NothingToAnalyse, UsageError
from tests.cli.runner import FIXTURES

TREE = FIXTURES / "tree-arm64-mini"
SERIES = FIXTURES / "demo" / "hotplug-series.mbox"
MMU = "arch/arm64/mm/mmu.c"


def git(top: Path, *arguments: str) -> str:
    """git with a name, a date and no configuration of the machine."""
    environment = {
        "PATH": "/usr/bin:/bin:/usr/local/bin",
        "HOME": str(top),
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    done = subprocess.run(["git", "-C", str(top), *arguments], env=environment, check=True, capture_output=True)
    return done.stdout.decode().strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The small tree as a repository: one commit with it, and one more on top that breaks nothing."""
    for path in sorted(p for p in TREE.rglob("*") if p.is_file()):
        copy = tmp_path / path.relative_to(TREE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "base")
    (tmp_path / "Kbuild").write_text("# changed\n")
    git(tmp_path, "commit", "-qam", "Kbuild: change it")
    return tmp_path


@pytest.mark.parametrize(
    ("paths", "arch"),
    [
        pytest.param([], "arm64", id="nothing touched"),
        pytest.param(["mm/memory.c"], "arm64", id="common code"),
        pytest.param(["arch/riscv/mm/init.c", "mm/memory.c"], "riscv", id="one other architecture"),
        pytest.param(["arch/x86/mm/init.c", "arch/arm64/mm/mmu.c"], "arm64", id="arm64 among several"),
        pytest.param(["arch/Kconfig"], "arm64", id="a file of no architecture"),
    ],
)
def test_architecture_is_what_the_patches_touch(paths: list[str], arch: str) -> None:
    assert find_arch(paths) == arch


def placements(report: Report) -> list[str]:
    return [placed.placement.value for placed in report.patches]


def test_series_is_laid_patch_upon_patch() -> None:
    report = check(str(SERIES), tree=str(TREE))
    assert placements(report) == ["exact", "exact"]
    first, second = (placed.files[0] for placed in report.patches)
    assert first.new_blob == second.old_blob
    assert b"stop_machine(map_added_range" in (report.patches[1].tree.read(MMU) or b"")
    assert (report.tree.kind, report.tree.kernel, report.tree.arch) == ("directory", "6.12.0-mini", "arm64")


def test_second_patch_alone_is_said_to_miss_the_first(tmp_path: Path) -> None:
    mails = SERIES.read_text().split("\nFrom 0000")
    (tmp_path / "0002.patch").write_text("From 0000" + mails[1])
    report = check(str(tmp_path / "0002.patch"), tree=str(TREE))
    assert "patch 1 of 2 is missing" in report.notes
    assert placements(report) == ["partial"]


def test_two_series_are_each_laid_over_the_base(tmp_path: Path) -> None:
    again = SERIES.read_text().replace("added-memory", "other").replace("[PATCH", "[PATCH v2")
    (tmp_path / "v2.mbox").write_text(again)
    report = check(str(SERIES), str(tmp_path / "v2.mbox"), tree=str(TREE))
    assert placements(report) == ["exact"] * 4
    introduced = [shown.verdict.patch for shown in report.findings]
    assert all(1 <= patch <= 4 for patch in introduced)


def test_git_range_brings_its_own_base(repository: Path) -> None:
    report = check("git:HEAD~1..HEAD", tree=str(repository))
    assert report.tree.revision == git(repository, "rev-parse", "HEAD~1")
    assert placements(report) == ["exact"]


def test_base_is_found_by_the_blobs_that_the_mail_names(repository: Path) -> None:
    (repository / MMU).write_text("")
    git(repository, "commit", "-qam", "lose the file")
    report = check(str(SERIES), tree=str(repository))
    assert placements(report) == ["exact", "exact"]
    assert any("1 of 1 pre-image blobs match" in note for note in report.notes)


def test_stated_revision_is_taken(repository: Path) -> None:
    report = check(str(SERIES), tree=str(repository), rev="HEAD~1")
    assert report.tree.revision == git(repository, "rev-parse", "HEAD~1")


def test_patch_that_fits_nowhere_is_reported_as_such(tmp_path: Path) -> None:
    mail = tmp_path / "x.patch"
    mail.write_text("--- a/no/such.rst\n+++ b/no/such.rst\n@@ -1,3 +1,2 @@\n one\n-two\n three\n")
    report = check(str(mail), tree=str(TREE))
    assert isinstance(report.unfit, NothingToAnalyse)
    assert report.findings == ()


def test_input_without_a_patch_is_no_report(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("From: a@example.org\nSubject: hello\n\nNothing here.\n")
    with pytest.raises(NothingToAnalyse, match="no patch in"):
        check(str(tmp_path / "mail"), tree=str(TREE))


def test_architecture_has_to_be_in_the_tree() -> None:
    with pytest.raises(UsageError, match="no architecture 'arm46'"):
        check(str(SERIES), tree=str(TREE), arch="arm46")
