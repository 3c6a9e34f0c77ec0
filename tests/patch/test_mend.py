# SPDX-License-Identifier: GPL-2.0-or-later
"""What mailers do to all lines of a diff alike, undone for one quote depth."""

import pytest

from kpatchlint.mail.records import Mail
from kpatchlint.patch.mend import MendedDepth, mend_depth
from kpatchlint.patch.quoting import split_quotes

NBSP = b"\xc2\xa0"


def mend(body: bytes, *, is_flowed: bool = False, is_delsp: bool = False) -> MendedDepth:
    mail = Mail(subject="", author="", body=body, origin="t", is_flowed=is_flowed, is_delsp=is_delsp)
    lines = split_quotes(body)
    return mend_depth(lines, lines[0].depth, mail)


def texts(mended: MendedDepth) -> list[bytes]:
    return [line.text for line in mended.lines]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(b"  foo\n  \n+bar\n", [b" foo", b" ", b"+bar"], id="stuffing is taken off"),
        pytest.param(b" foo\n \n+bar\n", [b" foo", b" ", b"+bar"], id="what was not stuffed is left alone"),
        pytest.param(b" \tfoo\n  bar\n", [b" \tfoo", b"  bar"], id="a context line with a tab was not stuffed"),
        pytest.param(b"+foo \nbar\n", [b"+foo bar"], id="a soft break"),
        pytest.param(b"+foo \nbar \nbaz\n", [b"+foo bar baz"], id="two soft breaks"),
        pytest.param(b"+foo \n+bar\n", [b"+foo ", b"+bar"], id="a line that ends in a blank is no soft break"),
        pytest.param(b"+" + b"x" * 70 + b" \n+ y\n", [b"+" + b"x" * 70 + b" + y"], id="a sum broken before its sign"),
        pytest.param(b"-- \nA Developer\n", [b"-- ", b"A Developer"], id="a signature is no soft break"),
        pytest.param(b" \n@@ -1 +1 @@\n", [b" ", b"@@ -1 +1 @@"], id="a blank context line is no soft break"),
    ],
)
def test_format_flowed(body: bytes, expected: list[bytes]) -> None:
    assert texts(mend(body, is_flowed=True)) == expected


def test_delsp_drops_the_blank_of_a_soft_break() -> None:
    assert texts(mend(b"+foo  \nbar\n", is_flowed=True, is_delsp=True)) == [b"+foo bar"]


def test_soft_breaks_mean_nothing_without_the_declaration() -> None:
    assert texts(mend(b"+foo \nbar\n")) == [b"+foo ", b"bar"]


@pytest.mark.parametrize(
    ("body", "is_mended"),
    [
        (b"+" + NBSP * 4 + b"foo();\n", True),
        (NBSP + b"foo();\n", True),
        (b" " + NBSP + b" @@ -1 +1 @@\n", True),
        (b'+\tputs("a' + NBSP + b'b");\n', False),
    ],
)
def test_no_break_spaces_count_only_as_indentation(body: bytes, is_mended: bool) -> None:
    mended = mend(body)
    assert (NBSP not in b"".join(texts(mended))) == is_mended
    assert bool(mended.damage) == is_mended
    assert mended.refolded == (frozenset({1}) if is_mended else frozenset())


def test_mark_without_a_blank_behind_it_is_told_from_the_diff_itself() -> None:
    assert texts(mend(b">@@ -1,2 +1,2 @@\n> a\n>+b\n")) == [b"@@ -1,2 +1,2 @@", b" a", b"+b"]
    assert texts(mend(b"> @@ -1,2 +1,2 @@\n>  a\n> +b\n")) == [b"@@ -1,2 +1,2 @@", b" a", b"+b"]
