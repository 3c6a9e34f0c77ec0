# SPDX-License-Identifier: GPL-2.0-or-later
"""Definitions of macros, and the conditions that a place stands under."""

import pytest

from kpatchlint.facts.macros import conditions_at, find_macros


@pytest.mark.parametrize(
    ("source", "params", "body"),
    [
        pytest.param("#define M 1", None, "1", id="a number"),
        pytest.param("#define M", None, "", id="nothing"),
        pytest.param("#define M(a) f(a)", ("a",), "f(a)", id="one parameter"),
        pytest.param("#define M() f()", (), "f()", id="no parameter"),
        pytest.param("#define M(a, b) (a + b)", ("a", "b"), "(a + b)", id="two parameters"),
        pytest.param("#define M(a, ...) f(a, __VA_ARGS__)", ("a", "__VA_ARGS__"), "f(a, __VA_ARGS__)", id="variadic"),
        pytest.param("#define M(args...) f(args)", ("args",), "f(args)", id="GNU variadic"),
        pytest.param("#define M (a)", None, "(a)", id="a blank before the parenthesis"),
        pytest.param("#  define\tM 1", None, "1", id="blanks in the directive"),
        pytest.param("#define M 1 /* why */", None, "1", id="a comment behind it"),
        pytest.param("#define M(a) \\\n\tf(a); \\\n\tg(a)", ("a",), "f(a);  \n\tg(a)", id="continued"),
        pytest.param("#define M(a, \\\n\t  b) a", ("a", "b"), "a", id="continued among the parameters"),
        pytest.param('#define M "/* no comment */"', None, '"/* no comment */"', id="a string"),
        pytest.param("#define M \\\n", None, "", id="continued into nothing"),
        pytest.param("#define M \\", None, "\\", id="cut off"),
    ],
)
def test_definition(source: str, params: tuple[str, ...] | None, body: str) -> None:
    (macro,) = find_macros(f"int x;\n{source}".encode(), "M")
    assert (macro.name, macro.params, macro.start) == ("M", params, 7)
    assert macro.body.decode() == body


def test_a_definition_in_each_branch_is_found() -> None:
    source = b"#ifdef A\n#define M 1\n#else\n#define M 2\n#endif\n#define MM 3\n#undef M\n"
    assert [macro.body for macro in find_macros(source, "M")] == [b"1", b"2"]


def test_only_definitions_are_found() -> None:
    assert find_macros(b"int M;\n#ifdef M\n#undef M\n/* #define M */ f(M);\n", "M") == []


def conditions(source: str) -> tuple[str, ...]:
    """Conditions over the place marked ``@``."""
    return conditions_at(source.encode(), source.index("@"))


@pytest.mark.parametrize(
    ("source", "over"),
    [
        pytest.param("@", (), id="none"),
        pytest.param("#ifdef A\n@", ("defined(A)",), id="ifdef"),
        pytest.param("#ifndef A\n@", ("!defined(A)",), id="ifndef"),
        pytest.param("#if A > 2\n@", ("A > 2",), id="if"),
        pytest.param("#if A\n#endif\n@", (), id="closed again"),
        pytest.param("#ifdef A\n#else\n@", ("!defined(A)",), id="else"),
        pytest.param("#ifndef A\n#else\n@", ("defined(A)",), id="else of ifndef"),
        pytest.param("#if A > 2\n#else\n@", ("!(A > 2)",), id="else of if"),
        pytest.param("#if A\n#elif B\n@", ("!(A)", "B"), id="elif"),
        pytest.param("#if A\n#elif B\n#else\n@", ("!(A)", "!(B)"), id="else of elif"),
        pytest.param("#ifdef A\n#if B\n@", ("defined(A)", "B"), id="nested"),
        pytest.param("#ifndef _MM_FOO_H\n@", (), id="an include guard is none"),
        pytest.param("#if defined(A) && \\\n    defined(B)\n@", ("defined(A) && defined(B)",), id="continued"),
        pytest.param("#ifdef A /* why */\n@", ("defined(A)",), id="a comment behind it"),
        pytest.param("#endif\n#else\n@", (), id="more ends than beginnings"),
    ],
)
def test_conditions_over_a_place(source: str, over: tuple[str, ...]) -> None:
    assert conditions(source) == over
