# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines that name a file, whole and as mailers leave them."""

import pytest

from kpatchlint.patch.fileheader import read_file_header
from kpatchlint.patch.markers import is_file_header
from kpatchlint.patch.quoting import split_quotes
from kpatchlint.patch.records import FilePatch, FileStatus

NAMES = b"--- a/mm/x.c\n+++ b/mm/x.c\n@@ -1 +1 @@\n"
INDEX = b"index 0123456789ab..ba9876543210 100644\n"


def header(text: bytes) -> FilePatch:
    lines = split_quotes(text)
    assert is_file_header(lines, 0)
    return read_file_header(lines, 0).file


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"diff --git a/mm/x.c b/mm/x.c\n" + INDEX + NAMES, id="as git writes it"),
        pytest.param(b"diff --git a/mm/x.c\nb/mm/x.c\n" + INDEX + NAMES, id="wrapped between the names"),
        pytest.param(b"diff --git\na/mm/x.c\nb/mm/x.c\n" + INDEX + NAMES, id="wrapped before both names"),
        pytest.param(b"diff --git a/mm/x.c b/mm/x.c " + INDEX + NAMES, id="joined with the index line"),
        pytest.param(b"diff --git a/mm/x.c b/mm/x.c index\n" + INDEX[6:] + NAMES, id="joined and wrapped again"),
        pytest.param(b"diff --git a/mm/x.c b/mm/x.c\nstray\n" + INDEX + NAMES, id="a stray line in it"),
        pytest.param(b"diff --git a/mm/x.c b/mm/x.c\r\n" + INDEX.replace(b"\n", b"\r\n") + NAMES, id="CR LF"),
        pytest.param(b'diff --git "a/mm/x.c" "b/mm/x.c"\n' + INDEX + NAMES, id="quoted without need"),
        pytest.param(b"diff --git mm/x.c mm/x.c\n" + INDEX, id="no prefix and no lines below"),
    ],
)
def test_file_header(text: bytes) -> None:
    file = header(text)
    assert (file.old_path, file.new_path, file.status) == ("mm/x.c", "mm/x.c", FileStatus.MODIFIED)
    assert (file.old_id, file.new_id) == ("0123456789ab", "ba9876543210")


@pytest.mark.parametrize(
    ("text", "old", "new", "status"),
    [
        (b"--- /dev/null\n+++ b/mm/x.c\n@@ -0,0 +1 @@\n", None, "mm/x.c", FileStatus.ADDED),
        (b"--- a/mm/x.c\n+++ /dev/null\n@@ -1 +0,0 @@\n", "mm/x.c", None, FileStatus.DELETED),
        (
            b"Index: linux/mm/x.c\n=====\n--- linux.orig/mm/x.c\n+++ linux/mm/x.c\n",
            "mm/x.c",
            "mm/x.c",
            FileStatus.MODIFIED,
        ),
        (
            b"diff -Nru a/mm/x.c b/mm/x.c\n--- a/mm/x.c\t2017\n+++ b/mm/x.c\t2018\n",
            "mm/x.c",
            "mm/x.c",
            FileStatus.MODIFIED,
        ),
        (
            b"diff --git a/mm/x.c b/mm/y.c\nsimilarity index 90%\nrename from mm/x.c\nrename to mm/y.c\n",
            "mm/x.c",
            "mm/y.c",
            FileStatus.RENAMED,
        ),
        (b"diff --cc mm/x.c\nindex 1,2..3\n", "mm/x.c", "mm/x.c", FileStatus.MODIFIED),
    ],
)
def test_other_shapes_of_header(text: bytes, old: str | None, new: str | None, status: FileStatus) -> None:
    file = header(text)
    assert (file.old_path, file.new_path, file.status) == (old, new, status)


@pytest.mark.parametrize(
    "text", [b"diff --git\n", b"Index: of things\n", b"--- a\n+++ b\n", b"different\n", b"diff -u\n"]
)
def test_prose_is_no_file_header(text: bytes) -> None:
    assert not is_file_header(split_quotes(text), 0)


def test_names_that_are_empty_name_nothing_and_do_not_stop_the_reading() -> None:
    lines = split_quotes(b"--- \n+++ \n@@ -1 +1 @@\n-a\n+b\n")
    read = read_file_header(lines, 0)
    assert (read.next, read.file.path, read.file.status) == (2, None, FileStatus.MODIFIED)
