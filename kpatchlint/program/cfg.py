# SPDX-License-Identifier: GPL-2.0-or-later
"""A body becomes a control-flow graph: small nodes, macros expanded in place, guards released where scopes end.

Nodes are built back to front, each with the number of what follows it, so loops and gotos are the only forward
references. Conditions are split at ``&&``, ``||`` and ``!``; what a macro or a statement expression does stands before
the expression that uses its value.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Protocol

from kpatchlint.facts import ir
from kpatchlint.program.code import MacroUse

_LONGEST = 6000  # nodes; a function that expands to more is cut off, and says so


@dataclass(slots=True)
class Node:
    """``kind``: "eval" (expr), "declare" (name = expr), "branch" (expr: next if true, other if false), "either"
    (both ways: expr is None and ``text`` names an ``#if``), "many" (a switch: any of ``ways``), "exit" (return expr),
    "end" (of the path: nothing comes back from there).
    """

    kind: str
    at: int
    next: int = -1
    other: int = -1
    expr: ir.Expr | None = None
    text: str = ""
    ways: list[int] = field(default_factory=list)
    frames: tuple[MacroUse, ...] = ()


class Expander(Protocol):
    """What the graph needs to know of the rest of the program."""

    def macro(self, call: ir.Call, frames: tuple[MacroUse, ...]) -> tuple[MacroUse, tuple[ir.Stmt, ...]] | None:
        """The macro behind a call and its body with the arguments put in, or None when it is no macro."""

    def guard(self, name: str) -> tuple[str, str] | None:
        """The calls that take and drop what ``guard(name)`` or ``__free(name)`` manages."""

    def is_last(self, name: str) -> bool:
        """Whether a call of *name* does not come back."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where building is: what scopes hold, and where break, continue and case labels go."""

    guards: tuple[ir.Call, ...] = ()  # the calls that release, outermost first
    break_to: tuple[int, int] | None = None  # node, number of guards there
    continue_to: tuple[int, int] | None = None
    cases: list[tuple[int, bool]] | None = None  # node, is it default
    frames: tuple[MacroUse, ...] = ()


class Graph:
    """The nodes of one function; ``entry`` is where it begins, ``exit`` where falling off the end leads."""

    def __init__(self, body: ir.Body, expander: Expander) -> None:
        self.nodes: list[Node] = []
        self.cut_off = False
        self.gaps = body.gaps
        self._expander = expander
        self._labels: dict[str, int] = {}
        self._label_guards: dict[str, int] = {}
        self.exit = self._add(Node("exit", 0))
        self._find_labels(body.body, 0)
        self.entry = self._sequence(body.body, self.exit, _Place())

    def _add(self, node: Node) -> int:
        if len(self.nodes) >= _LONGEST:
            self.cut_off = True
        self.nodes.append(node)
        return len(self.nodes) - 1

    # -- scopes ---------------------------------------------------------------------------------------------------

    def _find_labels(self, stmts: tuple[ir.Stmt, ...], guards: int) -> None:
        """Make a node for each label, and note how many guards are active there."""
        for stmt in stmts:
            match stmt:
                case ir.Label():
                    self._labels[stmt.name] = self._add(Node("eval", stmt.at))
                    self._label_guards[stmt.name] = guards
                case ir.If() | ir.ConfigIf():
                    self._find_labels(stmt.then, guards)
                    self._find_labels(stmt.other, guards)
                case ir.Loop() | ir.Switch() | ir.Block():
                    self._find_labels(stmt.body, guards)
                case ir.Scoped():
                    self._find_labels(stmt.body, guards + 1)
                case _ if self._release(stmt) is not None:
                    guards += 1

    def _sequence(self, stmts: tuple[ir.Stmt, ...], following: int, place: _Place) -> int:
        """Build a scope's statements; what its guards took is released at its end."""
        if self.cut_off:
            return following
        places, here = [], place
        for stmt in stmts:
            places.append(here)
            release = self._release(stmt)
            if release is not None:
                here = replace(here, guards=(*here.guards, release))
        following = self._unwind(here.guards, len(place.guards), following, place)
        for stmt, at in zip(reversed(stmts), reversed(places), strict=True):
            following = self._statement(stmt, following, at)
        return following

    def _unwind(self, guards: tuple[ir.Call, ...], down_to: int, following: int, place: _Place) -> int:
        """Release the guards above *down_to*, the innermost first."""
        for release in guards[down_to:]:  # built back to front: the outermost is added first, so it runs last
            following = self._eval(release, following, place)
        return following

    def _release(self, stmt: ir.Stmt) -> ir.Call | None:
        """The call that undoes a guard statement at its scope's end."""
        guard, args = _guard_of(stmt)
        if guard is not None:
            known = self._expander.guard(guard)
            return ir.Call(stmt.at, ir.Name(stmt.at, known[1]), args, stmt.at) if known else None
        if isinstance(stmt, ir.Declare) and stmt.cleanup is not None:
            known = self._expander.guard(stmt.cleanup)
            drop = known[1] if known else stmt.cleanup
            return ir.Call(stmt.at, ir.Name(stmt.at, drop), (ir.Name(stmt.at, stmt.name),), stmt.at)
        return None

    # -- statements -----------------------------------------------------------------------------------------------

    def _statement(self, stmt: ir.Stmt, following: int, place: _Place) -> int:
        match stmt:
            case ir.Do():
                guard, args = _guard_of(stmt)
                known = self._expander.guard(guard) if guard is not None else None
                if known:
                    return self._eval(ir.Call(stmt.at, ir.Name(stmt.at, known[0]), args, stmt.at), following, place)
                match stmt.expr:
                    case ir.Call(callee=ir.Name(id=name)) if self._expander.is_last(name):
                        following = self._add(Node("end", stmt.at, frames=place.frames))
                return self._eval(stmt.expr, following, place)
            case ir.Declare():
                return self._declare(stmt, following, place)
            case ir.If():
                then = self._sequence(stmt.then, following, place)
                other = self._sequence(stmt.other, following, place)
                return self._condition(stmt.cond, then, other, place)
            case ir.ConfigIf():
                then = self._sequence(stmt.then, following, place)
                other = self._sequence(stmt.other, following, place)
                return self._add(Node("either", stmt.at, then, other, text=f"#if {stmt.cond}"))
            case ir.Block():
                return self._sequence(stmt.body, following, place)
            case ir.Return():
                target = self._add(Node("exit", stmt.at, expr=None, frames=place.frames))
                return self._return(stmt, target, place)
            case _:
                return self._jump(stmt, following, place)

    def _return(self, stmt: ir.Return, target: int, place: _Place) -> int:
        if stmt.value is None:
            return self._unwind(place.guards, 0, target, place)
        before, value = self._expand(stmt.value, place)
        self.nodes[target].expr = value
        if not place.guards:
            return self._sequence_of(before, target, place)
        # The value is computed before the guards let go.
        keep = self._add(Node("declare", stmt.at, self._unwind(place.guards, 0, target, place), text="return value"))
        self.nodes[keep].expr = value
        self.nodes[target].expr = ir.Name(stmt.at, "return value")
        return self._sequence_of(before, keep, place)

    def _declare(self, stmt: ir.Declare, following: int, place: _Place) -> int:
        if stmt.init is None:
            return following
        before, value = self._expand(stmt.init, place)
        node = Node("declare", stmt.at, following, expr=value, text=stmt.name, frames=place.frames)
        return self._sequence_of(before, self._add(node), place)

    def _jump(self, stmt: ir.Stmt, following: int, place: _Place) -> int:
        match stmt:
            case ir.Goto():
                target = self._labels.get(stmt.label)
                if target is None:
                    return self.exit
                return self._unwind(place.guards, self._label_guards[stmt.label], target, place)
            case ir.Label():
                node = self._labels.setdefault(stmt.name, len(self.nodes))
                if node == len(self.nodes):  # a label inside a macro
                    self._add(Node("eval", stmt.at))
                    self._label_guards[stmt.name] = len(place.guards)
                self.nodes[node].next = following
                return node
            case ir.Break() if place.break_to is not None:
                return self._unwind(place.guards, place.break_to[1], place.break_to[0], place)
            case ir.Continue() if place.continue_to is not None:
                return self._unwind(place.guards, place.continue_to[1], place.continue_to[0], place)
            case ir.Loop():
                return self._loop(stmt, following, place)
            case ir.Switch():
                return self._switch(stmt, following, place)
            case ir.Case():
                node = self._add(Node("eval", stmt.at, following))
                if place.cases is not None:
                    place.cases.append((node, stmt.value is None))
                return node
            case ir.Scoped():
                return self._scoped(stmt, following, place)
            case _:
                return following

    def _scoped(self, stmt: ir.Scoped, following: int, place: _Place) -> int:
        known = self._expander.guard(stmt.guard)
        if known is None:
            return self._sequence(stmt.body, following, replace(place, break_to=(following, len(place.guards))))
        release = ir.Call(stmt.at, ir.Name(stmt.at, known[1]), stmt.args, stmt.at)
        # scoped_guard() is a for loop: break and continue leave the block
        out = (following, len(place.guards))
        inner = replace(place, guards=(*place.guards, release), break_to=out, continue_to=out)
        body = self._sequence(stmt.body, self._eval(release, following, place), inner)
        return self._eval(ir.Call(stmt.at, ir.Name(stmt.at, known[0]), stmt.args, stmt.at), body, place)

    def _loop(self, stmt: ir.Loop, following: int, place: _Place) -> int:
        head = self._add(Node("eval", stmt.at))
        step = self._add(Node("eval", stmt.at, head)) if stmt.step is None else self._eval(stmt.step, head, place)
        here = len(place.guards)
        inner = replace(place, break_to=(following, here), continue_to=(step, here), cases=None)
        if stmt.kind == "do":
            assert stmt.cond is not None
            test = self._condition(stmt.cond, head, following, place)
            inner = replace(inner, continue_to=(test, here))
            self.nodes[head].next = self._sequence(stmt.body, test, inner)
            return head
        body = self._sequence(stmt.body, step, inner)
        if stmt.cond is not None:
            self.nodes[head].next = self._condition(stmt.cond, body, following, place)
        elif stmt.kind == "for":
            self.nodes[head].next = body
        else:  # an iterator macro: zero or more rounds
            turn = self._add(Node("either", stmt.at, body, following))
            self.nodes[head].next = turn
            for arg in reversed(stmt.args):
                self.nodes[head].next = self._eval(arg, self.nodes[head].next, place)
        return self._sequence(stmt.init, head, place)

    def _switch(self, stmt: ir.Switch, following: int, place: _Place) -> int:
        cases: list[tuple[int, bool]] = []
        inner = replace(place, break_to=(following, len(place.guards)), cases=cases)
        self._sequence(stmt.body, following, inner)
        ways = [node for node, _ in cases]
        if not any(is_default for _, is_default in cases):
            ways.append(following)
        before, value = self._expand(stmt.cond, place)
        node = self._add(Node("many", stmt.at, expr=value, ways=ways, frames=place.frames))
        return self._sequence_of(before, node, place)

    # -- expressions ----------------------------------------------------------------------------------------------

    def _eval(self, expr: ir.Expr, following: int, place: _Place) -> int:
        before, value = self._expand(expr, place)
        node = self._add(Node("eval", expr.at, following, expr=value, frames=place.frames))
        return self._sequence_of(before, node, place)

    def _condition(self, expr: ir.Expr, then: int, other: int, place: _Place) -> int:
        match expr:
            case ir.Unary(op="!"):
                return self._condition(expr.operand, other, then, place)
            case ir.Binary(op="&&"):
                return self._condition(expr.left, self._condition(expr.right, then, other, place), other, place)
            case ir.Binary(op="||"):
                return self._condition(expr.left, then, self._condition(expr.right, then, other, place), place)
            case ir.Call(callee=ir.Name(id="likely" | "unlikely"), args=(inner,)):
                return self._condition(inner, then, other, place)
            case _:
                pass
        before, value = self._expand(expr, place)
        if value is not expr and isinstance(value, ir.Unary | ir.Binary) and value.op in ("!", "&&", "||"):
            return self._sequence_of(before, self._condition(value, then, other, place), place)
        node = self._add(Node("branch", expr.at, then, other, expr=value, frames=place.frames))
        return self._sequence_of(before, node, place)

    def _sequence_of(self, before: "list[_Piece]", following: int, place: _Place) -> int:
        for stmts, frames in reversed(before):
            following = self._sequence(stmts, following, replace(place, frames=frames, guards=()))
        return following

    def _expand(self, expr: ir.Expr, place: _Place) -> "tuple[list[_Piece], ir.Expr]":
        """Macros and statement expressions out of *expr*: what runs before it, and what is left of it."""
        before: list[_Piece] = []
        return before, self._rewrite(expr, before, place.frames)

    def _rewrite(self, expr: ir.Expr, before: "list[_Piece]", frames: tuple[MacroUse, ...]) -> ir.Expr:
        match expr:
            case ir.Name() | ir.Number() | ir.Text() | ir.Opaque() | ir.SizeOf():
                return expr
            case ir.BlockExpr():
                if not expr.body:
                    return ir.Opaque(expr.at, "")
                *first, last = expr.body
                if first:
                    before.append((tuple(first), frames))
                if isinstance(last, ir.Do):
                    return self._rewrite(last.expr, before, frames)
                before.append(((last,), frames))
                return ir.Opaque(expr.at, "")
            case ir.Call():
                found = self._expander.macro(expr, frames)
                if found is None:
                    callee = self._rewrite(expr.callee, before, frames)
                    args = tuple(self._rewrite(a, before, frames) for a in expr.args)
                    return ir.Call(expr.at, callee, args, expr.end)
                macro, body = found
                return self._rewrite(ir.BlockExpr(expr.at, body), before, (*frames, macro))
            case _:
                return self._rewrite_parts(expr, before, frames)

    def _rewrite_parts(self, expr: ir.Expr, before: "list[_Piece]", frames: tuple[MacroUse, ...]) -> ir.Expr:
        match expr:
            case ir.Binary(op="&&" | "||") if has_call(expr.right):
                yes, no = ir.Number(expr.at, 1), ir.Number(expr.at, 0)
                other = ir.Ternary(expr.at, expr.right, yes, no)
                both = (other, no) if expr.op == "&&" else (yes, other)
                return self._rewrite(ir.Ternary(expr.at, expr.left, *both), before, frames)
            case ir.Binary():
                left = self._rewrite(expr.left, before, frames)
                return ir.Binary(expr.at, expr.op, left, self._rewrite(expr.right, before, frames))
            case ir.Assign():
                target = self._rewrite(expr.target, before, frames)
                return ir.Assign(expr.at, expr.op, target, self._rewrite(expr.value, before, frames))
            case ir.Unary():
                return ir.Unary(expr.at, expr.op, self._rewrite(expr.operand, before, frames))
            case ir.Cast():
                return ir.Cast(expr.at, expr.type, self._rewrite(expr.operand, before, frames))
            case ir.Member():
                return ir.Member(expr.at, self._rewrite(expr.base, before, frames), expr.field, expr.arrow)
            case ir.Index():
                base = self._rewrite(expr.base, before, frames)
                return ir.Index(expr.at, base, self._rewrite(expr.index, before, frames))
            case ir.Ternary() if has_call(expr.then) or has_call(expr.other):
                # Only one side runs: spell it as a branch, so that a path goes through one of them.
                result = ir.Name(expr.at, f"?{expr.at}")
                sides = [ir.Do(side.at, ir.Assign(expr.at, "=", result, side)) for side in (expr.then, expr.other)]
                before.append(((ir.If(expr.at, expr.cond, (sides[0],), (sides[1],)),), frames))
                return result
            case ir.Ternary():
                cond = self._rewrite(expr.cond, before, frames)
                then = self._rewrite(expr.then, before, frames)
                return ir.Ternary(expr.at, cond, then, self._rewrite(expr.other, before, frames))
            case ir.Initialiser():
                fields = tuple((f, self._rewrite(v, before, frames)) for f, v in expr.fields)
                return ir.Initialiser(expr.at, expr.type, fields)
            case _:
                return expr


_Piece = tuple[tuple[ir.Stmt, ...], tuple[MacroUse, ...]]
_WORD = re.compile(r"[A-Za-z_]\w*")


def _guard_of(stmt: ir.Stmt) -> tuple[str | None, tuple[ir.Expr, ...]]:
    """``guard(name)(args)`` and ``CLASS(name, variable)(args)``: the name and the arguments."""
    match stmt:
        case ir.Do(
            expr=ir.Call(callee=ir.Call(callee=ir.Name(id="guard" | "CLASS"), args=(ir.Name(id=name), *_)), args=args)
        ):
            return name, args
        case _:
            return None, ()


def has_call(expr: ir.Expr) -> bool:
    """Whether evaluating *expr* calls anything."""
    match expr:
        case ir.Call() | ir.BlockExpr():
            return True
        case ir.Binary():
            return has_call(expr.left) or has_call(expr.right)
        case ir.Assign():
            return has_call(expr.target) or has_call(expr.value)
        case ir.Ternary():
            return has_call(expr.cond) or has_call(expr.then) or has_call(expr.other)
        case ir.Unary() | ir.Cast():
            return has_call(expr.operand)
        case ir.Member():
            return has_call(expr.base)
        case ir.Index():
            return has_call(expr.base) or has_call(expr.index)
        case ir.Initialiser():
            return any(has_call(v) for _, v in expr.fields)
        case _:
            return False


def words_of(text: str) -> frozenset[str]:
    """The identifiers in a condition's text."""
    return frozenset(_WORD.findall(text))
