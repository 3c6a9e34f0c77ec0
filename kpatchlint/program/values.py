# SPDX-License-Identifier: GPL-2.0-or-later
"""What an expression is known to be: bits of a mask, a number, functions, an object, or nothing known.

A mask is symbolic: 6.12 makes ``___GFP_*`` an enum of bits, 6.1 hexadecimal numbers, older kernels other numbers, but
the names mean the same, so a bit is its name.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bits:
    """Bit by bit: 1 set, 0 clear, None unknown. ``default`` is for every bit that is not named."""

    named: tuple[tuple[str, int | None], ...] = ()  # sorted by name
    default: int | None = None

    def bit(self, name: str) -> int | None:
        for bit, value in self.named:
            if bit == name:
                return value
        return self.default

    def __str__(self) -> str:
        on = "|".join(bit for bit, value in self.named if value == 1)
        return on or ("0" if self.default == 0 else "?")


@dataclass(frozen=True, slots=True)
class Int:
    """One known number."""

    value: int


@dataclass(frozen=True, slots=True)
class NonZero:
    """Not zero (not NULL), otherwise unknown; *about* names what it is, e.g. the call that returned it."""

    about: str = ""


@dataclass(frozen=True, slots=True)
class Pointers:
    """A pointer to one of these functions, by name and file where its definition was looked up from."""

    names: tuple[tuple[str, str], ...]  # (function, path that names it), sorted


@dataclass(frozen=True, slots=True)
class Object:
    """An object built in place, by field: only fields with a known value."""

    fields: tuple[tuple[str, "Value"], ...]

    def field(self, name: str) -> "Value":
        return dict(self.fields).get(name, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing is known."""


UNKNOWN = Unknown()
ZERO = Int(0)
Value = Bits | Int | NonZero | Pointers | Object | Unknown


def one_bit(name: str) -> Bits:
    """The mask in which only *name* is set."""
    return Bits(((name, 1),), 0)


def _or(a: int | None, b: int | None) -> int | None:
    return 1 if a == 1 or b == 1 else (0 if a == 0 and b == 0 else None)


def _and(a: int | None, b: int | None) -> int | None:
    return 0 if a == 0 or b == 0 else (1 if a == 1 and b == 1 else None)


def _xor(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a ^ b


def _not(a: int | None) -> int | None:
    return None if a is None else 1 - a


def _same(a: int | None, b: int | None) -> int | None:
    return a if a == b else None


def _merge(a: Bits, b: Bits, op: Callable[[int | None, int | None], int | None]) -> Bits:
    default = op(a.default, b.default)
    names = sorted({n for n, _ in a.named} | {n for n, _ in b.named})
    named = tuple((n, v) for n in names if (v := op(a.bit(n), b.bit(n))) != default)
    return Bits(named, default)


def as_bits(value: Value) -> Bits:
    """Any value as a mask: zero has no bit, other numbers and unknowns have unknown bits."""
    match value:
        case Bits():
            return value
        case Int(value=0):
            return Bits((), 0)
        case Int(value=-1):
            return Bits((), 1)
        case _:
            return Bits()


def binary(op: str, left: Value, right: Value) -> Value:
    """``left op right`` for the operators of masks, comparisons and small arithmetic."""
    if isinstance(left, Int) and isinstance(right, Int):
        return _arithmetic(op, left.value, right.value)
    match op:
        case "|":
            return _tidy(_merge(as_bits(left), as_bits(right), _or))
        case "&":
            return _tidy(_merge(as_bits(left), as_bits(right), _and))
        case "^":
            return _tidy(_merge(as_bits(left), as_bits(right), _xor))
        case "==" | "!=":
            return _equality(op, left, right)
        case _:
            return UNKNOWN


def _equality(op: str, left: Value, right: Value) -> Value:
    """Only against zero can a value that is no number be told equal or not."""
    for a, b in ((left, right), (right, left)):
        if b == ZERO and (known := truth(a)) is not None:
            return Int(int(known if op == "!=" else not known))
    if (
        isinstance(left, Bits)
        and left == right
        and all(v is not None for _, v in left.named)
        and left.default is not None
    ):
        return Int(int(op == "=="))
    return UNKNOWN


def _tidy(bits: Bits) -> Value:
    if bits.named or bits.default == 1:
        return bits
    return ZERO if bits.default == 0 else UNKNOWN


def _arithmetic(op: str, a: int, b: int) -> Value:
    operations: dict[str, Callable[[], int]] = {
        "|": lambda: a | b,
        "&": lambda: a & b,
        "^": lambda: a ^ b,
        "+": lambda: a + b,
        "-": lambda: a - b,
        "*": lambda: a * b,
        "==": lambda: int(a == b),
        "!=": lambda: int(a != b),
        "<": lambda: int(a < b),
        ">": lambda: int(a > b),
        "<=": lambda: int(a <= b),
        ">=": lambda: int(a >= b),
        "<<": lambda: a << b if 0 <= b < 128 else 0,
        ">>": lambda: a >> b if 0 <= b < 128 else 0,
    }
    if op in ("/", "%"):
        if b == 0:
            return UNKNOWN
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)  # C rounds towards zero
        return Int(quotient if op == "/" else a - quotient * b)
    operation = operations.get(op)
    return Int(operation()) if operation and abs(a) < 1 << 80 and abs(b) < 1 << 80 else UNKNOWN


def invert(value: Value) -> Value:
    """``~value``."""
    if isinstance(value, Int):
        return Int(~value.value)
    bits = as_bits(value)
    return _tidy(Bits(tuple((n, _not(v)) for n, v in bits.named), _not(bits.default)))


def truth(value: Value) -> bool | None:
    """Whether the value is not zero; None when that is open."""
    match value:
        case Int():
            return value.value != 0
        case Bits():
            if value.default == 1 or any(v == 1 for _, v in value.named):
                return True
            return False if value.default == 0 and not any(v is None for _, v in value.named) else None
        case NonZero() | Pointers() | Object():
            return True
        case _:
            return None


def join(values: Iterable[Value]) -> Value:
    """What holds for all of them."""
    result: Value | None = None
    for value in values:
        if result is None or result == value:
            result = value
        elif isinstance(result, Pointers) and isinstance(value, Pointers):
            result = Pointers(tuple(sorted({*result.names, *value.names})))
        elif isinstance(result, Bits | Int) and isinstance(value, Bits | Int):
            result = _tidy(_merge(as_bits(result), as_bits(value), _same))
        else:
            return UNKNOWN
    return UNKNOWN if result is None else result
