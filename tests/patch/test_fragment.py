# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines of code that have lost their headers, told from bullets, names and signatures."""

import pytest

from kpatchlint.patch.fragment import find_fragments
from kpatchlint.patch.quoting import split_quotes


def code_in(text: bytes) -> list[list[bytes]]:
    return [[line.text for line in hunk.lines] for hunk in find_fragments(split_quotes(text))]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"- Compared to the last version\n- stop_machine is used\n", id="bullets"),
        pytest.param(b"+ A Developer <dev@example.org>\n", id="somebody is added to Cc"),
        pytest.param(b"+1\n", id="a vote"),
        pytest.param(b"-- \nA Developer\n", id="a signature"),
        pytest.param(b"- a = b;\n", id="only removed lines"),
        pytest.param(b"+ see https://example.org/x;\n", id="a URL"),
        pytest.param(b"- first, it sleeps;\n- second, nobody holds it;\n", id="bullets that end as statements do"),
    ],
)
def test_prose_is_no_fragment(text: bytes) -> None:
    assert code_in(text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"+ spin_unlock(&lock);\n", id="one statement"),
        pytest.param(b"+#ifdef CONFIG_X\n+\n+/*\n+ * why\n+ */\n", id="preprocessor and comment"),
        pytest.param(b"+int f(int a,\n+ int b)\n+{\n+\treturn g(a,\n+\t\t b);\n+}\n", id="a function"),
        pytest.param(b"-\told();\n+\tnew();\n", id="a change"),
    ],
)
def test_code_is_a_fragment(text: bytes) -> None:
    ((first, *_),) = code_in(text)
    assert first == text.split(b"\n")[0][1:]


def test_remarks_do_not_part_a_fragment_but_a_cut_does() -> None:
    assert len(code_in(b"+int f(void)\n+{\n\nWhy?\n\n+}\n")) == 1
    assert len(code_in(b"+int f(void)\n+{\n[...]\n+}\n")) == 2


def test_fragment_keeps_context_that_has_its_first_column() -> None:
    (lines,) = code_in(b" \tfoo();\n+\tbar();\n \tbaz();\n+\tqux();\n \tend();\n")
    assert lines == [b"\tbar();", b"\tbaz();", b"\tqux();"]
