# SPDX-License-Identifier: GPL-2.0-or-later
"""``kpatchlint check`` from a mail to an exit code, on the small tree and the series of ``make demo``."""

import json
import re
import shutil
from pathlib import Path

import pytest

from kpatchlint.engine import check
from tests.cli.runner import FIXTURES, Run, kpatchlint
from tests.report.golden import check_golden

TREE = FIXTURES / "tree-arm64-mini"
SERIES = FIXTURES / "demo" / "hotplug-series.mbox"
MMU = "arch/arm64/mm/mmu.c"

REPAIR = """\
From: A Developer <dev@example.org>
Subject: [PATCH 3/3] arm64: mm: do not wait for a table

diff --git a/arch/arm64/mm/mmu.c b/arch/arm64/mm/mmu.c
--- a/arch/arm64/mm/mmu.c
+++ b/arch/arm64/mm/mmu.c
@@ -19,5 +19,5 @@ static phys_addr_t __init early_table(void)

 static phys_addr_t late_table(void)
 {
-\tunsigned long table = __get_free_page(GFP_PGTABLE_KERNEL);
+\tunsigned long table = __get_free_page(GFP_ATOMIC | __GFP_ZERO);

"""


def diff_of(number: int) -> str:
    """The diff of one mail of the series, without its mail."""
    mail = re.split(r"^From 0{40}.*$", SERIES.read_text(), flags=re.MULTILINE)[number]
    return mail[mail.index("diff --git") :]


def found(run: Run) -> list[tuple[str, str, int, int | None]]:
    """(rule, state, patch, gone_in) of each finding of a JSON run."""
    return [(f["rule"], f["state"], f["patch"], f["gone_in"]) for f in json.loads(run.out)["findings"]]


def check_json(*arguments: str | Path, stdin: bytes = b"") -> Run:
    return kpatchlint("check", "--tree", TREE, "--format", "json", *arguments, stdin=stdin)


EXPECTED = ("gfp-sleep-in-stop-machine", "introduced", 2, None)


def test_series_is_refused_for_the_second_patch() -> None:
    run = check_json(SERIES)
    assert (run.code, run.err) == (1, "")
    assert found(run) == [EXPECTED]


def test_path_leads_through_the_function_pointer() -> None:
    (finding,) = json.loads(check_json(SERIES).out)["findings"]
    chain = [step["function"] for step in finding["chain"]]
    assert chain[-5:] == ["map_added_range", "map_linear_range", "map_pmds", "map_ptes", "late_table"]
    (pointer,) = [step for step in finding["chain"] if step["function"] == "map_ptes"]
    assert pointer["code"] == "phys_addr_t table = alloc();"
    assert "late_table()" in pointer["why"]
    assert "__GFP_DIRECT_RECLAIM" in finding["chain"][-1]["why"]
    assert (finding["path"], finding["line"], finding["function"]) == (MMU, 22, "late_table")


def test_lines_are_those_of_the_patched_file() -> None:
    report = check(str(SERIES), tree=str(TREE))
    (shown,) = report.findings
    for step in shown.verdict.finding.chain:
        source = report.patches[shown.verdict.patch - 1].tree.read(step.path)
        assert source is not None
        line = source.decode().splitlines()[step.line - 1]
        assert step.code.startswith(line.strip().rstrip("{ "))


@pytest.mark.parametrize(
    ("fail_on", "code"),
    [pytest.param("error", 1), pytest.param("warning", 1), pytest.param("note", 1), pytest.param("never", 0)],
)
def test_exit_code_follows_fail_on(fail_on: str, code: int) -> None:
    assert check_json("--fail-on", fail_on, SERIES).code == code


def test_first_patch_alone_is_clean(tmp_path: Path) -> None:
    (tmp_path / "1.diff").write_text(diff_of(1))
    run = check_json(tmp_path / "1.diff")
    assert (run.code, found(run)) == (0, [])


@pytest.mark.parametrize("depth", [1, 3])
def test_both_diffs_in_a_quoted_reply_are_found(depth: int) -> None:
    quoted = "".join("> " * depth + line + "\n" for line in (diff_of(1) + diff_of(2)).splitlines())
    header = "From: B <b@example.org>\nSubject: Re: [PATCH] arm64: mm: add memory\n\nOn Monday, A wrote:\n"
    run = check_json("-", stdin=(header + quoted + "\nWhy stop the machine?\n").encode())
    assert run.code == 1
    assert {row[:2] for row in found(run)} == {EXPECTED[:2]}


def sleeping(run: Run) -> list[tuple[str, str, int, int | None]]:
    """What is found of the demo's own fault; that its repair allocates with interrupts off is a note."""
    return [row for row in found(run) if row[0] == EXPECTED[0]]


def test_fault_that_a_later_patch_removes_is_told_and_not_held_against_the_series(tmp_path: Path) -> None:
    mails = SERIES.read_text().replace("1/2]", "1/3]").replace("2/2]", "2/3]").rstrip() + "\n\n"
    (tmp_path / "series.mbox").write_text(mails + f"From {'0' * 40} Mon Sep 17 00:00:00 2001\n{REPAIR}")
    run = check_json(tmp_path / "series.mbox")
    assert (run.code, sleeping(run)) == (0, [(*EXPECTED[:3], 3)])
    text = " ".join(kpatchlint("check", "--tree", TREE, tmp_path / "series.mbox").out.split())
    assert "introduced by patch 2/3, gone in 3/3" in text
    assert "0 errors" in text
    assert "1 introduced and gone again within the series" in text


def test_fixed_and_preexisting_are_shown_when_asked_for(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(TREE, tree)
    patched = check(str(SERIES), tree=str(TREE)).patches[-1].tree.read(MMU)
    assert patched is not None
    (tree / MMU).write_bytes(patched)
    (tmp_path / "repair.patch").write_text(REPAIR.replace("3/3", "1/1"))
    arguments: list[str | Path] = ["check", "--tree", tree, "--format", "json", tmp_path / "repair.patch"]
    assert sleeping(kpatchlint(*arguments)) == []
    shown = kpatchlint(*arguments, "--show", "fixed,preexisting")
    assert (shown.code, sleeping(shown)) == (0, [("gfp-sleep-in-stop-machine", "fixed", 1, None)])


def test_demo_reads_as_accepted() -> None:
    text = kpatchlint("check", "--tree", TREE, SERIES).out
    check_golden("demo.txt", re.sub(r"\d+\.\d s$", "0.0 s", text, flags=re.MULTILINE))
