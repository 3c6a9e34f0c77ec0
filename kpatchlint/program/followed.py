# SPDX-License-Identifier: GPL-2.0-or-later
"""A pointer that a call returned becomes the place where a path follows it before anything has looked at it."""

from collections.abc import Iterator
from dataclasses import dataclass

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.facts.traverse import parts_of
from kpatchlint.program.cfg import Graph, Node, words_of


@dataclass(frozen=True, slots=True)
class Following:
    """*variable* got the result of *call* at offset *made_at* and is followed at offset *at*."""

    variable: str
    call: str
    made_at: int
    at: int


def find_followed(graph: Graph, calls: frozenset[str]) -> Iterator[Following]:
    """Every variable that is dereferenced on a path from one of *calls* with no mention of it in a test before."""
    for node in graph.nodes:
        made = _made(node, calls)
        if made is None:
            continue
        variable, call = made
        at = _first_use(graph, node.next, variable)
        if at is not None:
            yield Following(variable, call, node.at, at)


def _made(node: Node, calls: frozenset[str]) -> tuple[str, str] | None:
    """The variable and the call, where a node is ``variable = call(...)``."""
    match node.expr:
        case ir.Assign(op="=", target=ir.Name(id=variable), value=value) if node.kind == "eval":
            pass
        case ir.Call() as value if node.kind == "declare":
            variable = node.text
        case _:
            return None
    match value:
        case ir.Call(callee=ir.Name(id=name)) if name in calls:
            return variable, name
        case _:
            return None


def _first_use(graph: Graph, start: int, variable: str) -> int | None:
    """The nearest place where *variable* is followed; a path ends where it is tested or gets another value."""
    seen: set[int] = set()
    work = [start]
    while work:
        number = work.pop(0)
        if number in seen or number < 0:
            continue
        seen.add(number)
        node = graph.nodes[number]
        if node.expr is not None and variable in words_of(show(node.expr)):
            if _is_followed(node.expr, variable):
                return node.at
            if node.kind == "branch" or _is_asked(node.expr) or _is_set(node, variable):
                continue
        work.extend((node.next, node.other, *node.ways))
    return None


def _is_followed(expr: ir.Expr, variable: str) -> bool:
    match expr:
        case ir.Unary(op="*", operand=operand) | ir.Member(base=operand, arrow=True) | ir.Index(base=operand):
            return _stripped(operand) == variable or _is_followed(operand, variable)
        case ir.Binary(op="&&" | "||", left=left):
            return _is_followed(left, variable)
        case ir.Ternary():
            return _is_followed(expr.cond, variable)
        case ir.Unary(op="&"):
            return False  # an address is computed, nothing is read
        case _:
            return any(_is_followed(part, variable) for part in parts_of(expr))


def _stripped(expr: ir.Expr) -> str:
    return _stripped(expr.operand) if isinstance(expr, ir.Cast) else (expr.id if isinstance(expr, ir.Name) else "")


def _is_asked(expr: ir.Expr) -> bool:
    """``BUG_ON(!p)``, ``WARN_ON(!p)``: a test in a call's clothes, or in a value that is tested later."""
    match expr:
        case ir.Unary(op="!") | ir.Binary(op="==" | "!=" | "&&" | "||") | ir.Ternary():
            return True
        case _:
            return any(_is_asked(part) for part in parts_of(expr))


def _is_set(node: Node, variable: str) -> bool:
    return (node.kind == "declare" and node.text == variable) or (
        isinstance(node.expr, ir.Assign) and _stripped(node.expr.target) == variable
    )
