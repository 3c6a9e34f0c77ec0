# SPDX-License-Identifier: GPL-2.0-or-later
"""Each kind of damage, one mail each: what is read, what is said of it, and that the tree proves the reading right."""

import io
from pathlib import Path

import pytest

from kpatchlint.mail.read import read_inputs
from kpatchlint.patch.extract import extract_patches
from kpatchlint.patch.records import Patch
from kpatchlint.tree.place import lay_patch
from tests.tree.repository import MemoryTree

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "mail"
NO_DAMAGE = ""


def base_tree() -> MemoryTree:
    base = FOLDER / "base"
    return MemoryTree({str(path.relative_to(base)): path.read_bytes() for path in base.rglob("*") if path.is_file()})


def read_fixture(name: str) -> list[Patch]:
    mails = read_inputs([str(FOLDER / name)], stdin=io.BytesIO())
    return [patch for mail in mails for patch in extract_patches(mail)]


MENDED = {
    "archive-page-context-begins-with-dashes.txt": "archive text: white space folded",
    "base64-with-crlf-inside.eml": "every line ended in CR LF",
    "blank-context-line-glued-to-the-next-line.eml": "blank context lines were glued to the lines below them",
    "comment-with-code-inside-a-hunk.eml": NO_DAMAGE,
    "context-lost-its-first-column.eml": "context lines have lost their first column",
    "count-too-small.eml": "has 3 more lines than its header counts",
    "exchange-joined-header-lines.eml": "diff header and index line joined by the mailer",
    "flowed-and-stuffed.eml": NO_DAMAGE,
    "flowed-but-not-stuffed.eml": NO_DAMAGE,
    "flowed-code-line-softly-broken.eml": "lines wrapped by format=flowed were joined",
    "git-show-inside-a-mail.eml": NO_DAMAGE,
    "hunk-header-wrapped.eml": "hunk header wrapped to a second line",
    "in-body-from-and-scissors.eml": "what stands above the scissors line is not part of the patch",
    "latin-1-by-the-mailer.eml": NO_DAMAGE,
    "lines-wrapped-by-the-mailer.eml": "lines wrapped by the mailer",
    "list-footer-right-under-a-hunk.eml": NO_DAMAGE,
    "literal-equals-20-for-blank-lines.eml": "literal =20 stands for blank lines",
    "mixed-marks-at-depth-5.eml": NO_DAMAGE,
    "no-blank-after-the-quote-mark.eml": NO_DAMAGE,
    "no-break-space-before-hunk-header.eml": "no-break spaces stand for white space",
    "no-break-spaces-as-indentation.eml": "no-break spaces stand for white space",
    "plain.diff": NO_DAMAGE,
    "prose-right-under-a-hunk.eml": NO_DAMAGE,
    "quoted-printable-applied-twice.eml": "quoted-printable was applied twice",
    "series-out-of-order-one-missing.mbox": NO_DAMAGE,
    "signature-eaten-by-a-count-too-large.eml": "is cut",
    "tabs-became-spaces.eml": NO_DAMAGE,
    "two-diffs-at-two-depths.eml": NO_DAMAGE,
    "unknown-charset-y.eml": "unknown charset 'y', read as UTF-8",
    "wrapped-by-who-quoted-it.eml": "quoted lines wrapped by who quoted them were joined",
}

PLACED_ONLY = {
    "archive-page-masked-address-in-context.txt": "archive text: white space folded",
    "archive-page-quoted-reply.txt": "archive text: white space folded",
    "archive-page-whole-mail.txt": "archive text: white space folded",
    "hunks-trimmed-away-and-said-so.eml": "who quoted it says that parts were left out",
    "quilt-with-description.patch": NO_DAMAGE,
    "svn-index.diff": NO_DAMAGE,
}

WITHOUT_PLACE = {
    "a-single-plus-line-at-depth-5.eml": "a diff without any header",
    "hunk-without-its-file-header.eml": "the header that names the file was trimmed away",
    "only-plus-lines-no-header.eml": "a diff without any header",
}

CUT = {"hunk-cut-by-the-reply.eml": "the hunk @@ -29,7 +29,9 @@ is cut"}

NO_PATCH = ("look-alikes-of-a-diff-in-prose.eml",)


@pytest.mark.parametrize(("name", "said"), MENDED.items(), ids=MENDED)
def test_mended_mail_ends_with_the_blob_ids_it_names(name: str, said: str) -> None:
    patches = read_fixture(name)
    assert patches
    for patch in patches:
        files = lay_patch(patch, base_tree()).files
        assert [file.path for file in files if not file.proven] == []
        assert files


@pytest.mark.parametrize(("name", "said"), {**MENDED, **PLACED_ONLY, **CUT, **WITHOUT_PLACE}.items())
def test_damage_is_told_in_a_sentence(name: str, said: str) -> None:
    told = [sentence for patch in read_fixture(name) for sentence in patch.damage]
    if said == NO_DAMAGE:
        assert told == []
    else:
        assert any(said in sentence for sentence in told), told


@pytest.mark.parametrize("name", PLACED_ONLY)
def test_mail_without_proof_still_finds_its_place(name: str) -> None:
    (patch,) = read_fixture(name)
    placed = lay_patch(patch, base_tree())
    assert placed.files
    assert all(not file.unplaced for file in placed.files)


@pytest.mark.parametrize("name", CUT)
def test_hunk_that_the_mail_cuts_ends_where_the_quote_ends(name: str) -> None:
    (patch,) = read_fixture(name)
    whole, cut = patch.files[0].hunks
    assert (whole.complete, cut.complete) == (True, False)
    assert cut.lines[-1].text == b"\tret = walk_pmd(pud_offset(pgdp, start), start, end);"


@pytest.mark.parametrize("name", WITHOUT_PLACE)
def test_code_without_a_file_name_is_kept_with_its_lines(name: str) -> None:
    (patch,) = read_fixture(name)
    (file,) = patch.files
    assert file.path is None
    assert all(line.mail_line > 0 for hunk in file.hunks for line in hunk.lines)


@pytest.mark.parametrize("name", NO_PATCH)
def test_prose_that_looks_like_a_diff_is_no_patch(name: str) -> None:
    assert read_fixture(name) == []


def test_every_fixture_is_in_a_table() -> None:
    on_disk = {path.name for path in FOLDER.iterdir() if path.is_file()}
    assert on_disk == {*MENDED, *PLACED_ONLY, *CUT, *WITHOUT_PLACE, *NO_PATCH}


def test_comment_is_attached_to_the_line_above_it_with_depth_and_author() -> None:
    (patch,) = read_fixture("comment-with-code-inside-a-hunk.eml")
    (comment,) = patch.commentary
    (above,) = [
        line for file in patch.files for hunk in file.hunks for line in hunk.lines if line.mail_line == comment.after
    ]
    assert above.text == b"\tspin_lock(&walk_lock);"
    assert (comment.depth, comment.author) == (0, "A Reviewer <rev@example.org>")
    assert "#define WALK_FLAGS" in comment.text
    assert "- second, nobody holds the lock" in comment.text


def test_diffs_at_two_depths_are_two_patches_by_two_people() -> None:
    first, second = read_fixture("two-diffs-at-two-depths.eml")
    assert (first.depth, first.part, first.parts) == (3, 1, 2)
    assert (second.depth, second.part, second.parts) == (1, 2, 2)
    assert (first.author, second.continues) == ("A Developer", False)


def test_author_and_title_below_the_scissors_win() -> None:
    (patch,) = read_fixture("in-body-from-and-scissors.eml")
    assert patch.author == "A Developer <dev@example.org>"
    assert patch.subject == "mm: hold the lock while walking the whole table"
    assert patch.changelog.startswith("Others change the table")


def test_git_show_names_author_and_title_of_the_diff_in_it() -> None:
    (patch,) = read_fixture("git-show-inside-a-mail.eml")
    assert (patch.author, patch.subject) == ("A Developer <dev@example.org>", "mm: hold the lock while walking")


def test_comments_of_five_depths_answer_a_single_quoted_line() -> None:
    (patch,) = read_fixture("a-single-plus-line-at-depth-5.eml")
    (line,) = patch.files[0].hunks[0].lines
    assert line.text == b"\tspin_lock(&walk_lock);"
    assert [comment.depth for comment in patch.commentary] == [4, 3, 2, 1, 0]
    assert {comment.after for comment in patch.commentary} == {line.mail_line}


def test_fragment_names_files_that_prose_mentions() -> None:
    (patch,) = read_fixture("only-plus-lines-no-header.eml")
    assert patch.mentions == ("mm/walker.c",)
    assert patch.files[0].hunks[0].lines[0].text.startswith(b"static int walk_pmd(")
