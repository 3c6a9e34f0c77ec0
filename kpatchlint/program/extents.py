# SPDX-License-Identifier: GPL-2.0-or-later
"""A constant expression becomes its number in one kernel configuration, and a pointer the bytes behind it.

Sizes of page tables depend on the page size and on the number of address bits, so every question is asked once for
each configuration that the vocabulary names. Macros come from the tree's own headers; what does not fold is None.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpatchlint.facts import ir
from kpatchlint.facts.parse import parse_expression
from kpatchlint.facts.traverse import assignments_in
from kpatchlint.program.code import Function
from kpatchlint.program.evaluate import result_of
from kpatchlint.program.program import Program
from kpatchlint.program.statements import expressions_of, statements_of
from kpatchlint.program.values import Int, binary
from kpatchlint.program.words import Configuration, SizedObject

_DEPTH = 16


class Folder:
    """Folds expressions in one configuration of one version of a tree."""

    def __init__(self, program: Program, configuration: Configuration) -> None:
        self._resolver = program.resolver
        self._transparent = program.lexicon.transparent
        self.configuration = configuration

    def fold(self, expr: ir.Expr, near: str, bound: Mapping[str, int] | None = None, depth: int = 0) -> int | None:
        """The value of *expr* as it would read in the file *near*; *bound* holds a macro's arguments."""
        if depth > _DEPTH:
            return None
        match expr:
            case ir.Number():
                return expr.value
            case ir.Name():
                return self._name(expr.id, near, bound or {}, depth)
            case ir.Cast():
                return self.fold(expr.operand, near, bound, depth)
            case ir.SizeOf():
                return self.configuration.sizes.get(expr.operand)
            case ir.Unary(op="~" | "-" | "+"):
                value = self.fold(expr.operand, near, bound, depth)
                return None if value is None else {"~": ~value, "-": -value}.get(expr.op, value)
            case ir.Binary():
                left = self.fold(expr.left, near, bound, depth)
                right = self.fold(expr.right, near, bound, depth)
                if left is None or right is None:
                    return None
                result = binary(expr.op, Int(left), Int(right))
                return result.value if isinstance(result, Int) else None
            case ir.Call(callee=ir.Name(id=name)) if name in self._transparent and expr.args:
                return self.fold(expr.args[0], near, bound, depth)
            case ir.Call(callee=ir.Name(id=name)):
                return self._macro_call(name, expr.args, near, bound, depth)
            case _:
                return None

    def _name(self, name: str, near: str, bound: Mapping[str, int], depth: int) -> int | None:
        if name in bound:
            return bound[name]
        if name in self.configuration.values:
            return self.configuration.values[name]
        macros = [m for m in self._resolver.macros(name, near) if m.macro.params is None and m.macro.body]
        return _agreed(self.fold(parse_expression(m.macro.body), m.path, None, depth + 1) for m in macros)

    def _macro_call(
        self, name: str, args: tuple[ir.Expr, ...], near: str, bound: Mapping[str, int] | None, depth: int
    ) -> int | None:
        values = [self.fold(a, near, bound, depth + 1) for a in args]
        results: list[int | None] = []
        for macro in self._resolver.macros(name, near):
            result = result_of(macro.body) if macro.macro.params is not None else None
            if result is None:
                return None
            inner = {p: v for p, v in zip(macro.macro.params or (), values, strict=False) if v is not None}
            results.append(self.fold(result, macro.path, inner, depth + 1))
        return _agreed(iter(results))


def _agreed(values: Iterator[int | None]) -> int | None:
    """The one value that all definitions give; None when they differ, or one is open."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Pointee:
    """What a pointer argument points to: the text that names it and its element count, as an expression.

    ``count`` is None when the bytes behind it were set aside as pages: then the object's own size says nothing.
    """

    name: str
    count: ir.Expr | None


def pointee(program: Program, function: Function, expr: ir.Expr, shape: SizedObject) -> Pointee | None:
    """What *expr* points to if that is one of *shape*; None when it is something else, or not its beginning."""
    match expr:
        case ir.Cast():
            return pointee(program, function, expr.operand, shape)
        case ir.Member() if expr.field in shape.members:
            return Pointee(expr.field, parse_expression(shape.count.encode()))
        case ir.Name():
            count = parse_expression(shape.count.encode())
            if expr.id in program.walker.locals(function):
                return _local(program, function, expr.id, shape, count)
            return _global(program, function.path, expr.id, shape, count)
        case _:
            return None


def _local(program: Program, function: Function, name: str, shape: SizedObject, count: ir.Expr) -> Pointee | None:
    """A parameter or variable: one that only ever gets a fresh page is a page."""
    types = [p.type for p in function.body.params if p.name == name]
    types += [s.type for s in statements_of(function.body) if isinstance(s, ir.Declare) and s.name == name]
    if not types or not all(re.search(rf"\b{shape.type}\b", t) for t in types):
        return None
    array = re.search(rf"\b{name}\s*\[([^\]]+)\]", function.text.decode(errors="replace"))
    if not any("*" in t for t in types):
        if array is None or not any("[" in t for t in types):
            return None
        return Pointee(name, parse_expression(array.group(1).encode()))
    origins = list(assigned(function, name))
    is_page = bool(origins) and all(_gives_pages(o, program.lexicon.page_storage) for o in origins)
    return Pointee(name, None if is_page else count)


def assigned(function: Function, name: str) -> Iterator[ir.Expr]:
    """Everything that a variable is set to anywhere in the function."""
    for stmt in statements_of(function.body):
        if isinstance(stmt, ir.Declare) and stmt.name == name and stmt.init is not None:
            yield stmt.init
    for expr in expressions_of(function.body):
        for write in assignments_in(expr):
            if isinstance(write, ir.Assign) and isinstance(write.target, ir.Name) and write.target.id == name:
                yield write.value


def _gives_pages(expr: ir.Expr, allocators: frozenset[str]) -> bool:
    match expr:
        case ir.Cast():
            return _gives_pages(expr.operand, allocators)
        case ir.Call(callee=ir.Name(id=name)):
            return name in allocators
        case _:
            return False


def _global(program: Program, near: str, name: str, shape: SizedObject, count: ir.Expr) -> Pointee | None:
    """An array of the object's type; the linker script, where it sets the place aside, has the last word."""
    declared = re.compile(rf"\b{shape.type}\s+{re.escape(name)}\s*\[([^\]]*)\]([^;]*);")
    found = None
    for path in program.sources.mentioning(name):
        if path != near and not path.endswith(".h"):
            continue
        match = declared.search((program.sources.read(path) or b"").decode(errors="replace"))
        if match is not None:
            found = match.group(1).strip()
            if path == near:
                break
    if found is None:
        return None
    if _is_set_aside_by_linker(program, name):
        return Pointee(name, None)
    return Pointee(name, parse_expression(found.encode()) if found else count)


def _is_set_aside_by_linker(program: Program, name: str) -> bool:
    """``name = .; . += N;`` in the architecture's linker script."""
    placed = re.compile(rf"\b{re.escape(name)}\s*=\s*\.\s*;\s*\.\s*\+=")
    for template in program.lexicon.linker_scripts:
        script = program.sources.read(template.format(arch=program.sources.arch)) or b""
        if placed.search(script.decode(errors="replace")):
            return True
    return False
