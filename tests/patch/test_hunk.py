# SPDX-License-Identifier: GPL-2.0-or-later
"""One hunk at a time: which reading of its lines fills the counts."""

import pytest

from kpatchlint.patch.hunk import UNWORN, ReadHunk, Wear, read_hunk
from kpatchlint.patch.quoting import split_quotes


def read(text: bytes, wear: Wear = UNWORN) -> ReadHunk:
    found = read_hunk(split_quotes(text), 0, wear)
    assert found is not None
    return found


def shown(read_hunk: ReadHunk) -> list[bytes]:
    return [line.kind.value.encode() + line.text for line in read_hunk.hunk.lines]


@pytest.mark.parametrize(
    ("text", "lines", "complete"),
    [
        pytest.param(b"@@ -1 +1 @@\n-a\n+b\n", [b"-a", b"+b"], True, id="counts of one are not written"),
        pytest.param(b"@@ -1,2 +1,2 @@\n a\n-b\n+c\n-- \n2.39\n", [b" a", b"-b", b"+c"], True, id="signature below"),
        pytest.param(b"@@ -1,2 +1,1 @@\n a\n-- \n 2.39\n", [b" a", b"-- "], True, id="a removed line like a signature"),
        pytest.param(b"@@ -1,3 +1,2 @@\n a\n-b\n-- \n2.39\n", [b" a", b"-b"], False, id="signature is not eaten"),
        pytest.param(b"@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n", [b" a", b" ", b"-b", b"+c"], True, id="blank context is bare"),
        pytest.param(
            b"@@ -1,2 +1,3 @@\n a\n+b\n@@ -9 +9 @@\n-c\n+d\n", [b" a", b"+b"], False, id="next hunk too early"
        ),
        pytest.param(b"@@ -1,2 +1,3 @@\n a\n+b b\nrest\n c\n", [b" a", b"+b b rest", b" c"], True, id="a wrapped line"),
        pytest.param(
            b"@@ -1,2 +1,2 @@ int f(int a,\nint b)\n a\n-b\n+c\n", [b" a", b"-b", b"+c"], True, id="wrapped @@"
        ),
        pytest.param(b"@@ -1,3 +1,2 @@\na\nb\n-c\n", [b" a", b" b", b"-c"], True, id="first column lost"),
        pytest.param(b"@@ -1,1 +1,2 @@\n a\n+b\n+c\n c\n", [b" a", b"+b", b"+c", b" c"], True, id="counts too small"),
        pytest.param(b"@@ -1,9 +1,9 @@\n a\n-b\n+c\n[...]\n d\n", [b" a", b"-b", b"+c"], False, id="cut and said so"),
        pytest.param(b"@@ -1,9 +1,9 @@\n a\n-b\n+c\nThanks,\n", [b" a", b"-b", b"+c"], False, id="cut by prose"),
        pytest.param(
            b"@@ -1,2 +1,1 @@\n a\n  -b\n", [b" a", b"  -b"], False, id="glue is not supposed without a reason"
        ),
        pytest.param(b"@@ -1,3 +1,2 @@\n a\n  -b\n", [b" a", b" ", b"-b"], True, id="glue that fills the counts"),
        pytest.param(b"@@ -0,0 +1 @@\n+a\n\\ No newline at end of file\n", [b"+a"], True, id="no newline at the end"),
    ],
)
def test_read_hunk(text: bytes, lines: list[bytes], complete: bool) -> None:
    found = read(text)
    assert (shown(found), found.hunk.complete) == (lines, complete)


def test_no_newline_is_told_of_the_line_above_it() -> None:
    found = read(b"@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n")
    assert [line.no_newline for line in found.hunk.lines] == [True, False]


def test_kconfig_help_in_dashes_is_context_where_the_first_column_is_lost() -> None:
    found = read(b"@@ -1,3 +1,4 @@\nconfig A\n+ depends on B\n---help---\nSay Y.\n", Wear(is_flattened=True))
    assert shown(found) == [b" config A", b"+ depends on B", b" ---help---", b" Say Y."]
    assert found.hunk.folded
    assert not any(line.doubtful for line in found.hunk.lines)


def test_a_choice_among_marked_lines_is_told_as_doubtful() -> None:
    found = read(b"@@ -1,3 +1,2 @@\na\n-b\n--c\n", Wear(is_flattened=True))
    assert shown(found) == [b" a", b"-b", b" --c"]
    assert [line.doubtful for line in found.hunk.lines] == [False, True, True]


def test_prose_below_a_strict_hunk_is_not_read_as_lost_context() -> None:
    found = read(b"@@ -1,5 +1,5 @@\n a\n b\n-c\n+d\nThis is wrong.\nReally.\n")
    assert shown(found) == [b" a", b" b", b"-c", b"+d"]


def test_wrapped_line_that_holds_another_header_is_not_swallowed() -> None:
    found = read(b"@@ -1,3 +1,4 @@\n a\n+b\n} @@ -9,3 +9,3 @@ int f\n c\n d\n")
    assert not found.hunk.complete


def test_line_that_is_no_header_gives_nothing() -> None:
    assert read_hunk(split_quotes(b"@@ nothing @@\n a\n"), 0) is None
