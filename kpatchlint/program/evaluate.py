# SPDX-License-Identifier: GPL-2.0-or-later
"""An expression in an environment becomes a value, by the tree's own macros and one-line functions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from kpatchlint.facts import ir
from kpatchlint.facts.macros import conditions_at
from kpatchlint.facts.parse import parse_expression
from kpatchlint.program.code import MacroUse
from kpatchlint.program.resolve import Resolver
from kpatchlint.program.values import (
    UNKNOWN,
    ZERO,
    Int,
    NonZero,
    Object,
    Pointers,
    Value,
    binary,
    invert,
    join,
    one_bit,
    truth,
)
from kpatchlint.program.vocabulary import Lexicon

_DEPTH = 12  # macros in macros; the deepest gfp mask of the kernel needs six
_DEFINITIONS = 6  # of one macro; a name that more headers define is each driver's own
_KEYWORDS: Mapping[str, Value] = {"NULL": ZERO, "false": ZERO, "true": Int(1)}


@dataclass(frozen=True, slots=True)
class Env:
    """Where an expression stands.

    ``near`` is the file that names are looked up from, ``values`` what is known of variables (by name, or by
    ``name->field`` text), ``locals`` the names that are variables here, ``properties`` those of the holds in force.
    """

    near: str
    values: Mapping[str, Value] = field(default_factory=dict)
    locals: frozenset[str] = frozenset()
    properties: frozenset[str] = frozenset()


class Evaluator:
    """Evaluation over one version of a tree; what depends on no variable is remembered."""

    def __init__(self, resolver: Resolver, lexicon: Lexicon) -> None:
        self._resolver = resolver
        self._lexicon = lexicon
        self._globals: dict[tuple[str, str], Value] = {}

    def value(self, expr: ir.Expr, env: Env, depth: int = 0) -> Value:
        """What *expr* is known to be."""
        if depth > _DEPTH:
            return UNKNOWN
        match expr:
            case ir.Name():
                return self._name(expr.id, env, depth)
            case ir.Number():
                return Int(expr.value)
            case ir.Text():
                return NonZero()
            case ir.Cast():
                return self.value(expr.operand, env, depth)
            case ir.Unary():
                return self._unary(expr, env, depth)
            case ir.Binary():
                return self._binary(expr, env, depth)
            case ir.Ternary():
                return self._ternary(expr, env, depth)
            case ir.Assign(op="="):
                return self.value(expr.value, env, depth)
            case ir.Member():
                return self._member(expr, env, depth)
            case ir.Initialiser():
                return self._object(expr, env, depth)
            case ir.Call():
                return self._call(expr, env, depth)
            case _:
                return UNKNOWN

    def _name(self, name: str, env: Env, depth: int) -> Value:
        if name in env.values:
            return env.values[name]
        if name in _KEYWORDS:
            return _KEYWORDS[name]
        if name in env.locals:
            return UNKNOWN
        if name.startswith(self._lexicon.gfp.bit_prefix):
            return one_bit(name)
        key = (name, env.near)
        if key not in self._globals:
            self._globals[key] = UNKNOWN  # a macro that names itself
            self._globals[key] = self._global(name, env.near, depth)
        return self._globals[key]

    def _global(self, name: str, near: str, depth: int) -> Value:
        """An object-like macro's value, or a function's address."""
        macros = [m for m in self._resolver.macros(name, near) if m.macro.params is None and m.macro.body]
        if len(macros) > _DEFINITIONS or any(_is_variable_too(m) for m in macros):
            return UNKNOWN
        if macros:
            return join(self.value(parse_expression(m.macro.body), Env(m.path), depth + 1) for m in macros)
        if self._resolver.functions(name, near):
            return Pointers(((name, near),))
        return UNKNOWN

    def _unary(self, expr: ir.Unary, env: Env, depth: int) -> Value:
        value = self.value(expr.operand, env, depth)
        match expr.op:
            case "~":
                return invert(value)
            case "!":
                known = truth(value)
                return UNKNOWN if known is None else Int(int(not known))
            case "-":
                return Int(-value.value) if isinstance(value, Int) else UNKNOWN
            case "&":
                return value if isinstance(value, Pointers | Object) else NonZero()
            case "*":
                return value if isinstance(value, Pointers) else UNKNOWN
            case _:
                return value

    def _binary(self, expr: ir.Binary, env: Env, depth: int) -> Value:
        left = self.value(expr.left, env, depth)
        if expr.op == ",":
            return self.value(expr.right, env, depth)
        if expr.op in ("&&", "||"):
            stop = expr.op == "||"
            known = truth(left)
            if known is stop:
                return Int(int(stop))
            other = truth(self.value(expr.right, env, depth))
            if other is stop:
                return Int(int(stop))
            return UNKNOWN if known is None or other is None else Int(int(other))
        return binary(expr.op, left, self.value(expr.right, env, depth))

    def _ternary(self, expr: ir.Ternary, env: Env, depth: int) -> Value:
        match truth(self.value(expr.cond, env, depth)):
            case True:
                return self.value(expr.then, env, depth)
            case False:
                return self.value(expr.other, env, depth)
            case None:
                return join((self.value(expr.then, env, depth), self.value(expr.other, env, depth)))

    def _member(self, expr: ir.Member, env: Env, depth: int) -> Value:
        text = place_text(expr)
        if text in env.values:
            return env.values[text]
        base = self.value(expr.base, env, depth)
        return base.field(expr.field) if isinstance(base, Object) else UNKNOWN

    def _object(self, expr: ir.Initialiser, env: Env, depth: int) -> Value:
        known = ((f, self.value(v, env, depth)) for f, v in expr.fields if f is not None)
        return Object(tuple((f, v) for f, v in known if v != UNKNOWN))

    def _call(self, expr: ir.Call, env: Env, depth: int) -> Value:
        """A predicate of the context, a transparent wrapper, or a function or macro that is one expression."""
        if not isinstance(expr.callee, ir.Name):
            return UNKNOWN
        name = expr.callee.id
        result = env.values.get(f"@{expr.at}")
        if result is not None:
            return result
        predicate = self._lexicon.predicates.get(name)
        if predicate is not None:
            if predicate.property not in env.properties:
                return UNKNOWN
            return Int(int(not predicate.negated))
        if name in self._lexicon.transparent and expr.args:
            return self.value(expr.args[0], env, depth)
        if name in env.locals:
            return UNKNOWN
        if name == "IS_ENABLED" or self._lexicon.is_trusted(name):
            return UNKNOWN
        return self._one_line(expr, name, env, depth)

    def _one_line(self, expr: ir.Call, name: str, env: Env, depth: int) -> Value:
        functions = self._resolver.functions(name, env.near)
        if functions:
            if any(len(f.text) > 600 for f in functions):
                return UNKNOWN
            bodies = [(f.path, f.body) for f in functions]
        else:
            macros = [m for m in self._resolver.macros(name, env.near) if m.macro.params is not None]
            bodies = [(m.path, m.body) for m in macros if len(m.macro.body) < 300]
        results = []
        for path, body in bodies:
            result = result_of(body)
            if result is None:
                return UNKNOWN
            values = {p.name: self.value(a, env, depth + 1) for p, a in zip(body.params, expr.args, strict=False)}
            inner = Env(path, values, frozenset(p.name for p in body.params), env.properties)
            results.append(self.value(result, inner, depth + 1))
        return join(results)


def _is_variable_too(macro: MacroUse) -> bool:
    """``#ifdef X`` / ``bool enabled;`` / ``#else`` / ``#define enabled false``: which one counts is not known."""
    if not conditions_at(macro.source, macro.macro.start):
        return False
    declared = rb"^(?:static |extern )[^\n(){};=]*\b%s\b[^\n(){};]*[;=]" % re.escape(macro.name.encode())
    return re.search(declared, macro.source, re.MULTILINE) is not None


def result_of(body: ir.Body) -> ir.Expr | None:
    """The one expression that a body consists of, or None."""
    match body.body:
        case (ir.Return(value=value),) if value is not None:
            return value
        case (ir.Do(expr=ir.BlockExpr(body=(ir.Do(expr=inner),))),):
            return inner
        case (ir.Do(expr=expr),):
            return expr
        case _:
            return None


def place_text(expr: ir.Expr) -> str:
    """A variable or field as a key: ``p->a.b``; empty for what names no fixed place."""
    match expr:
        case ir.Name():
            return expr.id
        case ir.Member():
            base = place_text(expr.base)
            return f"{base}{'->' if expr.arrow else '.'}{expr.field}" if base else ""
        case ir.Unary(op="*"):
            base = place_text(expr.operand)
            return f"*{base}" if base else ""
        case ir.Cast():
            return place_text(expr.operand)
        case _:
            return ""
