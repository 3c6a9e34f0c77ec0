# SPDX-License-Identifier: GPL-2.0-or-later
"""A body becomes all its statements, expressions or calls, in the order of the text and whatever they stand in."""

from collections.abc import Iterable, Iterator

from kpatchlint.facts import ir
from kpatchlint.facts.traverse import calls_in


def statements_of(body: ir.Body) -> Iterator[ir.Stmt]:
    """Every statement, outer ones before what is in them."""
    return _nested(body.body)


def _nested(stmts: Iterable[ir.Stmt]) -> Iterator[ir.Stmt]:
    for stmt in stmts:
        yield stmt
        match stmt:
            case ir.If() | ir.ConfigIf():
                yield from _nested((*stmt.then, *stmt.other))
            case ir.Loop():
                yield from _nested((*stmt.init, *stmt.body))
            case ir.Switch() | ir.Block() | ir.Scoped():
                yield from _nested(stmt.body)
            case _:
                pass


def expressions_of(body: ir.Body) -> Iterator[ir.Expr]:
    """Every whole expression: what is run, tested, returned or assigned at a declaration."""
    for stmt in statements_of(body):
        match stmt:
            case ir.Do():
                yield stmt.expr
            case ir.Declare(init=expr) | ir.Return(value=expr) if expr is not None:
                yield expr
            case ir.If() | ir.Switch():
                yield stmt.cond
            case ir.Loop():
                yield from (e for e in (stmt.cond, stmt.step, *stmt.args) if e is not None)
            case ir.Scoped():
                yield from stmt.args
            case _:
                pass


def calls_of(body: ir.Body) -> Iterator[ir.Call]:
    """Every call that stands in a body, wherever."""
    yield from _calls_in_statements(body.body)


def _calls_in_statements(stmts: tuple[ir.Stmt, ...]) -> Iterator[ir.Call]:
    for stmt in stmts:
        for field in stmt.__struct_fields__:
            value = getattr(stmt, field)
            if isinstance(value, tuple):
                yield from _calls_in_tuple(value)
            elif isinstance(value, ir.Node):
                yield from _calls_in_expr(value)


def _calls_in_tuple(value: tuple[object, ...]) -> Iterator[ir.Call]:
    for part in value:
        if isinstance(part, ir.Stmt):
            yield from _calls_in_statements((part,))
        elif isinstance(part, ir.Node):
            yield from _calls_in_expr(part)


def _calls_in_expr(expr: ir.Node) -> Iterator[ir.Call]:
    yield from calls_in(expr)  # type: ignore[arg-type]  # every node here that is no statement is an expression
