# SPDX-License-Identifier: GPL-2.0-or-later
"""A body becomes all its statements, or all its expressions, in the order of the text and whatever they stand in."""

from collections.abc import Iterable, Iterator

from kpatchlint.facts import ir


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
