# SPDX-License-Identifier: GPL-2.0-or-later
"""Hostile text is shown, not obeyed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.text.clean import clip, decode, is_command, printable, printable_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("kmalloc(64, GFP_KERNEL);", "kmalloc(64, GFP_KERNEL);", id="plain code"),
        pytest.param("Jörg 中文", "Jörg 中文", id="letters of any script"),
        pytest.param("\x1b[2J\x07", "\\x1b[2J\\x07", id="escape sequence and bell"),
        pytest.param("\x9b31m", "\\x9b31m", id="one-byte CSI"),
        pytest.param("a\u202eb\u2066c", "a\\u202eb\\u2066c", id="bidi override and isolate"),
        pytest.param("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff", id="invisible characters"),
        pytest.param("two\nlines\r\u2028", "two\\nlines\\r\\u2028", id="line ends"),
        pytest.param("tag\U000e0041", "tag\\U000e0041", id="tag characters"),
        pytest.param("\tif (x)", "\tif (x)", id="tab"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_undecodable_byte_is_shown_as_that_byte() -> None:
    assert printable(decode(b"caf\xe9")) == "caf\\xe9"


def test_tab_can_be_spaces() -> None:
    assert printable("\ta", tab="    ") == "    a"


def test_lines_end_at_line_feeds_only() -> None:
    assert printable_lines("a\n\x0bb\n") == ["a", "\\x0bb"]


def test_clip_says_how_much_is_gone() -> None:
    assert clip("x" * 10_000, 20) == "xxxxx...[9995 more]"
    assert clip("short", 20) == "short"


@given(st.text(), st.binary())
def test_nothing_that_acts_on_a_terminal_is_left(text: str, raw: bytes) -> None:
    for shown in (printable(text), printable(decode(raw))):
        assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c != "\t" for c in shown)
        shown.encode("utf-8")


@pytest.mark.parametrize(
    ("line", "obeyed"),
    [("::error::x", True), ("  \t##[group]", True), ("a::b", False), (": :", False), ("", False)],
)
def test_command_in_the_log_of_a_ci_job_is_seen(line: str, obeyed: bool) -> None:
    assert is_command(line) is obeyed
