# SPDX-License-Identifier: GPL-2.0-or-later
"""The reply: well-formed whatever is in the patch, quoted as the mail has it, and no patch to who reads the thread."""

import dataclasses
import difflib
import email
import email.policy
import re
import shutil
import subprocess
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.engine import Report, check
from kpatchlint.findings.records import State
from kpatchlint.patch.records import FileStatus
from kpatchlint.report.mail import render_mail
from kpatchlint.report.quote import diff_lines, quote_lines
from kpatchlint.tree.records import PlacedFile
from tests.cli.runner import FIXTURES
from tests.report.sample import EVERY_STATE, HOSTILE
from tests.report.test_formats import HOSTILE_TEXT, everywhere

EVERY = tuple(State)
HEADERS = {
    *("Subject", "To", "In-Reply-To", "References", "X-Kpatchlint"),
    *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
}


@pytest.fixture(scope="module")
def demo() -> Report:
    return check(str(FIXTURES / "demo" / "hotplug-series.mbox"), tree=str(FIXTURES / "tree-arm64-mini"))


def parse(text: str) -> EmailMessage:
    message = email.message_from_bytes(text.encode(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def with_author(author: str) -> Report:
    first, second = EVERY_STATE.patches
    return dataclasses.replace(
        EVERY_STATE,
        patches=(first, dataclasses.replace(second, patch=dataclasses.replace(second.patch, author=author))),
    )


def test_reply_goes_to_the_author_and_into_the_thread(demo: Report) -> None:
    message = parse(render_mail(demo, EVERY))
    assert message["Subject"] == "Re: [PATCH 2/2] arm64: mm: add memory while no CPU looks at the tables"
    assert message["To"] == "A Developer <dev@example.org>"
    assert message["In-Reply-To"] == message["References"] == demo.patches[1].patch.message_id


def test_remark_stands_under_the_changed_line(demo: Report) -> None:
    lines = render_mail(demo, EVERY).split("\n")
    under = lines.index("> +\tmap_linear_range(range->start, range->end, late_table);") + 1
    assert lines[under] == ""
    assert lines[under + 1].startswith("`map_added_range()` runs as a stop_machine() callback")


def test_reply_says_how_to_see_it_again(demo: Report) -> None:
    body = render_mail(demo, EVERY)
    assert f"b4 -q am -o- {str(demo.patches[1].patch.message_id).strip('<>')} | kpatchlint check --tree linux" in body
    assert "  kpatchlint explain gfp-sleep-in-stop-machine\n" in body


def test_code_without_a_place_is_quoted_from_the_mail(tmp_path: Path) -> None:
    mail = tmp_path / "reply.eml"
    code = "static int swap_all(void *unused)\n{\n\tvmalloc(64);\n\treturn 0;\n}\n\nvoid go(void)\n{\n"
    code += "\tstop_machine(swap_all, NULL, NULL);\n}\n"
    added = "".join(f"+{line}\n" for line in code.splitlines())
    mail.write_text(
        "From: A <a@b.c>\nSubject: [PATCH] x\n\n"
        f"--- a/mm/none.c\n+++ b/mm/none.c\n@@ -90,2 +90,12 @@\n one\n{added} two\n"
    )
    report = check(str(mail), tree=str(FIXTURES / "tree-arm64-mini"))
    assert [p.placement.value for p in report.patches] == ["fragment"]
    assert "> +static int swap_all(void *unused)\n> +{\n> +\tvmalloc(64);\n\n" in render_mail(report, EVERY)


def test_fault_that_code_without_a_place_leads_to_is_told_under_that_code(tmp_path: Path) -> None:
    code = "static int swap_all(void *unused)\n{\n\tslow();\n\treturn 0;\n}\n\n"
    code += "void go(void)\n{\n\tstop_machine(swap_all, NULL, NULL);\n}\n"
    added = "".join(f"+{line}\n" for line in code.splitlines())
    tree = Path(shutil.copytree(FIXTURES / "tree-arm64-mini", tmp_path / "tree"))
    (tree / "mm/slow.c").write_text("#include <linux/slab.h>\n\nvoid slow(void)\n{\n\tkmalloc(64, GFP_KERNEL);\n}\n")
    mail = tmp_path / "reply.eml"
    mail.write_text(
        "From: A <a@b.c>\nSubject: [PATCH] x\n\n"
        f"--- a/mm/slub.c\n+++ b/mm/slub.c\n@@ -900,2 +900,12 @@\n one\n{added} two\n"
    )
    body = render_mail(check(str(mail), tree=str(tree)), EVERY)
    assert "> +static int swap_all(void *unused)\n> +{\n> +\tslow();\n\n`swap_all()` runs as" in body
    assert "mm/slow.c:5 slow()" in body


def test_prose_of_a_remark_is_sentences(demo: Report) -> None:
    first, *_ = demo.findings
    finding = dataclasses.replace(
        first.verdict.finding,
        message="when this fails, that stays",
        suggestion="Free it",
        notes=("kmalloc() may fail",),
    )
    shown = dataclasses.replace(first, verdict=dataclasses.replace(first.verdict, finding=finding))
    body = render_mail(dataclasses.replace(demo, findings=(shown,)), EVERY)
    for sentence in ("When this fails, that stays.", "Free it.", "Note: kmalloc() may fail."):
        assert f"\n{sentence}\n" in body


@pytest.mark.parametrize(
    ("author", "to"),
    [
        pytest.param("A B <a@example.org>", "A B <a@example.org>", id="plain"),
        pytest.param("Å B <a@example.org>", "Å B <a@example.org>", id="a name beyond ASCII"),
        pytest.param("A B <a@xxxxxxxxxx>", None, id="masked by an archive"),
        pytest.param("A B", None, id="no address"),
        pytest.param("A\nBcc: b@example.org <a@example.org>", None, id="a second header"),
    ],
)
def test_only_a_whole_address_is_answered(author: str, to: str | None) -> None:
    message = parse(render_mail(with_author(author), EVERY))
    assert message["Bcc"] is None
    assert message["To"] == to or "Bcc" in author


LOOKS_LIKE_A_PATCH = re.compile(r"^(?:diff |--- |\+\+\+ |@@ |Index: |From )", re.MULTILINE)


@given(text=HOSTILE_TEXT)
def test_reply_is_well_formed_whatever_the_text(text: str) -> None:
    message = parse(render_mail(everywhere(text), EVERY))
    assert set(message.keys()) <= HEADERS
    assert message.defects == []
    assert all(not header.defects for header in message.values())
    body = message.get_content()
    assert not LOOKS_LIKE_A_PATCH.search(body)
    assert body.count("\n-- \n") == 1
    assert max(len(line.encode()) for line in body.splitlines()) < 998


@pytest.mark.parametrize("report", [EVERY_STATE, HOSTILE], ids=["plain", "hostile"])
def test_git_sees_no_patch_in_the_reply(report: Report, tmp_path: Path) -> None:
    text = f"From: R <r@example.org>\n{render_mail(report, EVERY)}"
    command = ["git", "mailinfo", str(tmp_path / "message"), str(tmp_path / "patch")]
    subprocess.run(command, input=text.encode(), check=True, capture_output=True)
    assert (tmp_path / "patch").read_text().strip() == ""


LINES = st.lists(st.sampled_from(["a", "b", "c", "{", "}", ""]), max_size=12)


@st.composite
def placed_files(draw: st.DrawFn) -> PlacedFile:
    before, after = draw(LINES), draw(LINES)
    added, removed = set(range(1, len(after) + 1)), set(range(1, len(before) + 1))
    for old, new, size in difflib.SequenceMatcher(None, before, after).get_matching_blocks():
        removed -= set(range(old + 1, old + size + 1))
        added -= set(range(new + 1, new + size + 1))
    return PlacedFile(
        path="a.c",
        old_path="a.c",
        status=FileStatus.MODIFIED,
        before="".join(f"{line}\n" for line in before).encode() if before else None,
        after="".join(f"{line}\n" for line in after).encode() if after else None,
        old_blob=None,
        new_blob=None,
        added_lines=frozenset(added),
        removed_lines=frozenset(removed),
    )


@given(file=placed_files())
def test_diff_of_a_file_holds_both_versions(file: PlacedFile) -> None:
    lines = diff_lines(file)
    for marks, content in ((" -", file.before), (" +", file.after)):
        assert "".join(f"{line.text}\n" for line in lines if line.mark in marks).encode() == (content or b"")
    numbered = [line.number for line in lines if line.number is not None]
    assert numbered == [*range(1, len(numbered) + 1)]
    assert {line.number for line in lines if line.mark == "+"} == file.added_lines


@given(file=placed_files(), data=st.data())
def test_quotes_end_at_their_lines_and_never_overlap(file: PlacedFile, data: st.DataObject) -> None:
    count = len((file.after or b"").split(b"\n")) - 1
    numbers = data.draw(st.sets(st.integers(1, count))) if count else set()
    quotes = quote_lines(file, numbers)
    assert {quote.lines[-1].number for quote in quotes.values()} == numbers
    quoted = [line.number for _, quote in sorted(quotes.items()) for line in quote.lines if line.number]
    assert quoted == sorted(set(quoted))
