# SPDX-License-Identifier: GPL-2.0-or-later
"""The inputs of the command line, each in the form in which it comes."""

import io
from pathlib import Path

import pytest

from kpatchlint.mail.errors import InputUnreadable, NoPatchInside
from kpatchlint.mail.limits import OverLimit
from kpatchlint.mail.read import Sources, read_inputs, read_mail_bytes, read_mbox_bytes
from kpatchlint.text.errors import KpatchlintError, UsageError

MAIL = b"From: A <a@example.org>\nSubject: [PATCH] %s\n\nbody of %s\n"
LINE = b"From git@z Thu Jan  1 00:00:00 1970\n"
PAGE = b"Re: [PATCH] x\n\nFrom: A Name\nDate: Tue Apr 11 2017 - 11:59:19 EST\n\n\n> +a\n"


def subjects(*names: str, stdin: bytes = b"", sources: Sources | None = None) -> list[str]:
    return [mail.subject for mail in read_inputs(names, stdin=io.BytesIO(stdin), sources=sources)]


@pytest.mark.parametrize(
    ("data", "titles"),
    [
        pytest.param(MAIL % (b"a", b"a"), ["[PATCH] a"], id="one mail"),
        pytest.param(b"\xef\xbb\xbf" + MAIL % (b"a", b"a"), ["[PATCH] a"], id="byte order mark"),
        pytest.param(
            LINE + MAIL % (b"a", b"a") + b"\n" + LINE + MAIL % (b"b", b"b"), ["[PATCH] a", "[PATCH] b"], id="mbox"
        ),
        pytest.param(
            LINE + MAIL % (b"a", b"a\nFrom here on 10:00 2020 it is prose"), ["[PATCH] a"], id="prose with From"
        ),
        pytest.param("From: A\r\nSubject: b\r\n\r\nx\r\n".encode("utf-16"), ["b"], id="UTF-16 of a Windows shell"),
        pytest.param(PAGE, ["Re: [PATCH] x"], id="archive page"),
        pytest.param(PAGE.replace(b"\n", b"\r\n"), ["Re: [PATCH] x"], id="archive page with CR LF"),
        pytest.param(b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", [""], id="bare diff"),
        pytest.param(b"Index: x\n===\n--- x\n+++ x\n", [""], id="svn's Index is no header"),
        pytest.param(
            b"mm: hold the lock\n\nWhy.\n\n--- a/x\n+++ b/x\n", ["mm: hold the lock"], id="quilt's description"
        ),
        pytest.param(b"commit 0123456789\nAuthor: A <a@b>\nDate: now\n\n    a title\n", ["a title"], id="git show"),
    ],
)
def test_form_is_told_from_the_first_lines(data: bytes, titles: list[str]) -> None:
    assert subjects("-", stdin=data) == titles


def test_mbox_escaping_is_undone() -> None:
    (mail,) = read_mail_bytes(LINE + MAIL % (b"a", b"a\n>From here\n>>From there\n> From afar"), "m")
    assert mail.body == b"body of a\nFrom here\n>From there\n> From afar\n"


def test_page_keeps_its_body_and_knows_that_it_is_flattened() -> None:
    (mail,) = read_mail_bytes(PAGE, "p")
    assert (mail.body, mail.is_flattened, mail.author) == (b"\n\n> +a\n", True, "A Name")
    assert not read_mail_bytes(PAGE.replace(b"+a", b"+\ta"), "p")[0].is_flattened


def test_mails_of_an_mbox_are_named_by_number(tmp_path: Path) -> None:
    path = tmp_path / "x.mbox"
    path.write_bytes((LINE + MAIL % (b"a", b"a")) * 2)
    assert [mail.origin for mail in read_inputs([str(path)], stdin=io.BytesIO())] == [f"{path}#1", f"{path}#2"]


def test_quilt_series_gives_the_order(tmp_path: Path) -> None:
    for name in ("b.patch", "a.patch", "unused.patch"):
        (tmp_path / name).write_bytes(MAIL % (name.encode(), b"x"))
    (tmp_path / "series").write_text("# order\nb.patch\n\na.patch -p1  # last\n")
    assert subjects(str(tmp_path)) == ["[PATCH] b.patch", "[PATCH] a.patch"]


def test_quilt_series_never_leaves_its_folder(tmp_path: Path) -> None:
    (tmp_path / "series").write_text("../secret.patch\n")
    with pytest.raises(UsageError, match="outside the folder"):
        subjects(str(tmp_path))


def test_maildir_is_read_in_order_of_names_and_tmp_is_not(tmp_path: Path) -> None:
    for sub, name in (("new", "2"), ("cur", "1:2,S"), ("tmp", "3")):
        (tmp_path / sub).mkdir(exist_ok=True)
        (tmp_path / sub / name).write_bytes(MAIL % (name.encode(), b"x"))
    assert subjects(str(tmp_path)) == ["[PATCH] 1:2,S", "[PATCH] 2"]


def test_folder_of_patches_is_read_by_name(tmp_path: Path) -> None:
    for name in ("0002-b.patch", "0001-a.patch", "notes.html", ".hidden.patch"):
        (tmp_path / name).write_bytes(MAIL % (name.encode(), b"x"))
    assert subjects(str(tmp_path)) == ["[PATCH] 0001-a.patch", "[PATCH] 0002-b.patch"]


def test_what_is_staged_is_a_diff_and_no_mail() -> None:
    diff = b"diff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-a\n+b\n"
    (mail,) = read_inputs(["git:--staged"], stdin=io.BytesIO(), sources=Sources(read_range=lambda _: diff))
    assert mail.body == diff
    with pytest.raises(NoPatchInside, match="it is empty"):
        read_inputs(["git:--staged"], stdin=io.BytesIO(), sources=Sources(read_range=lambda _: b""))


def test_no_mails_from_no_data() -> None:
    assert read_mbox_bytes(b"", "x.mbox") == []


def test_git_and_inbox_are_read_by_whoever_runs_git() -> None:
    raw = (MAIL % (b"one", b"x")).replace(b"\n\n", b"\nMessage-ID: <1@x>\n\n", 1)
    sources = Sources(
        read_range=lambda revisions: LINE + MAIL % (revisions.encode(), b"x"), read_inbox=lambda *_: [raw]
    )
    assert subjects("git:HEAD~1..", "inbox:dir#1@x", sources=sources) == ["[PATCH] HEAD~1..", "[PATCH] one"]


@pytest.mark.parametrize(
    ("name", "stdin", "kind", "said"),
    [
        pytest.param("-", b"", NoPatchInside, "it is empty", id="empty"),
        pytest.param("-", b" \n\n", NoPatchInside, "it is empty", id="blank"),
        pytest.param("-", b"\x7fELF\x00\x01" * 100, NoPatchInside, "it is binary data", id="binary"),
        pytest.param("/no/such/file", b"", InputUnreadable, "No such file", id="missing"),
        pytest.param("nul\0byte", b"", InputUnreadable, "not a file name", id="no file name"),
        pytest.param("git:HEAD", b"", UsageError, "no git repository", id="git without git"),
        pytest.param("inbox:dir", b"", UsageError, "inbox:DIR#MESSAGE-ID", id="inbox without a mail"),
        pytest.param("-", (LINE + b"A: b\n\n") * 1001, OverLimit, "1001 mails, over the limit", id="too many mails"),
    ],
)
def test_bad_input_is_told_in_one_line(name: str, stdin: bytes, kind: type[KpatchlintError], said: str) -> None:
    with pytest.raises(kind) as caught:
        subjects(name, stdin=stdin)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
