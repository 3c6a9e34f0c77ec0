# SPDX-License-Identifier: GPL-2.0-or-later
"""Quote depth of a line, and what replying mailers do to long lines."""

import pytest

from kpatchlint.patch.quoting import group_by_depth, is_snip, rejoin_wrapped, split_quotes


@pytest.mark.parametrize(
    ("line", "depth", "text"),
    [
        (b"+\tfoo();", 0, b"+\tfoo();"),
        (b" > context that begins with a mark", 0, b" > context that begins with a mark"),
        (b">", 1, b""),
        (b"> +\tfoo();", 1, b"+\tfoo();"),
        (b">  context", 1, b" context"),
        (b">+tight", 1, b"+tight"),
        (b"> > x", 2, b"x"),
        (b">>> On", 3, b"On"),
        (b"> >>>> + spin_unlock", 5, b"+ spin_unlock"),
        (b"> >> x", 3, b"x"),
        (b">>>>>", 5, b""),
        (b">  > x", 1, b" > x"),
    ],
)
def test_depth_is_the_number_of_marks_in_the_leading_run(line: bytes, depth: int, text: bytes) -> None:
    (found,) = split_quotes(line + b"\n")
    assert (found.depth, found.text, found.number) == (depth, text, 1)


def test_rest_of_a_wrapped_quote_goes_back_to_its_line() -> None:
    long = b"> +\tint a_function_with_a_long_name(struct walk_state *state, unsigned long addr,"
    lines, mended = rejoin_wrapped(split_quotes(long + b"\nunsigned long end)\n> +{\n"))
    assert [line.number for line in lines] == [1, 3]
    assert lines[0].text.endswith(b"addr, unsigned long end)")
    assert mended == {1}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"> +\tint a;\nWhy?\n> +\tint b;\n", id="a short line was not wrapped"),
        pytest.param(b"> +" + b"x" * 75 + b"\n\nWhy?\n> +\tint b;\n", id="a blank line lies between"),
        pytest.param(b"> prose " + b"x" * 75 + b"\nWhy?\n> prose\n", id="no diff lines"),
    ],
)
def test_remark_between_diff_lines_stays_a_remark(text: bytes) -> None:
    lines, mended = rejoin_wrapped(split_quotes(text))
    assert not mended
    assert len(lines) == text.count(b"\n")


def test_cut_said_at_a_lower_depth_counts_for_the_quote() -> None:
    groups = group_by_depth(split_quotes(b"> +a\n[...]\n> +b\n"))
    assert [line.text for line in groups[1]] == [b"+a", b"[...]", b"+b"]


@pytest.mark.parametrize(
    "text", [b"[...]", b"[snip]", b"<snip>", b"...", b"[trimmed the rest]", b"[\xe2\x80\xa6]", b" [..] "]
)
def test_cut_is_recognised(text: bytes) -> None:
    assert is_snip(text)


@pytest.mark.parametrize(
    "text", [b"", b"[PATCH]", b"+\t...", b"int f(int a, ...);", b"[0] = 1,", b"-----[ cut here ]-----"]
)
def test_code_and_prose_are_no_cut(text: bytes) -> None:
    assert not is_snip(text)
