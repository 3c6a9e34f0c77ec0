# SPDX-License-Identifier: GPL-2.0-or-later
"""The algebra of what is known: masks obey Boolean laws bit by bit, and no answer claims more than was known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.program.values import (
    UNKNOWN,
    ZERO,
    Bits,
    Int,
    NonZero,
    Object,
    Pointers,
    Value,
    as_bits,
    binary,
    invert,
    join,
    one_bit,
    truth,
)

BITS = ("A", "B", "C")


@st.composite
def masks(draw: st.DrawFn) -> Bits:
    default = draw(st.sampled_from((0, 1, None)))
    named = {name: draw(st.sampled_from((0, 1, None))) for name in draw(st.sets(st.sampled_from(BITS)))}
    return Bits(tuple(sorted((n, v) for n, v in named.items() if v != default)), default)


values = st.one_of(
    masks(),
    st.integers(-4, 4).map(Int),
    st.just(UNKNOWN),
    st.just(NonZero()),
    st.just(Pointers((("f", "a.c"),))),
    st.just(Object((("fn", Pointers((("f", "a.c"),))),))),
)
numbers = st.dictionaries(st.sampled_from((*BITS, "D")), st.booleans(), min_size=4, max_size=4)


def bits_of(value: Value) -> tuple[int | None, ...]:
    """Each bit of a mask; "D" stands for those that nobody names."""
    return tuple(as_bits(value).bit(name) for name in (*BITS, "D"))


def allows(value: Value, number: dict[str, bool]) -> bool:
    """Whether the mask may be this very number."""
    return all(as_bits(value).bit(name) in (None, int(bit)) for name, bit in number.items())


@given(masks(), masks())
def test_de_morgan(a: Bits, b: Bits) -> None:
    assert bits_of(invert(binary("|", a, b))) == bits_of(binary("&", invert(a), invert(b)))
    assert bits_of(invert(binary("&", a, b))) == bits_of(binary("|", invert(a), invert(b)))


@given(masks())
def test_double_complement_is_the_same(a: Bits) -> None:
    assert bits_of(invert(invert(a))) == bits_of(a)


@given(masks(), masks(), masks())
def test_operators_commute_and_associate(a: Bits, b: Bits, c: Bits) -> None:
    for op in "|&^":
        assert bits_of(binary(op, a, b)) == bits_of(binary(op, b, a))
        assert bits_of(binary(op, binary(op, a, b), c)) == bits_of(binary(op, a, binary(op, b, c)))


@given(masks())
def test_neutral_elements(a: Bits) -> None:
    assert bits_of(binary("|", a, ZERO)) == bits_of(a)
    assert bits_of(binary("&", a, Int(-1))) == bits_of(a)
    assert bits_of(binary("&", a, ZERO)) == (0, 0, 0, 0)


@given(masks(), masks(), numbers, numbers)
def test_no_number_that_may_come_out_is_excluded(a: Bits, b: Bits, x: dict[str, bool], y: dict[str, bool]) -> None:
    """Soundness: if a may be x and b may be y, then a op b may be x op y."""
    if not (allows(a, x) and allows(b, y)):
        return
    assert allows(binary("|", a, b), {n: x[n] or y[n] for n in x})
    assert allows(binary("&", a, b), {n: x[n] and y[n] for n in x})
    assert allows(binary("^", a, b), {n: x[n] != y[n] for n in x})
    assert allows(invert(a), {n: not x[n] for n in x})
    assert allows(join((a, b)), x)
    assert truth(a) in (None, any(x.values()))


@given(values)
def test_join_with_itself_changes_nothing(a: Value) -> None:
    assert join((a, a)) == a


@given(values, values)
def test_join_does_not_depend_on_the_order(a: Value, b: Value) -> None:
    assert join((a, b)) == join((b, a))


@given(values, values)
def test_join_claims_nothing_that_either_denies(a: Value, b: Value) -> None:
    both = join((a, b))
    assert truth(both) is None or truth(both) == truth(a) == truth(b)


@given(values)
def test_join_with_unknown_is_unknown(a: Value) -> None:
    assert join((a, UNKNOWN)) == UNKNOWN


def test_join_of_nothing_is_unknown() -> None:
    assert join(()) == UNKNOWN


def test_join_of_functions_is_either_of_them() -> None:
    both = join((Pointers((("g", "a.c"),)), Pointers((("f", "a.c"),))))
    assert both == Pointers((("f", "a.c"), ("g", "a.c")))


@pytest.mark.parametrize(
    ("op", "left", "right", "result"),
    [
        ("+", 2, 3, Int(5)),
        ("-", 2, 3, Int(-1)),
        ("*", 2, 3, Int(6)),
        ("/", 7, 2, Int(3)),
        ("%", 7, 2, Int(1)),
        ("/", -7, 2, Int(-3)),
        ("%", -7, 2, Int(-1)),
        ("/", -7, -2, Int(3)),
        ("/", 1, 0, UNKNOWN),
        ("%", 1, 0, UNKNOWN),
        ("<<", 1, 4, Int(16)),
        (">>", 16, 4, Int(1)),
        ("<", 1, 2, Int(1)),
        (">=", 1, 2, Int(0)),
        ("==", 2, 2, Int(1)),
        ("!=", 2, 2, Int(0)),
        ("|", 1, 2, Int(3)),
        ("&", 6, 3, Int(2)),
        ("^", 6, 3, Int(5)),
        ("*", 1 << 100, 2, UNKNOWN),
        ("@", 1, 2, UNKNOWN),
    ],
)
def test_arithmetic(op: str, left: int, right: int, result: Value) -> None:
    assert binary(op, Int(left), Int(right)) == result


@pytest.mark.parametrize(
    ("value", "known"),
    [
        pytest.param(ZERO, False, id="zero"),
        pytest.param(Int(3), True, id="a number"),
        pytest.param(NonZero(), True, id="not zero"),
        pytest.param(UNKNOWN, None, id="unknown"),
        pytest.param(one_bit("A"), True, id="one bit set"),
        pytest.param(Bits((("A", None),), 0), None, id="one bit open"),
        pytest.param(Bits((), 0), False, id="no bit"),
        pytest.param(Pointers((("f", "a.c"),)), True, id="a function"),
    ],
)
def test_truth(value: Value, known: bool | None) -> None:
    assert truth(value) is known
    for op, flip in (("==", True), ("!=", False)):
        expected = UNKNOWN if known is None else Int(int(known is not flip))
        assert binary(op, value, ZERO) == expected
        assert binary(op, ZERO, value) == expected


def test_masks_are_shown_by_their_bits() -> None:
    assert str(binary("|", one_bit("B"), one_bit("A"))) == "A|B"
    assert str(Bits((), 0)) == "0"
    assert str(Bits()) == "?"


def test_an_object_knows_its_fields_only() -> None:
    made = Object((("fn", Int(1)),))
    assert made.field("fn") == Int(1)
    assert made.field("other") == UNKNOWN
