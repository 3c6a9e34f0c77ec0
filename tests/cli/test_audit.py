# SPDX-License-Identifier: GPL-2.0-or-later
"""``kpatchlint audit page-table-readers``: who walks the kernel's tables in a tree, and what keeps them away."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.runner import FIXTURES, kpatchlint

TREE = FIXTURES / "tree-arm64-mini"

WALKERS = """\
#include <linux/mm.h>

static int look_at(unsigned long addr)
{
\treturn pmd_none(*pmd_offset(pud_offset(pgd_offset_k(addr), addr), addr));
}

void look_locked(unsigned long pfn)
{
\tget_online_mems();
\tlook_at(__va(pfn));
\tput_online_mems();
}

void look_bare(unsigned long pfn)
{
\tlook_at(__va(pfn));
}
"""

DROPS = """\
From: A Developer <dev@example.org>
Subject: [PATCH] mm: drop a table
Message-ID: <1@example.org>
Date: Fri, 20 Nov 2026 10:00:00 +0000

Nobody needs it.

Signed-off-by: A Developer <dev@example.org>
---
diff --git a/mm/drop.c b/mm/drop.c
new file mode 100644
--- /dev/null
+++ b/mm/drop.c
@@ -0,0 +1,11 @@
+#include <linux/mm.h>
+
+void drop_table(unsigned long pfn)
+{
+\tunsigned long addr = __va(pfn);
+\tpmd_t *pmdp = pmd_off_k(addr);
+\tpte_t *table = pte_offset_kernel(pmdp, addr);
+\tpmd_clear(pmdp);
+\tflush_tlb_all();
+\tpte_free_kernel(&init_mm, table);
+}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The small tree with a walker that two functions use."""
    top = Path(shutil.copytree(TREE, tmp_path / "tree"))
    top.joinpath("mm/walkers.c").write_text(WALKERS)
    return top


def verdicts(out: str) -> dict[str, dict[str, str]]:
    """user -> range -> verdict of a JSON run, for the walker above."""
    rows = json.loads(out)["audit"]["rows"]
    return {
        use["function"]: {name: judged["verdict"] for name, judged in row["judgements"].items()}
        for row in rows
        for use in row["uses"]
        if row["function"] == "look_at"
    }


def test_every_use_is_judged(tree: Path) -> None:
    run = kpatchlint("audit", "page-table-readers", "--tree", tree, "--format", "json")
    assert (run.code, run.err) == (0, "")
    assert verdicts(run.out) == {
        "look_locked": {"linear": "locked", "vmemmap": "other range", "vmalloc": "other range"},
        "look_bare": {"linear": "unserialised", "vmemmap": "other range", "vmalloc": "other range"},
    }


def test_one_range_can_be_asked_for(tree: Path) -> None:
    run = kpatchlint("audit", "page-table-readers", "--tree", tree, "--format", "json", "--range", "vmalloc")
    assert verdicts(run.out) == {"look_locked": {"vmalloc": "other range"}, "look_bare": {"vmalloc": "other range"}}


def test_the_text_says_what_is_open_and_what_is_held(tree: Path) -> None:
    run = kpatchlint("audit", "page-table-readers", "--tree", tree)
    assert (run.code, run.err) == (0, "")
    open_part, _, rest = run.out.partition("Kept away by something that is held")
    assert "Nothing keeps these away (1)" in open_part
    assert "look_bare > look_at, at mm/walkers.c:17" in open_part
    assert "look_locked > look_at" in rest
    assert "mem_hotplug_lock (look_locked())" in rest


def test_a_patch_is_judged_by_what_it_takes_out_and_holds(tree: Path, tmp_path: Path) -> None:
    patch = tmp_path / "drop.patch"
    patch.write_text(DROPS)
    run = kpatchlint("audit", "page-table-readers", "--tree", tree, "--patch", patch, "--format", "json")
    assert (run.code, run.err) == (0, "")
    whole = json.loads(run.out)
    assert whole["clearing"] == ["drop_table() in mm/drop.c"]
    assert whole["audit"]["ranges"] == ["linear"]
    judged = {row["function"]: row["judgements"]["linear"]["verdict"] for row in whole["audit"]["rows"]}
    assert judged["drop_table"] == "itself"
    assert verdicts(run.out)["look_locked"] == {"linear": "unserialised"}  # the patch takes no lock
    assert [row["changed"] for row in whole["audit"]["rows"] if row["function"] == "drop_table"] == [True]


def test_a_check_of_that_patch_brings_the_audit(tree: Path, tmp_path: Path) -> None:
    patch = tmp_path / "drop.patch"
    patch.write_text(DROPS)
    run = kpatchlint("check", "--tree", tree, "--format", "json", patch)
    (found,) = (f for f in json.loads(run.out)["findings"] if f["rule"] == "nonleaf-clear-unaudited")
    assert {row["function"] for row in found["audit"]["rows"]} >= {"look_at", "drop_table"}
    text = kpatchlint("check", "--tree", tree, patch).out
    assert "look_at() at mm/walkers.c:5 reads them" in " ".join(text.split())


def test_a_page_goes_to_a_file(tree: Path, tmp_path: Path) -> None:
    page = tmp_path / "audit.html"
    run = kpatchlint("audit", "page-table-readers", "--tree", tree, "--format", "html", "--output", page)
    assert (run.code, run.out, run.err) == (0, "", "")
    text = page.read_text()
    assert text.startswith("<!DOCTYPE html>")
    assert "look_bare() &gt; look_at() at mm/walkers.c:17" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--range", "nowhere"], "no range 'nowhere'; there are linear", id="a range that there is not"),
        pytest.param(["--arch", "vax"], "no architecture 'vax'", id="an architecture that there is not"),
        pytest.param(["--patch", "missing.patch"], "missing.patch", id="a patch that there is not"),
    ],
)
def test_wrong_use_is_one_sentence(tree: Path, arguments: list[str], said: str) -> None:
    run = kpatchlint("audit", "page-table-readers", "--tree", tree, *arguments)
    assert run.code == 2
    assert said in run.err
    assert run.err.count("\n") == 1


def test_a_tree_without_walkers_says_so(tmp_path: Path) -> None:
    tree = Path(shutil.copytree(TREE, tmp_path / "tree"))
    for path in tree.rglob("*.[ch]"):
        path.write_text("/* nothing */\n")
    run = kpatchlint("audit", "page-table-readers", "--tree", tree)
    assert run.code == 0
    assert "0 rows, 0 uses" in run.out


def test_assembly_that_may_walk_is_named_since_it_is_not_read(tree: Path) -> None:
    for name, text in (
        ("walk.S", "adrp x0, swapper_pg_dir\n"),
        ("other.S", "nop\n"),
        ("vmlinux.lds.S", "init_mm = .;\n"),
    ):
        (tree / "arch/arm64/mm" / name).write_text(text)
    run = kpatchlint("audit", "page-table-readers", "--tree", tree, "--format", "json")
    assert json.loads(run.out)["notes"] == ["not read, although they name the kernel's tables: arch/arm64/mm/walk.S"]
