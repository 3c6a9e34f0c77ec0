# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands around a diff: changelog, in-body headers, trailers, names of files."""

import pytest

from kpatchlint.patch.commentary import find_attributions
from kpatchlint.patch.prose import find_mentions, read_prose, sort_mentions
from kpatchlint.patch.quoting import split_quotes


def test_changelog_ends_at_the_three_dashes() -> None:
    prose = read_prose(split_quotes(b"Why.\n\nSigned-off-by: A\n---\nv2: more\n"), [], "utf-8")
    assert prose.changelog == "Why.\n\nSigned-off-by: A"


@pytest.mark.parametrize(
    ("text", "author", "subject"),
    [
        (b"From: A <a@b>\n\nWhy.\n", "A <a@b>", None),
        (b"\nFrom: A <a@b>\nSubject: a long\n title\n\nWhy.\n", "A <a@b>", "a long title"),
        (b"From: =?utf-8?q?=C3=89?= <a@b>\n\nWhy.\n", "\u00c9 <a@b>", None),
        (b"Subject to review, this is it.\n", None, None),
        (b"Why.\nFrom: A <a@b>\n", None, None),
    ],
)
def test_headers_count_only_at_the_top_of_the_body(text: bytes, author: str | None, subject: str | None) -> None:
    prose = read_prose(split_quotes(text), [], "utf-8")
    assert (prose.author, prose.subject) == (author, subject)


@pytest.mark.parametrize(
    "line", [b"-- >8 --", b"8<---------", b"-----8<------", b"--- >% ---", b"- - 8< - - cut here - - >8 - -"]
)
def test_what_is_above_the_scissors_is_not_the_patchs(line: bytes) -> None:
    prose = read_prose(split_quotes(b"From: X <x@y>\nhello\n" + line + b"\nFrom: A <a@b>\n\nWhy.\n"), [], "utf-8")
    assert (prose.author, prose.changelog) == ("A <a@b>", "Why.")


def test_changelog_that_names_a_commit_at_the_start_of_a_line_is_no_git_show() -> None:
    text = b'Since\ncommit 0123456789ab ("mm: x")\nit is broken:\n\n  trace\n---\n mm/x.c | 3 ++\n'
    prose = read_prose(split_quotes(text), [], "utf-8")
    assert prose.subject is None
    assert prose.changelog.startswith("Since")


@pytest.mark.parametrize(
    "mark", [b"commit 0123456789ab (HEAD)\nAuthor: A <a@b>\nDate: now\n\n    Why.\n", b"-- >8 --\nWhy.\n"]
)
def test_patch_inside_other_text_is_introduced_by_the_paragraph_above_it(mark: bytes) -> None:
    prose = read_prose(split_quotes(b"I disagree.\n\nThis might work\n(not tested):\n\n" + mark), [], "utf-8")
    assert prose.introduction == "This might work\n(not tested):"
    assert prose.changelog == "Why."


def test_patch_that_a_mail_begins_with_has_no_introduction() -> None:
    assert read_prose(split_quotes(b"Why.\n\nAnd how.\n---\n"), [], "utf-8").introduction == ""


@pytest.mark.parametrize("line", [b"-- ", b"---", b"if (a < 8) x--;", b"8 < 9"])
def test_these_are_no_scissors(line: bytes) -> None:
    prose = read_prose(split_quotes(b"hello\n" + line + b"\nbye\n"), [], "utf-8")
    assert prose.changelog.startswith("hello")


def test_base_commit_must_be_an_object_id() -> None:
    below = split_quotes(b"base-commit: --output=x\nbase-commit: " + b"a" * 40 + b"\n")
    assert read_prose([], below, "utf-8").base_commit == "a" * 40


def test_nearest_file_name_comes_first() -> None:
    lines = split_quotes(b"see mm/far.c\n\n mm/near.c | 3 ++\n at arch/x86/Kconfig, not http://x.org/a/b.c\n+code\n")
    assert sort_mentions(find_mentions(lines), 5) == ("arch/x86/Kconfig", "mm/near.c", "mm/far.c")


@pytest.mark.parametrize("text", [b"as I said\n> x\n", b"He wrote it\n> x\n", b"wrote:\n> x\n"])
def test_prose_that_tells_of_speech_is_no_attribution(text: bytes) -> None:
    assert find_attributions(split_quotes(text), "") == []


@pytest.mark.parametrize(
    ("text", "depth", "name"),
    [
        (b"On Tue, Apr 01, 2025 at 10:00:00AM +0200, A. Name wrote:\n> x\n", 1, "A. Name"),
        (b"On 24.07.23 07:54, A Name wrote:\n> x\n", 1, "A Name"),
        (b"On Thu, Nov 23, 2017 at 4:43 PM, A Name\n<a@example.org> wrote:\n> x\n", 1, "A Name"),
        (b"> On Feb 3, 2023, at 18:10, A Name <a@example.org> wrote:\n>\n> x\n", 1, "A Name"),
        (b"On 03/13/23 at 06:55pm, A Name wrote:\n......\n> x\n", 1, "A Name"),
        (b"A Name <a@example.org> writes:\n\n> x\n", 1, "A Name"),
        (b'On 1 April 2025 10:00:00 CEST, "Name, A" <a@example.org> wrote:\n> x\n', 1, "Name, A"),
        (b"> -----Original Message-----\n> From: A Name <a@example.org>\n> x\n", 1, "A Name"),
        (b"On Tue, 1 Apr 2025 10:00:00 +0200\nA Name <a@example.org> wrote:\n\n> x\n", 1, "A Name"),
        (b"On 2025/4/1 10:00, a@example.org wrote:\n> x\n", 1, "a@example.org"),
    ],
)
def test_attribution_names_who_speaks_below_it(text: bytes, depth: int, name: str) -> None:
    found = [said for said in find_attributions(split_quotes(text), "") if said.depth == depth]
    assert [said.author for said in found] == [name]
