# SPDX-License-Identifier: GPL-2.0-or-later
"""A tree of ``ir`` records becomes the calls, writes and names in it."""

from collections.abc import Iterable, Iterator

from kpatchlint.facts import ir


def calls_in(expr: ir.Expr) -> Iterator[ir.Call]:
    """Calls in the order they run: arguments before the call they are for."""
    for part in parts_of(expr):
        yield from calls_in(part)
    if isinstance(expr, ir.Call):
        yield expr


def assignments_in(expr: ir.Expr) -> Iterator[ir.Assign | ir.Step | ir.Unary]:
    """What an expression writes, in order; ``&x`` as a call's argument counts as a write to x."""
    if isinstance(expr, ir.Call):
        for arg in expr.args:
            if isinstance(arg, ir.Unary) and arg.op == "&" and isinstance(arg.operand, ir.Name):
                yield arg
            else:
                yield from assignments_in(arg)
        return
    for part in parts_of(expr):
        yield from assignments_in(part)
    if isinstance(expr, ir.Assign | ir.Step):
        yield expr


def parts_of(expr: ir.Expr) -> Iterable[ir.Expr]:
    """The expressions that *expr* is directly made of; what is in a statement expression is left out."""
    match expr:
        case ir.Call():
            return (expr.callee, *expr.args)
        case ir.Binary():
            return (expr.left, expr.right)
        case ir.Assign():
            return (expr.value, expr.target)
        case ir.Unary() | ir.Cast():
            return (expr.operand,)
        case ir.Step():
            return (expr.target,)
        case ir.Member():
            return (expr.base,)
        case ir.Index():
            return (expr.base, expr.index)
        case ir.Ternary():
            return (expr.cond, expr.then, expr.other)
        case ir.Initialiser():
            return tuple(v for _, v in expr.fields)
        case _:
            return ()


def local_names(body: ir.Body) -> frozenset[str]:
    """Parameters and variables declared anywhere in the body."""
    names = {p.name for p in body.params}

    def visit(stmts: tuple[ir.Stmt, ...]) -> None:
        for stmt in stmts:
            match stmt:
                case ir.Declare():
                    names.add(stmt.name)
                case ir.If() | ir.ConfigIf():
                    visit(stmt.then)
                    visit(stmt.other)
                case ir.Loop():
                    visit(stmt.init)
                    visit(stmt.body)
                case ir.Switch() | ir.Block() | ir.Scoped():
                    visit(stmt.body)
                case _:
                    pass

    visit(body.body)
    return frozenset(names)
