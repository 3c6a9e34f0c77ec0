# SPDX-License-Identifier: GPL-2.0-or-later
"""``kpatchlint scan``: the code of a tree as it is, judged without a patch."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.runner import FIXTURES, kpatchlint

TREE = FIXTURES / "tree-arm64-mini"

FAULTY = """\
#include <linux/mutex.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(rows_lock);
static DEFINE_MUTEX(rows_mutex);

static void add_row(void)
{
\tmutex_lock(&rows_mutex);
\tmutex_unlock(&rows_mutex);
}

void add_rows(void)
{
\tspin_lock(&rows_lock);
\tadd_row();
\tspin_unlock(&rows_lock);
}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The small tree with two files that sleep under a spinlock."""
    top = Path(shutil.copytree(TREE, tmp_path / "tree"))
    for name in ("kernel/rows.c", "mm/rows.c"):
        top.joinpath(name).write_text(FAULTY)
    return top


def places(out: str) -> list[tuple[str, str, str]]:
    """(rule, state, path) of each finding of a JSON run."""
    return [(f["rule"], f["state"], f["path"]) for f in json.loads(out)["findings"]]


@pytest.mark.parametrize("jobs", ["1", "2"], ids=["in one process", "in two processes"])
def test_every_function_below_the_paths_is_judged(tree: Path, jobs: str) -> None:
    run = kpatchlint("scan", "--tree", tree, "--format", "json", "--jobs", jobs, "kernel", "mm")
    assert (run.code, run.err) == (0, "")
    assert places(run.out) == [
        ("sleep-under-spinlock", "preexisting", "kernel/rows.c"),
        ("sleep-under-spinlock", "preexisting", "mm/rows.c"),
    ]


def test_inline_functions_of_headers_are_judged_where_the_architecture_uses_them(tree: Path) -> None:
    for folder, more in (("arch/arm64/include/asm", ""), ("include/asm-generic", ""), ("include/linux", "other_")):
        header = tree / folder / "rows.h"
        header.parent.mkdir(parents=True, exist_ok=True)
        header.write_text(FAULTY.replace("add_row", f"{more}add_row"))
    run = kpatchlint("scan", "--tree", tree, "--format", "json", "arch", "include", "--rule", "sleep-under-spinlock")
    assert [path for _, _, path in places(run.out)] == ["arch/arm64/include/asm/rows.h", "include/linux/rows.h"]


def test_code_beside_the_paths_is_left_alone(tree: Path) -> None:
    run = kpatchlint("scan", "--tree", tree, "--format", "json", "mm/rows.c")
    assert places(run.out) == [("sleep-under-spinlock", "preexisting", "mm/rows.c")]


def test_one_rule_alone_may_be_asked_for(tree: Path) -> None:
    run = kpatchlint("scan", "--tree", tree, "--format", "json", "--rule", "sleep-in-interrupt", "mm")
    assert places(run.out) == []


def test_findings_fail_the_command_when_asked_to(tree: Path) -> None:
    assert kpatchlint("scan", "--tree", tree, "--fail-on", "error", "mm").code == 1
    assert kpatchlint("scan", "--tree", tree, "--fail-on", "error", "arch").code == 0


def test_text_says_how_much_was_judged(tree: Path) -> None:
    assert "judged: 1 C files, 2 functions" in kpatchlint("scan", "--tree", tree, "mm/rows.c").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "no C file of the kernel at nowhere in this tree"),
        (["--rule", "sleep-under-spinlocks"], "no rule 'sleep-under-spinlocks', did you mean 'sleep-under-spinlock'?"),
    ],
    ids=["a path that is not there", "a rule that is not there"],
)
def test_wrong_use_is_one_line(tree: Path, arguments: list[str], said: str) -> None:
    run = kpatchlint("scan", "--tree", tree, *arguments)
    assert (run.code, run.out) == (2, "")
    assert said in run.err
