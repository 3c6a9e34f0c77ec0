# SPDX-License-Identifier: GPL-2.0-or-later
"""The records a function body becomes: a small C tree with the kernel's idioms in it.

Every ``at`` is a byte offset from the start of the text that was parsed (a function span or a macro body), so the
same function gives the same records wherever it stands. What was not understood is a ``Gap``, never silence.
"""

import msgspec


class Node(msgspec.Struct, frozen=True, gc=False):
    """Any part of a body. ``at`` is where it begins."""

    at: int


class Name(Node, frozen=True, gc=False):
    id: str


class Number(Node, frozen=True, gc=False):
    value: int


class Text(Node, frozen=True, gc=False):
    """A string or character literal; what is in it never matters."""


class Call(Node, frozen=True, gc=False):
    """``callee(args)``; a guard ``guard(spinlock)(&l)`` is a Call whose callee is a Call."""

    callee: "Expr"
    args: tuple["Expr", ...]
    end: int


class Member(Node, frozen=True, gc=False):
    """``base.field`` or, with *arrow*, ``base->field``."""

    base: "Expr"
    field: str
    arrow: bool


class Unary(Node, frozen=True, gc=False):
    """A prefix operator: one of ``* & ! ~ - +``."""

    op: str
    operand: "Expr"


class Step(Node, frozen=True, gc=False):
    """``++x``, ``x--`` and their kin."""

    op: str
    target: "Expr"


class Binary(Node, frozen=True, gc=False):
    op: str
    left: "Expr"
    right: "Expr"


class Assign(Node, frozen=True, gc=False):
    """``target op value`` with op one of ``= += |= &= ...``."""

    op: str
    target: "Expr"
    value: "Expr"


class Ternary(Node, frozen=True, gc=False):
    """``cond ? then : other``; GNU's ``a ?: b`` has ``then`` equal to ``cond``."""

    cond: "Expr"
    then: "Expr"
    other: "Expr"


class Cast(Node, frozen=True, gc=False):
    type: str
    operand: "Expr"


class Index(Node, frozen=True, gc=False):
    base: "Expr"
    index: "Expr"


class Initialiser(Node, frozen=True, gc=False):
    """``{ .a = x, y }``; a field of None is positional. ``type`` is that of a compound literal, else empty."""

    type: str
    fields: tuple[tuple[str | None, "Expr"], ...]


class BlockExpr(Node, frozen=True, gc=False):
    """GNU statement expression ``({ ... })``; its value is the last statement's."""

    body: "tuple[Stmt, ...]"


class SizeOf(Node, frozen=True, gc=False):
    """``sizeof(type or expression)``, as text with single spaces."""

    operand: str


class Opaque(Node, frozen=True, gc=False):
    """An expression that is not modelled (a type as an argument, asm, offsetof), with its text."""

    text: str


Expr = (
    Name | Number | Text | Call | Member | Unary | Step | Binary | Assign | Ternary | Cast | Index | Initialiser
    | BlockExpr | SizeOf | Opaque
)  # fmt: skip


class Do(Node, frozen=True, gc=False):
    """An expression statement."""

    expr: Expr


class Declare(Node, frozen=True, gc=False):
    """One declarator of a declaration. ``cleanup`` is the X of ``__free(X)``; ``guard`` that of ``CLASS(X, name)``."""

    type: str
    name: str
    init: Expr | None = None
    cleanup: str | None = None


class If(Node, frozen=True, gc=False):
    cond: Expr
    then: "tuple[Stmt, ...]"
    other: "tuple[Stmt, ...]" = ()


class ConfigIf(Node, frozen=True, gc=False):
    """``#if cond`` around statements; ``cond`` is its text, e.g. ``defined(CONFIG_SMP)``."""

    cond: str
    then: "tuple[Stmt, ...]"
    other: "tuple[Stmt, ...]" = ()


class Loop(Node, frozen=True, gc=False):
    """``kind`` is while, do, for, or the iterator macro's name, whose arguments are then in ``args``."""

    kind: str
    body: "tuple[Stmt, ...]"
    init: "tuple[Stmt, ...]" = ()
    cond: Expr | None = None
    step: Expr | None = None
    args: tuple[Expr, ...] = ()


class Scoped(Node, frozen=True, gc=False):
    """``scoped_guard(name, args) { body }`` and ``scoped_cond_guard``."""

    guard: str
    args: tuple[Expr, ...]
    body: "tuple[Stmt, ...]"


class Switch(Node, frozen=True, gc=False):
    cond: Expr
    body: "tuple[Stmt, ...]"


class Case(Node, frozen=True, gc=False):
    """A label of a switch; ``value`` is None for ``default``."""

    value: Expr | None


class Label(Node, frozen=True, gc=False):
    name: str


class Goto(Node, frozen=True, gc=False):
    label: str


class Return(Node, frozen=True, gc=False):
    value: Expr | None


class Break(Node, frozen=True, gc=False):
    pass


class Continue(Node, frozen=True, gc=False):
    pass


class Block(Node, frozen=True, gc=False):
    """A braced scope: what guards take in it, its end gives back."""

    body: "tuple[Stmt, ...]"


class Gap(Node, frozen=True, gc=False):
    """Text that was not understood. A path that crosses it is not proven."""

    text: str


Stmt = (
    Do
    | Declare
    | If
    | ConfigIf
    | Loop
    | Scoped
    | Switch
    | Case
    | Label
    | Goto
    | Return
    | Break
    | Continue
    | Block
    | Gap
)


class Param(msgspec.Struct, frozen=True, gc=False):
    """One parameter; ``is_function`` for a pointer to function declared in place."""

    name: str
    type: str
    is_function: bool = False


class Body(msgspec.Struct, frozen=True):
    """A parsed function or macro. ``gaps`` counts what was not understood."""

    name: str
    params: tuple[Param, ...]
    specifiers: str  # what stands before the name, e.g. "static inline void __init *"
    attributes: str  # what stands between the parameters and the body
    body: tuple[Stmt, ...]
    gaps: int = 0
