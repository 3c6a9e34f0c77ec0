# SPDX-License-Identifier: GPL-2.0-or-later
"""A value for an entry becomes the attribute bits that it changes against the entry's old value, by the tree's macros.

Which bits may change on a live entry the architecture says itself: in the function that its own checks ask
(``pgattr_change_is_safe()`` on arm64), as the mask that it starts from.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kpatchlint.facts import ir
from kpatchlint.facts.parse import parse_expression
from kpatchlint.facts.show import show
from kpatchlint.facts.traverse import calls_in
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.extents import assigned
from kpatchlint.program.resolve import Resolver
from kpatchlint.program.statements import calls_of

_DEEP = 8  # macros in macros, or variables made from one another
_TYPED = ("_AT", "UL", "ULL", "_UL", "_ULL", "_AC", "__pgprot", "__pteval")  # calls that only give a type


@dataclass(frozen=True, slots=True)
class BitChange:
    """``call`` sets or clears ``bits``, spelled ``text``."""

    call: str
    bits: int
    text: str
    is_clear: bool


class Attributes:
    """Bits of entries in one version of a tree."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._known: dict[str, int | None] = {}

    def allowed(self, guard: str, mask: str) -> int | None:
        """The bits that the architecture's own check lets change: all that *guard* puts into its variable *mask*."""
        paths = self._resolver.sources.mentioning(guard)
        for function in (f for path in paths for f in self._resolver.in_file(path, guard)):
            bits = [self.bits(value, function.path) for value in assigned(function, mask)]
            known = [b for b in bits if b is not None]
            if known and len(known) == len(bits):
                return _union(known)
        return None

    def bits(self, expr: ir.Expr, near: str, depth: int = 0) -> int | None:
        """The number that an expression of constants is; None when it is not one."""
        if depth > _DEEP:
            return None
        match expr:
            case ir.Number(value=value):
                return value
            case ir.Name(id=name):
                return self._named(name, near, depth)
            case ir.Cast(operand=operand):
                return self.bits(operand, near, depth)
            case ir.Unary(op="~", operand=operand):
                inner = self.bits(operand, near, depth)
                return None if inner is None else ~inner
            case ir.Binary():
                return self._binary(expr, near, depth)
            case ir.Call(callee=ir.Name(id=name), args=args):
                return self._call(name, args, near, depth)
            case _:
                return None

    def _named(self, name: str, near: str, depth: int) -> int | None:
        if name not in self._known:
            self._known[name] = None  # a macro that names itself
            macros = [m for m in self._resolver.macros(name, near) if m.macro.params is None and m.macro.body]
            values = {self.bits(parse_expression(m.macro.body), m.path, depth + 1) for m in macros}
            self._known[name] = values.pop() if len(values) == 1 else None
        return self._known[name]

    def _binary(self, expr: ir.Binary, near: str, depth: int) -> int | None:
        left, right = self.bits(expr.left, near, depth), self.bits(expr.right, near, depth)
        if left is None or right is None:
            return None
        match expr.op:
            case "|":
                return left | right
            case "&":
                return left & right
            case "<<":
                return left << right if 0 <= right < 64 else None
            case "+":
                return left + right
            case "-":
                return left - right
            case _:
                return None

    def _call(self, name: str, args: tuple[ir.Expr, ...], near: str, depth: int) -> int | None:
        if name in _TYPED and args:
            return self.bits(args[-1] if name == "_AT" else args[0], near, depth)
        values = [self.bits(arg, near, depth) for arg in args]
        if any(value is None or not 0 <= value < 64 for value in values):
            return None
        numbers = [value for value in values if value is not None]
        if name in ("BIT", "BIT_ULL") and len(numbers) == 1:
            return 1 << numbers[0]
        if name in ("GENMASK", "GENMASK_ULL") and len(numbers) == 2:
            return (1 << (numbers[0] + 1)) - (1 << numbers[1])
        return None

    def changes(
        self, function: Function, value: ir.Expr, setters: frozenset[str], clearers: frozenset[str]
    ) -> Iterator[BitChange]:
        """What the calls that *value* is made with set and clear, through variables and helpers of one level."""
        for call in _calls_behind(function, value):
            if not isinstance(call.callee, ir.Name):
                continue
            name = call.callee.id
            if name in setters | clearers:
                yield from self._change(name, call, function.path, name in clearers)
                continue
            for helper in self._resolver.functions(name, function.path):
                for inner in calls_of(helper.body):
                    if isinstance(inner.callee, ir.Name) and inner.callee.id in setters | clearers:
                        yield from self._change(name, inner, helper.path, inner.callee.id in clearers)

    def _change(self, name: str, call: ir.Call, near: str, is_clear: bool) -> Iterator[BitChange]:
        bits = self.bits(call.args[1], near) if len(call.args) == 2 else None
        if bits is not None:
            text = show(call.args[1]).removeprefix("__pgprot(").removesuffix(")")
            yield BitChange(name, bits, text, is_clear)


def _calls_behind(function: Function, value: ir.Expr) -> Iterator[ir.Call]:
    """The calls in an expression, and in what the variables in it were made from."""
    seen: set[str] = set()
    work = [value]
    while work:
        expr = work.pop()
        yield from calls_in(expr)
        for name in sorted(words_of(show(expr)) - seen):
            seen.add(name)
            work.extend(assigned(function, name))


def _union(numbers: list[int]) -> int:
    found = 0
    for number in numbers:
        found |= number
    return found
