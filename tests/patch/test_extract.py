# SPDX-License-Identifier: GPL-2.0-or-later
"""Which diffs of a mail are one patch, and what stays within limits."""

import pytest

from kpatchlint.mail.limits import OverLimit
from kpatchlint.mail.records import Mail
from kpatchlint.patch.extract import extract_patches
from kpatchlint.patch.records import Patch


def extract(body: bytes, subject: str = "Re: [PATCH v2 3/7] mm: x") -> list[Patch]:
    return extract_patches(Mail(subject=subject, author="R <r@x>", body=body, origin="t"))


def diff(name: str, index: str = "1111111..2222222", line: int = 1) -> bytes:
    names = f"diff --git a/{name} b/{name}\nindex {index} 100644\n--- a/{name}\n+++ b/{name}\n"
    return f"{names}@@ -{line} +{line} @@\n-a\n+b\n".encode()


def paths(patch: Patch) -> list[str | None]:
    return [file.path for file in patch.files]


def test_files_of_one_diff_are_one_patch_even_with_prose_between() -> None:
    (patch,) = extract(diff("mm/a.c") + b"\nand\n\n" + diff("mm/b.c"))
    assert paths(patch) == ["mm/a.c", "mm/b.c"]
    assert (patch.number, patch.total, patch.version, patch.subject) == (3, 7, 2, "mm: x")


def test_diff_of_a_file_seen_before_is_another_patch_on_the_same_base() -> None:
    first, second = extract(diff("mm/a.c") + b"or rather\n" + diff("mm/a.c", "1111111..3333333"))
    assert (first.part, second.part, second.parts, second.continues) == (1, 2, 2, False)


def test_diff_that_starts_from_what_another_leaves_continues_it() -> None:
    _, second = extract(diff("mm/a.c") + b"then\n" + diff("mm/a.c", "2222222..3333333"))
    assert second.continues


def test_own_diff_and_quoted_diff_are_two_patches() -> None:
    quoted = b"".join(b"> " + line + b"\n" for line in diff("mm/a.c").splitlines())
    first, second = extract(b"On 1.1.2025 10:00, D wrote:\n" + quoted + b"\nHow about\n\n" + diff("mm/a.c", line=5))
    assert [(p.depth, p.author) for p in (first, second)] == [(1, "D"), (0, "R <r@x>")]
    assert [comment.text for comment in first.commentary] == ["How about"]


def test_hunk_without_a_file_header_keeps_its_place() -> None:
    (patch,) = extract(b"> @@ -5,2 +5,3 @@ int f(void)\n>  a\n> +b\n>  c\n")
    (file,) = patch.files
    assert (file.path, file.hunks[0].old_start, file.hunks[0].complete) == (None, 5, True)


def test_path_that_leaves_the_tree_is_handed_on_for_the_tree_to_refuse() -> None:
    assert paths(extract(diff("../../etc/passwd"))[0]) == ["../../etc/passwd"]


def test_fragments_count_only_where_there_is_no_diff() -> None:
    (patch,) = extract(b"> +\tfoo();\n\n" + diff("mm/a.c"))
    assert paths(patch) == ["mm/a.c"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(b"".join(diff(f"f{n}.c") for n in range(2001)), "2001 files, over the limit of 2000", id="files"),
        pytest.param(diff("a.c") * 201, "201 diffs, over the limit of 200", id="diffs"),
    ],
)
def test_over_a_limit(body: bytes, said: str) -> None:
    with pytest.raises(OverLimit, match=said):
        extract(body)


@pytest.mark.parametrize("body", [b"", b"\n", b"Looks good.\n", b"> quoted\n", b"--- \n+++ \n", b"@@ -1 +1 @@"])
def test_mail_without_a_patch_gives_none(body: bytes) -> None:
    assert [file for patch in extract(body) for file in patch.files if file.hunks and file.hunks[0].lines] == []


def test_files_whose_hunk_headers_were_trimmed_away_keep_their_lines() -> None:
    names = b"> --- a/mm/%s.c\n> +++ b/mm/%s.c\n>  #define A 1\n> +#define B 2\n"
    (patch,) = extract(names % (b"x", b"x") + names % (b"y", b"y") + b"\nThese differ.\n")
    assert paths(patch) == ["mm/x.c", "mm/y.c"]
    assert [(hunk.old_start, hunk.complete, len(hunk.lines)) for file in patch.files for hunk in file.hunks] == [
        (None, False, 2),
        (None, False, 2),
    ]
    assert patch.damage == ("mm/x.c: a hunk has lost its @@ line", "mm/y.c: a hunk has lost its @@ line")


def test_code_below_a_cut_stays_with_the_file_above_it() -> None:
    quoted = b"".join(b"> " + line + b"\n" for line in diff("mm/a.c").splitlines())
    (patch,) = extract(quoted + b"> [...]\n> +\tfoo();\n> - Compared to the last version\n\nWhy?\n")
    (file,) = patch.files
    assert [hunk.old_start for hunk in file.hunks] == [1, None]
    assert file.hunks[1].lines[0].text == b"\tfoo();"
