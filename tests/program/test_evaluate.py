# SPDX-License-Identifier: GPL-2.0-or-later
"""Expressions become values by the tree's own macros, whichever way its headers spell the bits."""

import pytest

from kpatchlint.facts.parse import parse_expression
from kpatchlint.program.evaluate import Env, place_text
from kpatchlint.program.values import UNKNOWN, ZERO, Int, NonZero, Object, Pointers, Value, as_bits, truth
from tests.program.sample import ENUM_GFP, HEX_GFP, MASKS, build, value_of

RECLAIM = "___GFP_DIRECT_RECLAIM"


@pytest.fixture(params=[pytest.param(ENUM_GFP, id="enum as in 6.12"), pytest.param(HEX_GFP, id="numbers as in 6.1")])
def header(request: pytest.FixtureRequest) -> str:
    return str(request.param) + MASKS


@pytest.mark.parametrize(
    ("text", "may_reclaim"),
    [
        ("GFP_KERNEL", 1),
        ("GFP_ATOMIC", 0),
        ("GFP_KERNEL | __GFP_ZERO", 1),
        ("GFP_ATOMIC | __GFP_ZERO", 0),
        ("GFP_KERNEL & ~__GFP_DIRECT_RECLAIM", 0),
        ("GFP_KERNEL & ~__GFP_RECLAIM", 0),
        ("(gfp_t)(GFP_KERNEL)", 1),
        ("GFP_KERNEL ^ __GFP_DIRECT_RECLAIM", 0),
        ("unknown_flags | GFP_KERNEL", 1),
        ("unknown_flags & GFP_ATOMIC", 0),
        ("unknown_flags & GFP_KERNEL", None),
        ("unknown_flags", None),
        ("0", 0),
        ("test ? GFP_KERNEL : GFP_ATOMIC", None),
        ("test ? GFP_KERNEL : GFP_KERNEL | __GFP_ZERO", 1),
        ("1 ? GFP_ATOMIC : GFP_KERNEL", 0),
        ("mask = GFP_KERNEL", 1),
        ("(1, GFP_KERNEL)", 1),
    ],
)
def test_masks_are_folded_from_the_headers(text: str, may_reclaim: int | None, header: str) -> None:
    program = build({"include/linux/gfp_types.h": header, "mm/a.c": ""})
    assert as_bits(value_of(program, text)).bit(RECLAIM) == may_reclaim


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("gfpflags_allow_blocking(GFP_KERNEL)", True),
        ("gfpflags_allow_blocking(GFP_ATOMIC)", False),
        ("gfpflags_allow_blocking(unknown)", None),
        ("!gfpflags_allow_blocking(GFP_NOWAIT)", True),
        ("GFP_KERNEL & __GFP_DIRECT_RECLAIM", True),
        ("GFP_KERNEL == GFP_KERNEL", True),
        ("(GFP_ATOMIC & __GFP_DIRECT_RECLAIM) == 0", True),
    ],
)
def test_questions_about_masks(text: str, known: bool | None, header: str) -> None:
    program = build({"include/linux/gfp_types.h": header, "mm/a.c": ""})
    assert truth(value_of(program, text)) is known


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("12 + 3", Int(15), id="arithmetic"),
        pytest.param("1UL << SHIFT", Int(4096), id="a macro of a number"),
        pytest.param("NULL", ZERO, id="NULL"),
        pytest.param("true", Int(1), id="true"),
        pytest.param('"text"', NonZero(), id="a string is not NULL"),
        pytest.param("-SHIFT", Int(-12), id="minus"),
        pytest.param("!0", Int(1), id="not"),
        pytest.param("0 && f()", Int(0), id="and stops at false"),
        pytest.param("1 || f()", Int(1), id="or stops at true"),
        pytest.param("x && 0", Int(0), id="and is false if either is"),
        pytest.param("x || 1", Int(1), id="or is true if either is"),
        pytest.param("x && 1", UNKNOWN, id="and of something open"),
        pytest.param("x ? 3 : 3", Int(3), id="both ways the same"),
        pytest.param("likely(3)", Int(3), id="likely() is transparent"),
        pytest.param("LOOP", UNKNOWN, id="a macro of itself"),
        pytest.param("DEEP9", UNKNOWN, id="a name that nobody defines"),
        pytest.param("twice(4)", Int(8), id="a function of one line"),
        pytest.param("TWICE(4)", Int(8), id="a macro with a parameter"),
        pytest.param("TWICE_SAFE(4)", Int(8), id="a statement expression of one"),
        pytest.param("long_one(4)", UNKNOWN, id="a function of more lines"),
        pytest.param("&object", NonZero(), id="an address is not NULL"),
        pytest.param("callback", Pointers((("callback", "mm/a.c"),)), id="a function's name"),
        pytest.param("&callback", Pointers((("callback", "mm/a.c"),)), id="its address"),
        pytest.param("*callback", Pointers((("callback", "mm/a.c"),)), id="and what that points to"),
        pytest.param("p->x", UNKNOWN, id="memory"),
    ],
)
def test_values(text: str, value: Value) -> None:
    code = """
#define SHIFT 12
#define LOOP (LOOP + 1)
#define TWICE(x) ((x) * 2)
#define TWICE_SAFE(x) ({ (x) * 2; })
static inline int twice(int x)
{
	return x * 2;
}
static int long_one(int x)
{
	x++;
	return x * 2;
}
static int callback(void *p)
{
	return 0;
}
"""
    assert value_of(build({"mm/a.c": code}), text) == value


def test_a_variable_hides_a_macro_of_its_name() -> None:
    program = build({"mm/a.c": "#define SHIFT 12\n"})
    env = Env("mm/a.c", {}, frozenset({"SHIFT"}))
    assert program.walker.evaluator.value(parse_expression(b"SHIFT"), env) == UNKNOWN


def test_known_variables_and_fields_are_used() -> None:
    program = build({"mm/a.c": ""})
    assert value_of(program, "x + 1", x=Int(2)) == Int(3)
    env = Env("mm/a.c", {"p->flags": Int(4)}, frozenset({"p"}))
    assert program.walker.evaluator.value(parse_expression(b"p->flags"), env) == Int(4)


def test_an_object_built_in_place_is_known_by_its_fields() -> None:
    program = build({"mm/a.c": "static int cb(void)\n{\n\treturn 0;\n}\n"})
    made = value_of(program, "(struct ops){ .fn = cb, .order = 3, .other = unknown }")
    assert isinstance(made, Object)
    assert made.field("fn") == Pointers((("cb", "mm/a.c"),))
    assert made.field("order") == Int(3)
    assert made.field("other") == UNKNOWN


def test_two_definitions_that_differ_are_both_possible() -> None:
    program = build({"mm/a.c": "#ifdef CONFIG_X\n#define MASK GFP_KERNEL\n#else\n#define MASK GFP_ATOMIC\n#endif\n"})
    mask = as_bits(value_of(program, "MASK"))
    assert (mask.bit(RECLAIM), mask.bit("___GFP_KSWAPD_RECLAIM")) == (None, 1)


@pytest.mark.parametrize(
    ("text", "properties", "known"),
    [
        ("in_atomic()", {"atomic"}, True),
        ("in_atomic()", set(), None),
        ("preemptible()", {"atomic"}, False),
        ("irqs_disabled()", {"irqs_off", "atomic"}, True),
        ("irqs_disabled()", {"atomic"}, None),
        ("in_task()", {"in_handler"}, False),
        ("in_task()", {"in_interrupt"}, None),
        ("in_hardirq()", {"in_interrupt", "in_handler"}, None),
        ("in_interrupt() ? GFP_ATOMIC : GFP_KERNEL", {"in_interrupt"}, True),
    ],
)
def test_context_answers_questions_about_itself(text: str, properties: set[str], known: bool | None) -> None:
    program = build({"mm/a.c": ""})
    env = Env("mm/a.c", {}, frozenset(), frozenset(properties))
    assert truth(program.walker.evaluator.value(parse_expression(text.encode()), env)) is known


def test_mask_that_asks_for_the_context() -> None:
    program = build({"mm/a.c": ""})
    expr = parse_expression(b"in_interrupt() ? GFP_ATOMIC : GFP_KERNEL")
    for properties, bit in ((frozenset({"in_interrupt"}), 0), (frozenset(), None)):
        value = program.walker.evaluator.value(expr, Env("mm/a.c", {}, frozenset(), properties))
        assert as_bits(value).bit(RECLAIM) == bit


@pytest.mark.parametrize(
    ("text", "place"),
    [("p", "p"), ("p->a.b", "p->a.b"), ("*p", "*p"), ("(long)p", "p"), ("p[1]", ""), ("f()->a", ""), ("a + b", "")],
)
def test_places_are_named_by_their_text(text: str, place: str) -> None:
    assert place_text(parse_expression(text.encode())) == place


def test_name_that_is_a_variable_in_another_configuration_is_open() -> None:
    code = "#ifdef CONFIG_X\nstatic bool on;\n#else\n#define on false\n#endif\n#define off false\n"
    program = build({"mm/a.c": code})
    assert value_of(program, "on") == UNKNOWN
    assert value_of(program, "off") == ZERO
