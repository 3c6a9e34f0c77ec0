# SPDX-License-Identifier: GPL-2.0-or-later
"""The stages wired together: which architecture, which base, which trees, and what is said of the input."""

import gc
import subprocess
from pathlib import Path

import pytest

from kpatchlint.engine import Report, check, find_arch
from kpatchlint.program.program import Program
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


REPLY = """\
From: B <b@example.org>
Message-Id: <reply@example.org>
In-Reply-To: <20260105-added-memory-2@example.org>
References: <20260105-added-memory-1@example.org> <20260105-added-memory-2@example.org>
Subject: Re: [PATCH 2/2] arm64: mm: add memory while no CPU looks at the tables

On Monday, A Developer wrote:
"""
MARK = f"From {'0' * 40} Mon Sep 17 00:00:00 2001\n"


def mails() -> list[str]:
    return [part.rstrip("\n") + "\n" for part in SERIES.read_text().split(MARK)[1:]]


def as_mbox(path: Path, *each: str) -> str:
    path.write_text("".join(f"{MARK}{mail}\n" for mail in each))
    return str(path)


def test_quotes_in_replies_are_not_patches_of_the_series(tmp_path: Path) -> None:
    first, second = mails()
    quote = "".join(f"> {line}\n" for line in second[second.index("diff --git") :].splitlines())
    report = check(as_mbox(tmp_path / "thread", first, second, REPLY + quote), tree=str(TREE))
    assert placements(report) == ["exact", "exact"]
    assert "diffs in replies that only quote the series are left out: 1" in report.notes
    assert len(report.findings) == len(check(str(SERIES), tree=str(TREE)).findings)


def test_proposal_in_a_reply_starts_from_the_base(tmp_path: Path) -> None:
    kbuild = (TREE / "Kbuild").read_text().splitlines()
    diff = f"--- a/Kbuild\n+++ b/Kbuild\n@@ -1,1 +1,2 @@\n {kbuild[0]}\n+# a line\n"
    report = check(as_mbox(tmp_path / "thread", *mails(), REPLY + "> yes\n\nOr:\n\n" + diff), tree=str(TREE))
    assert placements(report) == ["exact", "exact", "placed"]
    assert report.patches[2].tree.read(MMU) == (TREE / MMU).read_bytes()


def test_mail_of_an_inbox_brings_its_series(tmp_path: Path) -> None:
    epoch = tmp_path / "git" / "0.git"
    epoch.mkdir(parents=True)
    git(epoch, "init", "-q")
    for mail in mails():
        (epoch / "m").write_text(mail)
        git(epoch, "add", "m")
        git(epoch, "commit", "-qm", "mail")
    report = check(f"inbox:{tmp_path}#20260105-added-memory-2@example.org", tree=str(TREE))
    assert placements(report) == ["exact", "exact"]
    with pytest.raises(UsageError, match="no mail with the Message-ID"):
        check(f"inbox:{tmp_path}#nobody@example.org", tree=str(TREE))


@pytest.fixture
def conditional(tmp_path: Path) -> tuple[str, str]:
    """A tree whose stop_machine() caller is built with an option only, and a patch that makes its callback allocate."""
    tree = tmp_path / "tree"
    for path in (p for p in TREE.rglob("*") if p.is_file()):
        copy = tree / path.relative_to(TREE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    before = (
        "#include <linux/mm.h>\n#include <linux/stop_machine.h>\n\n#ifdef CONFIG_ADDED\n"
        "static int add_all(void *data)\n{\n\treturn 0;\n}\n\n"
        "void add(void)\n{\n\tstop_machine(add_all, NULL, NULL);\n}\n#endif\n"
    )
    (tree / "mm/added.c").write_text(before)
    diff = (
        "--- a/mm/added.c\n+++ b/mm/added.c\n@@ -5,4 +5,4 @@\n static int add_all(void *data)\n {\n"
        "-\treturn 0;\n+\treturn __get_free_page(GFP_KERNEL) ? 0 : -ENOMEM;\n }\n"
    )
    (tmp_path / "x.diff").write_text(diff)
    return str(tree), str(tmp_path / "x.diff")


@pytest.mark.parametrize(
    ("config", "is_reported"),
    [
        pytest.param(None, True, id="any configuration"),
        pytest.param({"CONFIG_ADDED": "y"}, True, id="one that has it"),
        pytest.param({"CONFIG_ADDED": "n"}, False, id="one that has it not"),
    ],
)
def test_configuration_rules_out_findings(
    conditional: tuple[str, str], config: dict[str, str] | None, is_reported: bool
) -> None:
    tree, diff = conditional
    report = check(diff, tree=tree, config=config)
    assert [shown.verdict.finding.conditions for shown in report.findings] == [("CONFIG_ADDED",)] * is_reported
    assert ("the configuration rules out 1 finding" in report.notes) is not is_reported


def test_code_without_a_place_says_where_its_lines_count_from(tmp_path: Path) -> None:
    (tmp_path / "x.diff").write_text(
        f"--- a/{MMU}\n+++ b/{MMU}\n@@ -900,2 +900,6 @@ int nowhere(void)\n \tneither();\n"
        "+}\n+\n+int added(void)\n+{\n+\treturn 0;\n \tnor();\n"
    )
    report = check(str(tmp_path / "x.diff"), tree=str(TREE))
    assert f"code without a place is read as if it stood at the end of {MMU}" in report.patches[0].notes


def test_code_without_a_place_counts_as_changed_where_it_is_read(tmp_path: Path) -> None:
    text = (TREE / MMU).read_text()
    end = text.count("\n") + 1
    (tmp_path / "x.diff").write_text(
        f"--- a/{MMU}\n+++ b/{MMU}\n@@ -900,2 +900,5 @@ int nowhere(void)\n \tneither();\n"
        "+int added(void)\n+{\n+\treturn 0;\n+}\n \tnor();\n"
    )
    report = check(str(tmp_path / "x.diff"), tree=str(TREE))
    assert report.patches[0].files[0].added_lines == frozenset()
    assert report.added == ({MMU: frozenset(range(end + 1, end + 5))},)


def test_files_of_code_without_a_place_are_told_in_one_sentence(tmp_path: Path) -> None:
    paths = (MMU, "kernel/stop_machine.c", "mm/page_alloc.c", "mm/slub.c")
    diffs = (
        f"--- a/{path}\n+++ b/{path}\n@@ -900,2 +900,3 @@\n \tneither();\n+int added;\n \tnor();\n" for path in paths
    )
    (tmp_path / "x.diff").write_text("".join(diffs))
    (placed,) = check(str(tmp_path / "x.diff"), tree=str(TREE)).patches
    (told,) = (note for note in placed.notes if note.startswith("code without a place"))
    assert told.endswith(f"at the end of {', '.join(paths[:3])} and 1 more")


def test_programs_of_a_series_do_not_pile_up() -> None:
    gc.collect()
    gc.disable()
    try:
        check(str(SERIES), tree=str(TREE))
        alive = [each for each in gc.get_objects() if isinstance(each, Program)]
    finally:
        gc.enable()
    assert alive == []


def test_a_patch_that_reaches_too_much_code_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "patch 2 reaches more code than is looked at (docs/limits.md): not all paths were followed"
    assert said not in check(str(SERIES), tree=str(TREE)).notes
    monkeypatch.setattr("kpatchlint.program.sleeps._TOTAL", 2)
    assert said in check(str(SERIES), tree=str(TREE)).notes
