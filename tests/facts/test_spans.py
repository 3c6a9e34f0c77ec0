# SPDX-License-Identifier: GPL-2.0-or-later
"""Where definitions lie, for every odd shape of header and body that kernel code has."""

import pytest
from hypothesis import given

from kpatchlint.facts.spans import all_functions, enclosing_function, find_functions, span_at
from tests.facts.snippets import files

ODD_SHAPES = [
    pytest.param("int f(int a)\n{\n\treturn a;\n}", id="plain"),
    pytest.param("int f(int a) { return a; }", id="body on the header's line"),
    pytest.param("int f(int a)\n{ return a; }", id="body on one line of its own"),
    pytest.param("int f(int a) { if (a) { a++; } return a; }", id="braces in a body on one line"),
    pytest.param("static inline void\nf(int a)\n{\n}", id="return type on its own line"),
    pytest.param("static __always_inline\nstruct page *\nf(int a)\n{\n}", id="type on two lines of its own"),
    pytest.param("__printf(1, 2) int f(int a)\n{\n}", id="attribute with arguments before the name"),
    pytest.param("__printf(1, 2)\nint f(int a)\n{\n}", id="that attribute on its own line"),
    pytest.param("__attribute__((noreturn)) void f(int a)\n{\n}", id="GNU attribute before the name"),
    pytest.param("int f(int a) __must_hold(&x)\n{\n}", id="attribute with arguments behind the name"),
    pytest.param("int f(int a)\n\t__acquires(x)\n\t__releases(&p->y)\n{\n}", id="attributes on lines of their own"),
    pytest.param("int f(int a) /* why */\n{\n}", id="comment between header and body"),
    pytest.param("int f(int a) // why (\n/* { */\n{\n}", id="misleading comments there"),
    pytest.param("int f(int a /* in: ) */,\n\t   int b)\n{\n}", id="comment among the parameters"),
    pytest.param("int f(void (*cb)(int, void *), void *p)\n{\n}", id="pointer to function as parameter"),
    pytest.param("int f(int a\n#ifdef CONFIG_X\n\t  , int b\n#endif\n\t )\n{\n}", id="#if among the parameters"),
    pytest.param("int f(int a)\n#ifdef CONFIG_X\n\t__must_hold(x)\n#endif\n{\n}", id="#if before the body"),
    pytest.param("int f (int a)\n{\n}", id="blank before the parenthesis"),
    pytest.param("unsigned long f(int a)\n{\n}", id="type of two words"),
    pytest.param("struct page\n*f(int a)\n{\n}", id="stars on the name's line only"),
    pytest.param("struct page **f(int a)\n{\n}", id="stars at the name"),
    pytest.param('int f(int a)\n{\n\tputs("}\\n}");\n}', id="brace in a string"),
    pytest.param("int f(int a) { return '}' + \"}\"[0]; }", id="brace in a literal of a body on one line"),
    pytest.param("int f(int a)\n{\n#if X\n\tif (a) {\n#else\n\tif (!a) {\n#endif\n\t}\n}", id="braces twice under #if"),
    pytest.param("int f(int a) notrace\n{\n}", id="a word behind the parameters"),
    pytest.param("int __init f(int a)\n{\n}", id="section between type and name"),
]


@pytest.mark.parametrize("text", ODD_SHAPES)
def test_definition_is_cut_out_whole(text: str) -> None:
    source = f"int before;\n\n{text}\n\nint after(void)\n{{\n}}\n".encode()
    for spans in (find_functions(source, "f"), [s for s in all_functions(source) if s.name == "f"]):
        (span,) = spans
        assert source[span.start : span.end].decode() == text
        assert source[span.body : span.body + 1] == b"{"
        assert source[span.params[0] - 1 : span.params[0]] + source[span.params[1] : span.params[1] + 1] == b"()"
    assert [s.name for s in all_functions(source)] == ["f", "after"]


@pytest.mark.parametrize("text", ODD_SHAPES)
def test_a_place_in_the_body_belongs_to_the_definition(text: str) -> None:
    source = f"int before(void)\n{{\n\tx();\n}}\n\n{text}\n".encode()
    found = enclosing_function(source, source.rindex(b"}"))
    assert found is not None
    assert found.name == "f"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("int f(int a);", id="a prototype"),
        pytest.param("int f(int a,\n\t  int b);", id="a prototype on two lines"),
        pytest.param("extern int f(int a) __must_check;", id="a prototype with an attribute"),
        pytest.param("\tf(a);", id="a call"),
        pytest.param("#define f(a) { a }", id="a macro"),
        pytest.param("/*\n * f(a)\n {\n */", id="a comment"),
        pytest.param("static int (*f)(int a) = g;", id="a variable"),
        pytest.param("static const struct s f = {\n\t.x = 1,\n};", id="an initialiser"),
        pytest.param("if (f(a)) {\n}", id="code of a macro in column 0"),
        pytest.param("/*\n*f(int a)\n{\n}\n*/", id="a comment with its stars in column 0"),
        pytest.param("typedef int f(int a);", id="a type"),
    ],
)
def test_what_only_names_it_is_no_definition(text: str) -> None:
    source = f"{text}\nint g(void)\n{{\n}}\n".encode()
    assert find_functions(source, "f") == []
    assert [s.name for s in all_functions(source)] == ["g"]


def test_system_call_is_found_by_the_name_it_makes() -> None:
    source = b"SYSCALL_DEFINE2(dup2, unsigned int, old, unsigned int, new)\n{\n\treturn 0;\n}\n"
    (span,) = all_functions(source)
    assert span.name == "sys_dup2"
    assert find_functions(source, "sys_dup2") == [span]
    assert find_functions(source, "sys_dup") == []


def test_no_name_has_no_definition() -> None:
    assert find_functions(b"int f(void)\n{\n}\n", "") == []


def test_a_macro_that_looks_like_a_function_is_taken_for_one() -> None:
    source = b"BPF_CALL_1(helper, int, a)\n{\n\treturn a;\n}\nint f(void)\n{\n}\n"
    assert [s.name for s in all_functions(source)] == ["BPF_CALL_1", "f"]


def test_lines_of_macros_above_are_not_part_of_the_declaration() -> None:
    source = b"EXPORT_SYMBOL(other)\nDEFINE_MUTEX(lock)\nint f(void)\n{\n}\n"
    (span,) = find_functions(source, "f")
    assert source[span.start : span.end] == b"int f(void)\n{\n}"


def test_definitions_under_both_branches_of_an_if_are_found() -> None:
    source = b"#ifdef CONFIG_X\nint f(void)\n{\n\treturn 1;\n}\n#else\nint f(void) { return 0; }\n#endif\n"
    assert [source[s.body : s.end] for s in find_functions(source, "f")] == [b"{\n\treturn 1;\n}", b"{ return 0; }"]


def test_a_longer_name_is_another_name() -> None:
    source = b"int ff(void)\n{\n}\nint xf(void)\n{\n}\nint f_(void)\n{\n}\n"
    assert find_functions(source, "f") == []


def test_places_outside_bodies_belong_to_no_function() -> None:
    source = b"int a;\nint f(int p)\n{\n\tx();\n}\nint b;\n"
    assert enclosing_function(source, source.index(b"a;")) is None
    assert enclosing_function(source, source.index(b"b;")) is None
    at_parameters = enclosing_function(source, source.index(b"p)"))
    assert at_parameters is not None
    assert at_parameters.name == "f"


@pytest.mark.parametrize(
    "source",
    [b"", b"int f(", b"int f(void)", b"int f(void)\n{", b"f(" * 5000, b"(" * 20_000, b'int f(char *s = "', b"int f(/*"],
    ids=[
        "empty",
        "open parenthesis",
        "no body",
        "open body",
        "nested calls",
        "parentheses",
        "open string",
        "open comment",
    ],
)
def test_cut_off_code_is_no_reason_to_fail(source: bytes) -> None:
    spans = list(all_functions(source))
    assert all(0 <= s.start <= s.params[0] <= s.params[1] < s.body < s.end <= len(source) for s in spans)


@given(files())
def test_both_ways_to_look_find_the_same(source: bytes) -> None:
    spans = list(all_functions(source))
    for name in {span.name for span in spans}:
        assert find_functions(source, name) == [span for span in spans if span.name == name]


@given(files())
def test_every_place_in_a_body_finds_its_way_back(source: bytes) -> None:
    for span in all_functions(source):
        for offset in (span.params[0], span.body, span.end - 1):
            assert enclosing_function(source, offset) == span


def test_a_name_that_heads_nothing_has_no_span() -> None:
    assert span_at(b"return f(x) { }", 0) is None
    assert span_at(b"f", 0) is None
