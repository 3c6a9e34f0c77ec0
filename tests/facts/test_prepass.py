# SPDX-License-Identifier: GPL-2.0-or-later
"""Every rewrite keeps the length and the line ends, and what it takes away is kept by offset."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.facts.parse import parse_function
from kpatchlint.facts.prepass import blank, blank_comments, prepare
from kpatchlint.facts.spans import all_functions
from tests.facts.snippets import files, noise


def line_ends(text: bytes) -> list[int]:
    return [at for at, byte in enumerate(text) if byte == ord("\n")]


@given(noise)
def test_length_and_line_ends_stay_in_nonsense(text: str) -> None:
    source = text.encode()
    for made in (prepare(source).text, blank_comments(source), blank(source)):
        assert len(made) == len(source)
        assert line_ends(made) == line_ends(source)


@given(files())
def test_length_and_line_ends_stay_in_code(source: bytes) -> None:
    made = prepare(source)
    assert len(made.text) == len(source)
    assert line_ends(made.text) == line_ends(source)


@given(st.binary(max_size=300))
def test_length_stays_in_any_bytes(source: bytes) -> None:
    assert len(prepare(source).text) == len(source)


@given(files())
def test_side_tables_point_at_what_was_there(source: bytes) -> None:
    made = prepare(source)
    for table in (made.iterators, made.scoped):
        for offset, name in table.items():
            assert source[offset : offset + len(name)] == name.encode()
            assert made.text[offset : offset + 5] == b"while"


@pytest.mark.parametrize(
    ("source", "made"),
    [
        pytest.param("a /* b */ c", "a         c", id="a comment"),
        pytest.param("a // b\nc", "a     \nc", id="a line comment"),
        pytest.param("a /* b\nc */ d", "a     \n     d", id="a comment over two lines"),
        pytest.param('f("/* { */")', 'f("_______")', id="a string keeps its quotes only"),
        pytest.param("c = '{';", "c = '_';", id="a character"),
        pytest.param("int __user *p;", "int        *p;", id="an attribute"),
        pytest.param("int __aligned(8) x;", "int              x;", id="an attribute with arguments"),
        pytest.param("int x __guarded_by(&l->m);", "int x                    ;", id="a context annotation"),
        pytest.param("__init_once(x);", "__init_once(x);", id="a call that begins like an attribute"),
        pytest.param("list_for_each_entry(p, h, l) {", "while              (p, h, l) {", id="an iterator"),
        pytest.param("for_each_cpu(i, m)\n\tf(i);", "while       (i, m)\n\tf(i);", id="an iterator without braces"),
        pytest.param("scoped_guard(mutex, &l) {", "while       (mutex, &l) {", id="a scoped guard"),
        pytest.param(
            "scoped_cond_guard(x, return -1, &l) {", "while            (x,        -1, &l) {", id="a conditional guard"
        ),
        pytest.param("\tskb_walk_frags(s, f) {", "\twhile         (s, f) {", id="any macro before a brace"),
        pytest.param("\tif (a) {", "\tif (a) {", id="but no keyword"),
        pytest.param("\tswitch (a) {", "\tswitch (a) {", id="nor a long one"),
        pytest.param("\treturn (freeptr_t){", "\treturn (freeptr_t){", id="nor return before a literal"),
        pytest.param("f(c_guard(x, return -1, &l));", "f(c_guard(x, return -1, &l));", id="only of conditional guards"),
        pytest.param("alloc_percpu(struct foo)", "alloc_percpu(struct_foo)", id="a type as the only argument"),
        pytest.param(
            "static DEFINE_RATELIMIT_STATE(rs, 1);", "       DEFINE_RATELIMIT_STATE(rs, 1);", id="static macro"
        ),
        pytest.param("p = container_of(q, struct foo, m);", "p = container_of(q, struct_foo, m);", id="type argument"),
        pytest.param("va_arg(ap, char *)", "va_arg(ap, char__)", id="pointer type as argument"),
        pytest.param("sizeof(struct foo)", "sizeof(struct foo)", id="sizeof knows types"),
        pytest.param("x = (struct foo *)y;", "x = (struct foo *)y;", id="so does a cast"),
        pytest.param("offsetof(struct foo, a.b)", "Offsetof(struct_foo, a.b)", id="offsetof takes any member"),
        pytest.param("case 1 ... 3:", "case 1  |  3:", id="a case range"),
        pytest.param("#if A\nf();\n#endif\n", "#if A\nf();\n#endif\n", id="#if around a statement stays"),
        pytest.param(
            "if (a\n#if A\n&& b\n#endif\n)\nf();", "if (a\n     \n&& b\n      \n)\nf();", id="#if in an expression goes"
        ),
        pytest.param(
            "#if A\nif (a) {\n#else\nif (b) {\n#endif\n}",
            "     \nif (a) {\n     \n        \n      \n}",
            id="of halves of a statement the first stays",
        ),
        pytest.param("#if A\nf();\n#elif B\ng();\n#endif", "     \nf();\n       \n    \n      ", id="so with #elif"),
        pytest.param("#define X 1\nf();", "           \nf();", id="a definition inside a body goes"),
        pytest.param("#define X \\\n 1\nf();", "           \n  \nf();", id="with its continuation lines"),
    ],
)
def test_rewrites(source: str, made: str) -> None:
    assert prepare(source.encode()).text.decode() == made


def test_names_are_kept_by_offset() -> None:
    source = b"struct foo *p __free(kfree) = 0; list_for_each(p, h) scoped_guard(rcu) f();"
    made = prepare(source)
    assert made.cleanups == {source.index(b"__free"): "kfree"}
    assert made.iterators == {source.index(b"list_for"): "list_for_each"}
    assert made.scoped == {source.index(b"scoped"): "scoped_guard"}


def test_comments_go_and_strings_stay() -> None:
    assert blank_comments(b'f("/*", \'"\'); /* x */ g("//"); // y') == b'f("/*", \'"\');         g("//");     '


@pytest.mark.parametrize(
    "source",
    [
        b"((" * 20_000,
        b"for_each_x(" * 2000,
        b'"' * 9999,
        b"/*" * 9999,
        b"#if A\n" * 3000,
        b"a(b(c(" * 3000 + b"{",
        b"asm(" * 9000,
    ],
    ids=["parentheses", "iterators", "quotes", "comments", "#if", "calls", "assembly"],
)
def test_hostile_text_is_done_in_time(source: bytes) -> None:
    assert len(prepare(source).text) == len(source)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param('asm volatile(ALTERNATIVE("nop", "dsb sy", HAS_IT) : "+r" (v));', id="macros make the text"),
        pytest.param('__asm__ __volatile__(LOCK "addl %1,%0" : "+m" (v->a) : "ir" (i));', id="a macro before a string"),
        pytest.param('asm goto("1: b %l[out]" : : "i" (f(1, (2))) : : out);', id="nested parentheses"),
        pytest.param('asm("nop");', id="nothing but text"),
    ],
)
def test_assembly_is_no_gap_and_names_nothing(code: str) -> None:
    source = f"void f(void)\n{{\n\tbefore();\n\t{code}\n\tafter();\n}}\n".encode()
    assert len(prepare(source).text) == len(source)
    (span,) = all_functions(source)
    body = parse_function(source, span)
    assert body.gaps == 0
    names = ("before", "after", "ALTERNATIVE", "HAS_IT", "LOCK", "f")
    assert [name for name in names if f"id='{name}'" in repr(body)] == ["before", "after"]
