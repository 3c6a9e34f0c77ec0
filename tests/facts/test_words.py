# SPDX-License-Identifier: GPL-2.0-or-later
"""Words of a file: the index must never know fewer names than the scanner finds."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.facts.prepass import blank_comments
from kpatchlint.facts.spans import all_functions
from kpatchlint.facts.words import defined_words, is_constant_table, mentioned_words, strip_comments
from tests.facts.snippets import files, noise


@given(files())
def test_every_function_that_the_scanner_finds_is_a_defined_word(source: bytes) -> None:
    assert {span.name.encode() for span in all_functions(source)} <= defined_words(source)


@given(noise)
def test_scanner_and_words_agree_on_nonsense_too(text: str) -> None:
    source = text.encode()
    assert {span.name.encode() for span in all_functions(source)} <= defined_words(source)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        pytest.param("int f1(void)\n{\n}\n", {"f1"}, id="a definition"),
        pytest.param(
            "static void\nname_on_its_line(int a,\n\t\t int b)\n{\n}\n", {"name_on_its_line"}, id="split header"
        ),
        pytest.param("int one(void) { return 1; }\n", {"one"}, id="body on the same line"),
        pytest.param("int proto(int a);\n", set(), id="a prototype is none"),
        pytest.param("int proto(int a,\n\t  int b);\n", {"proto"}, id="a split prototype counts, harmlessly"),
        pytest.param("\tcall(a);\n", set(), id="indented code is none"),
        pytest.param("#define ONCE(x) x\n# define PAD 1\n", {"ONCE", "PAD"}, id="macros, numbers among them"),
        pytest.param("SYSCALL_DEFINE1(close, int, fd)\n{\n}\n", {"SYSCALL_DEFINE1", "sys_close"}, id="a system call"),
        pytest.param("__printf(1, 2) int say(char *f)\n{\n}\n", {"__printf", "say"}, id="attribute before the name"),
    ],
)
def test_defined_words(source: str, words: set[str]) -> None:
    assert defined_words(source.encode()) == {word.encode() for word in words}


@pytest.mark.parametrize(
    ("source", "there", "gone"),
    [
        pytest.param("/* about apples */ pears();", {"pears"}, {"apples"}, id="a comment is left out"),
        pytest.param('x("/*"); pears(); y("*/");', {"pears"}, set(), id="a comment's mark inside a string is none"),
        pytest.param('x("\\"/*"); pears(); y("*/");', {"pears"}, set(), id="after an escaped quote"),
        pytest.param("// see /*\npears();\n/* z */", {"pears"}, set(), id="in a line comment"),
        pytest.param("//* see\npears();\n/* z */", {"pears"}, set(), id="a line comment that looks like a block"),
        pytest.param('x("a\\\n/*"); pears(); y("*/");', {"pears"}, set(), id="in a string that spans lines"),
        pytest.param('x("a /* b /*"); pears(); y("*/");', {"pears"}, set(), id="twice in one string"),
        pytest.param("/* a /* apples */ pears(); /* plums */", {"pears"}, {"apples", "plums"}, id="nested marks"),
        pytest.param("/* a /*/ pears(); /* */", {"pears"}, set(), id="an end that looks like a beginning"),
        pytest.param("(/* int */*pears) plums /* */", {"pears", "plums"}, set(), id="a star right behind a comment"),
        pytest.param("if (abc) return def;", {"abc", "def"}, {"return", "if"}, id="keywords are no names"),
        pytest.param("x = 0x1000 + 123456;", set(), {"0x1000", "123456"}, id="numbers are no names"),
        pytest.param("a->fn.other", {"fn", "other"}, {"a"}, id="fields count, single letters do not"),
        pytest.param("never closed /* apples", {"never"}, {"apples"}, id="open at the end"),
    ],
)
def test_mentioned_words(source: str, there: set[str], gone: set[str]) -> None:
    words = {word.decode() for word in mentioned_words(source.encode())}
    assert there <= words
    assert not gone & words


@given(st.lists(st.sampled_from(("/*", "*/", "//", '"', "\\", "\n", "w1", "w2", " ", "'", "/", "*")), max_size=25))
def test_no_word_of_the_code_is_lost_with_the_comments(tokens: list[str]) -> None:
    """The oracle is the pre-pass's own scanner, which knows strings."""
    source = "".join(tokens).encode() + b"\n*/"
    assert set(re.findall(rb"w[12]", blank_comments(source))) <= set(re.findall(rb"w[12]", strip_comments(source)))


def test_register_list_is_no_source() -> None:
    table = b"".join(b"#define REG_%05d 0x%x\n" % (n, n) for n in range(6000))
    assert is_constant_table(table)
    assert not is_constant_table(table[:90_000])
    assert not is_constant_table(b"int f(int a)\n{\n\treturn a;\n}\n" * 5000)
