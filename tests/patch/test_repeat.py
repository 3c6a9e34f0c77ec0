# SPDX-License-Identifier: GPL-2.0-or-later
"""A quote of a patch is told from a proposal."""

import pytest

from kpatchlint.mail.records import Mail
from kpatchlint.patch.extract import extract_patches
from kpatchlint.patch.records import Patch
from kpatchlint.patch.repeat import changed_lines, repeats

HEAD = "diff --git a/mm/a.c b/mm/a.c\n--- a/mm/a.c\n+++ b/mm/a.c\n"
HUNK = "@@ -1,3 +1,4 @@\n one\n-\ttwo();\n+\tthree();\n+\tfour();\n end\n"


def extract(body: str) -> list[Patch]:
    return extract_patches(Mail(subject="[PATCH] mm: x", author="A <a@x>", body=body.encode(), origin="t"))


def quoted(text: str) -> str:
    return "".join(f"> {line}\n" for line in text.splitlines())


@pytest.mark.parametrize(
    ("answer", "is_quote"),
    [
        pytest.param(quoted(HEAD + HUNK), True, id="the whole diff"),
        pytest.param(quoted(HEAD + HUNK).replace("\t", "        "), True, id="with its tabs lost"),
        pytest.param(quoted("@@ -1,3 +1,4 @@\n one\n-\ttwo();\n+\tthree();\n"), True, id="the hunk without its file"),
        pytest.param(quoted(HEAD + HUNK.replace("three", "five")), False, id="another line"),
        pytest.param(quoted((HEAD + HUNK).replace("a.c", "b.c")), False, id="another file"),
        pytest.param(quoted(HEAD + HUNK.replace("-\t", " \t").replace("+\t", "-\t", 1)), False, id="the other way"),
    ],
)
def test_repeats(answer: str, is_quote: bool) -> None:
    (patch,) = extract(answer)
    assert repeats(patch, changed_lines(extract(HEAD + HUNK))) is is_quote


def test_patch_that_changes_no_line_repeats_nothing() -> None:
    (rename,) = extract("diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n")
    assert not repeats(rename, changed_lines([rename]))
