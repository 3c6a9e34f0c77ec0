# SPDX-License-Identifier: GPL-2.0-or-later
"""A scope has every file that a patch changes, with the lines that are its own, placed or not."""

from kpatchlint.dev.example import MemoryTree
from kpatchlint.engine import _with_fragments
from kpatchlint.mail.records import Mail
from kpatchlint.patch.extract import extract_patches
from kpatchlint.program.open import Workshop
from kpatchlint.program.scope import ChangedFile
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.tree.place import lay_patch

BASE = MemoryTree({"mm/Kconfig": b"config ONE\n\tbool\n\tselect TWO\n", "mm/a.c": b"int a;\nint b;\n"})

PLACED = """\
--- a/mm/Kconfig
+++ b/mm/Kconfig
@@ -1,3 +1,3 @@
 config ONE
 \tbool
-\tselect TWO
+\tselect THREE
"""

LOST = """\
--- a/mm/a.c
+++ b/mm/a.c
@@ -10,4 +10,5 @@
 long other;
 long code;
+long added;
 long that;
 long is_not_there;
@@ -40,2 +41,7 @@
 short other;
+int f(void)
+{
+\treturn 0;
+}
+
 short is_not_there;
"""


def files_of(diff: str) -> tuple[tuple[ChangedFile, ...], tuple[ChangedFile, ...]]:
    (patch,) = extract_patches(Mail(subject="x", author="", body=diff.encode(), origin="test"))
    placed = _with_fragments(lay_patch(patch, BASE))
    versions = Workshop(own_vocabulary(), "arm64").versions(placed, BASE)
    return versions.scope_before.files, versions.scope_after.files


def said(files: tuple[ChangedFile, ...]) -> list[tuple[str, list[str]]]:
    return [(f.path, [f.source.decode().split("\n")[n - 1] for n in sorted(f.lines)]) for f in files]


def test_lines_of_a_file_that_is_no_code() -> None:
    before, after = files_of(PLACED)
    assert said(before) == [("mm/Kconfig", ["\tselect TWO"])]
    assert said(after) == [("mm/Kconfig", ["\tselect THREE"])]


def test_lines_without_a_place_stand_at_the_end_and_their_context_is_not_among_them() -> None:
    _, after = files_of(LOST)
    assert said(after) == [("mm/a.c", ["long added;", "int f(void)", "{", "\treturn 0;", "}", ""])]
