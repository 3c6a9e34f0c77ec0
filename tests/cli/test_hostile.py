# SPDX-License-Identifier: GPL-2.0-or-later
"""A patch and a tree whose names, subject and code are hostile, through the whole program and out in every format."""

import base64
import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from kpatchlint.report.formats import FORMATS
from tests.cli.runner import FIXTURES, Run, kpatchlint
from tests.report.test_formats import odd
from tests.report.test_html import Page, assert_harmless

EVIL = "\x1b]0;owned\x07\u202eevil\u2066::error::x"
NAME = "mm/x, ::error::%0A \u202e\u2066<b>'.c"  # what a patch may call a file; control characters are refused
FUNCTION = "remap_all"
CODE = f"""\
#include <linux/slab.h>
#include <linux/stop_machine.h>
static int {FUNCTION}(void *unused) /* {EVIL} */
{{
\t{"x = x + 1; " * 1000}kmalloc(64, GFP_KERNEL); /* {EVIL} */
::error::x
\treturn 0;
}}
void go(void) {{ stop_machine({FUNCTION}, NULL, NULL); }} // {EVIL} </script><script>alert(1)</script>
"""


def patch() -> bytes:
    """The file as a patch adds it, in a mail as hostile as a mail can be."""
    quoted = "".join(chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}" for byte in NAME.encode())
    subject = base64.b64encode(f"mm: {EVIL}".encode()).decode()
    lines = CODE.splitlines()
    return "".join(
        (
            "From: =?utf-8?q?A=1B=5B2J?= <a@example.org>\n",
            f"Subject: [PATCH] =?utf-8?b?{subject}?=\nMessage-ID: <1@example.org>\n\n{EVIL}\n::error::x\n---\n",
            f'diff --git "a/{quoted}" "b/{quoted}"\nnew file mode 100644\n--- /dev/null\n+++ "b/{quoted}"\n',
            f"@@ -0,0 +1,{len(lines)} @@\n",
            *(f"+{line}\n" for line in lines),
        )
    ).encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``h.patch``, the tree that it is for, and ``after``: the tree with it."""
    top = tmp_path_factory.mktemp("hostile")
    (top / "h.patch").write_bytes(patch())
    for name in ("tree", "after"):
        shutil.copytree(FIXTURES / "tree-arm64-mini", top / name)
    (top / "after" / NAME).write_text(CODE)
    return top


def assert_shown_not_obeyed(run: Run, form: str) -> None:
    text = run.out + run.err
    assert odd(text) == set()
    assert max(map(len, text.splitlines())) < 5000 or form in ("html", "sarif")  # which hold sources of their own
    commands = [line for line in text.splitlines() if line.lstrip().startswith(("::", "##["))]
    assert [line.partition(" ")[0] for line in commands] == (["::error"] if form == "github" else [])
    if "json" in form or form in ("sarif", "gitlab"):
        json.loads(run.out)
    if form == "html":
        assert_harmless(Page(run.out))
    if form == "svg":
        assert not [each for each in ET.fromstring(run.out).iter() if each.tag.endswith("script")]


@pytest.mark.parametrize("form", FORMATS)
def test_check(folder: Path, form: str) -> None:
    run = kpatchlint("check", "--tree", folder / "tree", "--format", form, folder / "h.patch")
    assert (run.code, run.err) == (1, "")
    assert "gfp-sleep-in-stop-machine" in run.out
    assert_shown_not_obeyed(run, form)


@pytest.mark.parametrize("form", ["text", "github", "html"])
def test_scan(folder: Path, form: str) -> None:
    run = kpatchlint("scan", "--tree", folder / "after", "--format", form, "mm")
    assert "gfp-sleep-in-stop-machine" in run.out
    assert_shown_not_obeyed(run, form)


@pytest.mark.parametrize("form", ["text", "json", "dot", "svg"])
@pytest.mark.parametrize("question", [["callers", FUNCTION], ["sleeps", FUNCTION], ["path", "go", "kmalloc"]])
def test_questions(folder: Path, question: list[str], form: str) -> None:
    run = kpatchlint(*question, "--tree", folder / "after", "--format", form)
    assert (run.code, run.err) == (0, "")
    assert_shown_not_obeyed(run, form)


def test_what_is_asked_for(folder: Path) -> None:
    for arguments in (["explain", EVIL], ["check", EVIL], ["path", "go", EVIL], ["check", "--tree", EVIL, "x"], [EVIL]):
        run = kpatchlint(*arguments)
        assert run.code == 2
        assert run.err.count("\n") == 1
        assert_shown_not_obeyed(run, "text")
