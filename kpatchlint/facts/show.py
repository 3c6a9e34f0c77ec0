# SPDX-License-Identifier: GPL-2.0-or-later
"""An expression becomes its text again, in one spelling: conditions and locks are compared by it."""

from kpatchlint.facts import ir


def show(expr: ir.Expr) -> str:
    """C text with single spaces and no redundant parentheses, casts left out."""
    match expr:
        case ir.Name():
            return expr.id
        case ir.Number():
            return str(expr.value)
        case ir.Text():
            return '"..."'
        case ir.Call():
            return f"{show(expr.callee)}({', '.join(show(a) for a in expr.args)})"
        case ir.Member():
            return f"{_operand(expr.base)}{'->' if expr.arrow else '.'}{expr.field}"
        case ir.Unary():
            return f"{expr.op}{_operand(expr.operand)}"
        case ir.Step():
            return f"{expr.op}{_operand(expr.target)}"
        case ir.Binary():
            return f"{_operand(expr.left)} {expr.op} {_operand(expr.right)}"
        case ir.Assign():
            return f"{show(expr.target)} {expr.op} {show(expr.value)}"
        case ir.Ternary():
            return f"{_operand(expr.cond)} ? {show(expr.then)} : {show(expr.other)}"
        case ir.Cast():
            return show(expr.operand)
        case ir.Index():
            return f"{_operand(expr.base)}[{show(expr.index)}]"
        case ir.SizeOf():
            return f"sizeof({expr.operand})"
        case ir.Opaque():
            return expr.text
        case ir.Initialiser():
            return "{...}"
        case ir.BlockExpr():
            return "({...})"


def _operand(expr: ir.Expr) -> str:
    text = show(expr)
    return f"({text})" if isinstance(expr, ir.Binary | ir.Ternary | ir.Assign) else text
