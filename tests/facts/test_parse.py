# SPDX-License-Identifier: GPL-2.0-or-later
"""Each kind of statement and expression gets its record; what is not understood is a gap, never silence."""

import pytest
from hypothesis import given

from kpatchlint.facts import ir
from kpatchlint.facts.parse import parse_expression, parse_function, parse_macro, parse_params
from kpatchlint.facts.show import show
from kpatchlint.facts.spans import all_functions, find_functions
from tests.facts.snippets import files


def body_of(statements: str, parameters: str = "int a, int b") -> ir.Body:
    source = f"static int f({parameters})\n{{\n{statements}\n}}\n".encode()
    (span,) = find_functions(source, "f")
    return parse_function(source, span)


def outline(stmts: tuple[ir.Stmt, ...]) -> str:
    """The statements in a short notation of the tests' own."""
    return " ".join(_outline(stmt) for stmt in stmts)


def _outline(stmt: ir.Stmt) -> str:
    match stmt:
        case ir.Do():
            return f"{show(stmt.expr)};"
        case ir.Declare():
            init = f" = {show(stmt.init)}" if stmt.init is not None else ""
            cleanup = f" free:{stmt.cleanup}" if stmt.cleanup else ""
            return f"[{stmt.type}] {stmt.name}{init}{cleanup};"
        case ir.If():
            other = f" else {{{outline(stmt.other)}}}" if stmt.other else ""
            return f"if {show(stmt.cond)} {{{outline(stmt.then)}}}{other}"
        case ir.ConfigIf():
            return f"#if {stmt.cond} {{{outline(stmt.then)}}} {{{outline(stmt.other)}}}"
        case ir.Loop():
            parts = [outline(stmt.init), *(show(e) if e else "-" for e in (stmt.cond, stmt.step))]
            return f"{stmt.kind}({' / '.join((*parts, *map(show, stmt.args)))}) {{{outline(stmt.body)}}}"
        case ir.Scoped():
            return f"scoped {stmt.guard}({', '.join(map(show, stmt.args))}) {{{outline(stmt.body)}}}"
        case ir.Switch():
            return f"switch {show(stmt.cond)} {{{outline(stmt.body)}}}"
        case ir.Case():
            return f"case {show(stmt.value)}:" if stmt.value is not None else "default:"
        case ir.Label():
            return f"{stmt.name}:"
        case ir.Goto():
            return f"goto {stmt.label};"
        case ir.Return():
            return f"return {show(stmt.value)};" if stmt.value is not None else "return;"
        case ir.Break() | ir.Continue():
            return f"{type(stmt).__name__.lower()};"
        case ir.Block():
            return f"{{{outline(stmt.body)}}}"
        case ir.Gap():
            return f"GAP<{stmt.text}>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("g(a);", "g(a);", id="a call"),
        pytest.param("int x;", "[int] x;", id="a variable"),
        pytest.param("struct foo *p = g(), **q;", "[struct foo *] p = g(); [struct foo **] q;", id="two declarators"),
        pytest.param("char buf[4] = {};", "[char[]] buf = {...};", id="an array"),
        pytest.param("struct foo *p __free(kfree) = g();", "[struct foo *] p = g() free:kfree;", id="a freed one"),
        pytest.param("if (a) g(); else if (b) h(); else i();", "if a {g();} else {if b {h();} else {i();}}", id="if"),
        pytest.param("if (a) { g(); h(); }", "if a {g(); h();}", id="if with a block"),
        pytest.param("while (a) g();", "while( / a / -) {g();}", id="while"),
        pytest.param("do g(); while (a);", "do( / a / -) {g();}", id="do"),
        pytest.param("for (a = 0; a < b; a++) g();", "for(a = 0; / a < b / ++a) {g();}", id="for"),
        pytest.param("for (int i = 0;;) g();", "for([int] i = 0; / - / -) {g();}", id="for with a declaration"),
        pytest.param("for_each_cpu(a, m) g();", "for_each_cpu( / - / - / a / m) {g();}", id="an iterator macro"),
        pytest.param(
            "list_for_each_entry(a, &h, m.l) g();", "list_for_each_entry( / - / - / a / &h / m.l) {g();}", id="of three"
        ),
        pytest.param("scoped_guard(mutex, &l) g();", "scoped mutex(&l) {g();}", id="a scoped guard"),
        pytest.param(
            "scoped_cond_guard(mutex_intr, return -1, &l) { g(); }",
            "scoped mutex_intr(&l) {g();}",
            id="a conditional scoped guard",
        ),
        pytest.param("scoped_cond_guard(x, continue, &l) g();", "scoped x(&l) {g();}", id="with a lone keyword"),
        pytest.param("guard(mutex)(&l);", "guard(mutex)(&l);", id="a guard is a call of a call"),
        pytest.param(
            "switch (a) { case 1: g(); break; case 2 ... 4: default: h(); }",
            "switch a {case 1: g(); break; case 2 ... 4: default: h();}",
            id="switch",
        ),
        pytest.param("case_out: g(); goto case_out;", "case_out: g(); goto case_out;", id="label and goto"),
        pytest.param("out:\n\treturn a;", "out: return a;", id="label before a return"),
        pytest.param("return;", "return;", id="return nothing"),
        pytest.param("{ g(); { h(); } }", "{g(); {h();}}", id="blocks"),
        pytest.param("while (1) { continue; }", "while( / 1 / -) {continue;}", id="continue"),
        pytest.param(
            "#ifdef CONFIG_X\ng();\n#else\nh();\n#endif", "#if defined(CONFIG_X) {g();} {h();}", id="#ifdef and #else"
        ),
        pytest.param("#ifndef CONFIG_X\ng();\n#endif", "#if !defined(CONFIG_X) {g();} {}", id="#ifndef"),
        pytest.param("#if A > 2\ng();\n#endif", "#if A > 2 {g();} {}", id="#if"),
        pytest.param("g(); /* x */ // y\nh();", "g(); h();", id="comments are nothing"),
        pytest.param(";", "", id="an empty statement is nothing"),
        pytest.param("#define LOCAL 1\ng();", "g();", id="a local macro is nothing"),
        pytest.param("struct s { int i; };\ng();", "g();", id="a local type is nothing"),
    ],
)
def test_statements(text: str, expected: str) -> None:
    body = body_of(text)
    assert outline(body.body) == expected
    assert body.gaps == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "a"),
        ("17", "17"),
        ("0x10UL", "16"),
        ("010", "8"),
        ("0b101", "5"),
        ('"text" "more"', '"..."'),
        ("'c'", '"..."'),
        ("p->q.r[1]", "p->q.r[1]"),
        ("*p + ~q", "*p + ~q"),
        ("!(a && b) || c", "!(a && b) || c"),
        ("a ? b : c", "a ? b : c"),
        ("a ?: c", "a ? a : c"),
        ("(gfp_t)a", "a"),
        ("(gfp_t)(a | b)", "a | b"),
        ("(u32)(a)", "a"),
        ("f(a)(b)", "f(a)(b)"),
        ("(a)", "a"),
        ("(a, b)", "a , b"),
        ("a = b", "a = b"),
        ("a |= b", "a |= b"),
        ("a++", "++a"),
        ("-a", "-a"),
        ("&a", "&a"),
        ("sizeof(struct foo)", "sizeof(struct foo)"),
        ("sizeof *p", "sizeof(*p)"),
        ("({ g(); a; })", "({...})"),
        ("(struct foo){ .a = b }", "{...}"),
        ("GFP_KERNEL | __GFP_ZERO", "GFP_KERNEL | __GFP_ZERO"),
        ("container_of(p, struct foo, m)", "container_of(p, struct foo, m)"),
    ],
)
def test_expressions(text: str, expected: str) -> None:
    assert show(parse_expression(text.encode())) == expected


@pytest.mark.parametrize("text", ["", "a b c", "){", "+", "if (a) b"])
def test_what_is_no_expression_is_opaque(text: str) -> None:
    assert isinstance(parse_expression(text.encode()), ir.Opaque)


def test_a_statement_expression_holds_statements() -> None:
    expr = parse_expression(b"({ g(); a; })")
    assert isinstance(expr, ir.BlockExpr)
    assert outline(expr.body) == "g(); a;"


def test_a_compound_literal_knows_its_fields() -> None:
    expr = parse_expression(b"(struct foo){ .a = b, c }")
    assert isinstance(expr, ir.Initialiser)
    assert expr.type == "struct foo"
    assert [(name, show(value)) for name, value in expr.fields] == [("a", "b"), (None, "c")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("void", [], id="none"),
        pytest.param("", [], id="empty"),
        pytest.param("int a, ...", [("a", "int")], id="variadic"),
        pytest.param("struct page *p, gfp_t gfp", [("p", "struct page *"), ("gfp", "gfp_t")], id="two"),
        pytest.param("int", [("", "int")], id="unnamed"),
        pytest.param("char a[4]", [("a", "char")], id="an array"),
        pytest.param("int (*fn)(int, void *), void *p", [("fn", "int (*fn)(int, void *)"), ("p", "void *")], id="fn"),
    ],
)
def test_parameters(text: str, expected: list[tuple[str, str]]) -> None:
    params = parse_params(text)
    assert [(p.name, p.type) for p in params] == expected
    assert [p.is_function for p in params] == [name == "fn" for name, _ in expected]


def test_head_is_taken_apart() -> None:
    source = b"static inline void __init *f(int a) __must_hold(&l)\n{\n}\n"
    (span,) = all_functions(source)
    body = parse_function(source, span)
    assert (body.name, body.specifiers, body.attributes) == ("f", "static inline void __init *", "__must_hold(&l)")


def test_places_count_from_the_start_of_the_declaration() -> None:
    source = b"int other;\n\nstatic int f(int a)\n{\n\tif (a)\n\t\tg(a);\n\treturn 0;\n}\n"
    (span,) = all_functions(source)
    stmt, ret = parse_function(source, span).body
    assert isinstance(stmt, ir.If)
    assert source[span.start + stmt.at :].startswith(b"if (a)")
    assert source[span.start + stmt.then[0].at :].startswith(b"g(a);")
    assert source[span.start + ret.at :].startswith(b"return 0;")


def test_a_call_knows_where_it_ends() -> None:
    source = b"int f(void)\n{\n\tg(a,\n\t  b);\n}\n"
    (span,) = all_functions(source)
    (stmt,) = parse_function(source, span).body
    assert isinstance(stmt, ir.Do)
    assert isinstance(stmt.expr, ir.Call)
    assert source[span.start + stmt.expr.at : span.start + stmt.expr.end] == b"g(a,\n\t  b)"


@pytest.mark.parametrize("text", ["a b c d;", "@@@;", "x = = y;", "case;"])
def test_nonsense_is_a_gap_and_counted(text: str) -> None:
    body = body_of(f"g();\n{text}\nh();")
    assert body.gaps > 0
    assert "g();" in outline(body.body)


def test_a_body_that_is_data_is_one_gap() -> None:
    body = body_of("x = 1;\n" * 70_000)
    assert body.gaps == 1
    assert outline(body.body) == "GAP<body too long>"


def test_deep_nesting_is_no_reason_to_fail() -> None:
    body = body_of("{" * 200 + "g();" + "}" * 200)
    assert "g();" in outline(body.body)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("do { g(a); h(); } while (0)", "do( / 0 / -) {g(a); h();}", id="do-while"),
        pytest.param("({ g(a); b; })", "({...});", id="a statement expression"),
        pytest.param("g(a)", "g(a);", id="an expression"),
        pytest.param("g(a);", "g(a);", id="its own semicolon"),
        pytest.param("", "", id="nothing"),
        pytest.param("if (a) g()", "if a {g();}", id="a bare if"),
    ],
)
def test_macro_bodies(text: str, expected: str) -> None:
    body = parse_macro("M", ("a",), text.encode())
    assert outline(body.body) == expected
    assert [p.name for p in body.params] == ["a"]


@given(files())
def test_the_same_function_is_the_same_record_wherever_it_stands(source: bytes) -> None:
    for span in all_functions(source):
        alone = source[span.start : span.end]
        (other,) = find_functions(alone, span.name)
        assert parse_function(alone, other) == parse_function(source, span)


@pytest.mark.parametrize("code", ["int a = ;", "if () g();", "return a + ;", "a = b ? c : ;"])
def test_a_name_that_is_missing_is_a_gap_and_no_name(code: str) -> None:
    body = body_of(code)
    assert body.gaps == 1
    assert "id=''" not in repr(body)
