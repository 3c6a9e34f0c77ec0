# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever is wrong is said in one line on stderr, with the exit code of the contract and without a traceback."""

from pathlib import Path

import pytest

from tests.cli.runner import FIXTURES, kpatchlint

TREE = FIXTURES / "tree-arm64-mini"

PLAIN = "diff --git a/Kconfig b/Kconfig\n--- a/Kconfig\n+++ b/Kconfig\n@@ -1 +1 @@\n-x\n+y\n"

ESCAPING = b"""\
From: A Name <a@example.org>
Subject: [PATCH] leave the tree

---
diff --git a/../../etc/passwd b/../../etc/passwd
--- a/../../etc/passwd
+++ b/../../etc/passwd
@@ -1 +1 @@
-root
+toor
"""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "no patch in it", id="an empty file"),
        pytest.param(b"\x7fELF\x02\x01\x01\0" + bytes(range(256)) * 40, "no patch in it", id="a binary"),
        pytest.param(b"From: a@b.c\nSubject: hello\n\nNo patch here.\n", "no patch in", id="a mail without a patch"),
        pytest.param(ESCAPING, "fits the tree nowhere", id="a path outside the tree"),
    ],
)
def test_input_without_use(tmp_path: Path, content: bytes, said: str) -> None:
    mail = tmp_path / "mail"
    mail.write_bytes(content)
    run = kpatchlint("check", "--tree", TREE, mail)
    assert (run.code, run.err.count("\n")) == (3, 1)
    assert said in run.err


@pytest.mark.parametrize(
    ("names", "said"),
    [
        pytest.param([], "no file of the folder is named like one", id="nothing in it"),
        pytest.param(["README", "notes.rst"], "no file of the folder is named like one", id="no patch in it"),
        pytest.param(["letter.eml"], "no patch in", id="a mail without a patch"),
    ],
)
def test_folder_without_use(tmp_path: Path, names: list[str], said: str) -> None:
    for name in names:
        (tmp_path / name).write_text("Subject: hello\n\nNothing here.\n")
    run = kpatchlint("check", "--tree", TREE, tmp_path)
    assert (run.code, run.out, run.err.count("\n")) == (3, "", 1)
    assert said in run.err


@pytest.mark.parametrize(
    ("body", "over"),
    [
        pytest.param("prose prose prose\n" * 170_000, "limit of 2097152", id="of many short lines"),
        pytest.param("x" * 3_000_000, "limit of", id="of one line"),
        pytest.param(PLAIN + "+more\n" * 500_000, "limit of 2097152", id="that is a diff"),
    ],
)
def test_mail_of_three_megabytes(body: str, over: str) -> None:
    mail = f"From: a@example.org\nSubject: [PATCH] big\n\n{body}\n".encode()
    run = kpatchlint("check", "--tree", TREE, "-", stdin=mail)
    assert (run.code, run.out, run.err.count("\n")) == (2, "", 1)
    assert over in run.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["check", "--tree", ".", "x.patch"], "not a kernel tree", id="a tree that is none"),
        pytest.param(["check", "--tree", "nowhere", "x.patch"], "nowhere", id="a tree that is not there"),
        pytest.param(["check", "--tree", TREE, "missing.patch"], "missing.patch", id="an input that is not there"),
        pytest.param(["check", "--tree", TREE, "--rev", "v1", "x.patch"], "not a git", id="a revision without git"),
        pytest.param(["check", "--tree", TREE, "--arch", "z80", "x.patch"], "z80", id="an architecture that is none"),
        pytest.param(["check", "--tree", TREE, "--config", "no", "x.patch"], "no", id="a config that is not there"),
        pytest.param(["check", "--tree", TREE, "inbox:x"], "inbox:DIR#MESSAGE-ID", id="an inbox without a mail"),
        pytest.param(["check", "--tree", TREE, "inbox:x#y"], "x is not a git", id="an inbox that is none"),
        pytest.param(["check", "--tree", TREE, "git:a..b"], "not a git", id="a range without git"),
        pytest.param(["check", "--show", "fixd", "x.patch"], "'fixd' is none of", id="a state that is none"),
        pytest.param(["check", "--format", "xml", "x.patch"], "xml", id="a format that is none"),
        pytest.param(["check"], "INPUT", id="no input"),
        pytest.param(["chekc"], "chekc", id="a command that is none"),
        pytest.param(["explain", "gfp-sleep-in-stop-machin"], "'gfp-sleep-in-stop-machine'", id="a misspelt rule"),
    ],
)
def test_wrong_use(tmp_path: Path, arguments: list[str | Path], said: str) -> None:
    (tmp_path / "x.patch").write_text(PLAIN)
    run = kpatchlint(*arguments, cwd=tmp_path)
    assert (run.code, run.out, run.err.count("\n")) == (2, "", 1)
    assert said in run.err


def test_no_tree_around_the_current_folder(tmp_path: Path) -> None:
    run = kpatchlint("check", "-", cwd=tmp_path, stdin=PLAIN.encode())
    assert (run.code, run.err.count("\n")) == (2, 1)
    assert "kernel tree" in run.err


def test_hostile_file_name_is_shown_not_obeyed(tmp_path: Path) -> None:
    run = kpatchlint("check", "--tree", TREE, "\x1b[31mred\n.patch", cwd=tmp_path)
    assert run.code == 2
    assert run.err.count("\n") == 1
    assert "\x1b" not in run.err
