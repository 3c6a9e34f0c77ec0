# SPDX-License-Identifier: GPL-2.0-or-later
"""An expression becomes the struct that it is, or points to: as much of C's types as calls through fields need.

Only tags count ("file_operations"); pointers, arrays and the struct itself are one. What is not known is "", and means
any struct.
"""

import re
from collections.abc import Iterator

from kpatchlint.facts import ir
from kpatchlint.facts.places import places_of
from kpatchlint.facts.show import show
from kpatchlint.facts.words import struct_key
from kpatchlint.program.code import Function
from kpatchlint.program.resolve import Resolver
from kpatchlint.program.statements import statements_of

_TAG = re.compile(r"\b(?:struct|union)\s+(\w+)")
_CONTAINER = re.compile(rb"\bcontainer_of\w*\s*\([^;]*,\s*struct\s+(\w+)\s*,")
_VARIABLE = rb"^[\w \t]*\bstruct[ \t]+(\w+)[ \t\n*]+(?:\w+[ \t]+)*%s\b\s*[;=\[,_]"
_MEMBER = re.compile(rb"\b(?:struct|union)\s+(\w+)\b[^;{}()]*\Z")
_FOLLOWED = 6  # operands within each other
_DEFINITIONS = 12  # structs of one tag; more are drivers' private twins, and none is believed


class Types:
    """Struct tags of expressions in one version of the program; answers are remembered."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._declared: dict[Function, dict[str, str]] = {}
        self._members: dict[tuple[str, str, str], str] = {}
        self._known: dict[tuple[Function, str], str] = {}

    def tag_of(self, expr: ir.Expr, function: Function) -> str:
        """The tag of the struct that *expr* is or points to where it stands in *function*; "" when that is open."""
        key = (function, show(expr))
        if key not in self._known:
            self._known[key] = self._tag_of(expr, function, 0)
        return self._known[key]

    def _tag_of(self, expr: ir.Expr, function: Function, depth: int) -> str:
        if depth > _FOLLOWED:
            return ""
        match expr:
            case ir.Name(id=name):
                return self._variable(name, function)
            case ir.Member():
                outer = self._tag_of(expr.base, function, depth + 1)
                return self.member(outer, expr.field, function.path) if outer else ""
            case ir.Unary(op="*" | "&") | ir.Index():
                inner = expr.operand if isinstance(expr, ir.Unary) else expr.base
                return self._tag_of(inner, function, depth + 1)
            case ir.Cast():
                return tag_in(expr.type)
            case ir.Call(callee=ir.Name(id=name)):
                return self._result(name, expr, function, depth)
            case _:
                return ""

    def _variable(self, name: str, function: Function) -> str:
        """A parameter, a local, or a variable of the file."""
        declared = self._declared.get(function)
        if declared is None:
            declared = self._declared[function] = {
                **{p.name: p.type for p in function.body.params},
                **{s.name: s.type for s in statements_of(function.body) if isinstance(s, ir.Declare)},
            }
        if name in declared:
            return tag_in(declared[name])
        return next(self._file_variables(name, function), "")

    def _file_variables(self, name: str, function: Function) -> Iterator[str]:
        if name.encode() in function.source:
            for match in re.finditer(_VARIABLE % re.escape(name.encode()), function.source, re.MULTILINE):
                yield match.group(1).decode()

    def _result(self, name: str, call: ir.Call, function: Function, depth: int) -> str:
        """What a function returns, or what a macro of the container_of() kind leads to."""
        for arg in call.args[1:2]:
            if name.startswith("container_of") and (tag := tag_in(show(arg))):
                return tag
        found = {tag_in(f.body.specifiers) for f in self._resolver.functions(name, function.path)}
        if not found:
            bodies = [m.macro.body for m in self._resolver.macros(name, function.path)]
            found = {m.group(1).decode() for body in bodies for m in _CONTAINER.finditer(body)}
            if not found and bodies and call.args:  # this_cpu_ptr(x), rcu_dereference(x): what they are given
                return self._tag_of(call.args[0], function, depth + 1)
        return found.pop() if len(found) == 1 else ""

    def member(self, tag: str, field: str, near: str) -> str:
        """The struct that a field of ``struct tag`` is, points to, or is an array of; "" for other types."""
        key = (tag, field, near.rpartition("/")[0])
        if key not in self._members:
            found = {self._in_body(body, field) for body in self._bodies(tag, near)}
            self._members[key] = found.pop() if len(found) == 1 else ""
        return self._members[key]

    def _in_body(self, body: bytes, field: str) -> str:
        for at in places_of(body, field.encode()):
            start = max(body.rfind(c, 0, at) for c in (b";", b"{", b"}", b"*/")) + 1
            declared = _MEMBER.search(body, start, at)
            if declared and body[at - 1 : at] not in (b".", b">"):
                return declared.group(1).decode()
        return ""

    def _bodies(self, tag: str, near: str) -> list[bytes]:
        """The definitions of a struct that the file *near* may mean: its own, else the headers'."""
        paths = list(self._resolver.sources.defining(struct_key(tag)))
        if near in paths:
            paths = [near]
        else:
            paths = [p for p in paths if p.endswith(".h") and self._resolver.is_visible(p, near)]
        if len(paths) > _DEFINITIONS:
            return []
        return [body for path in paths for body in struct_bodies(self._resolver.sources.read(path) or b"", tag)]


def tag_in(text: str) -> str:
    """The tag in the text of a type: "page" of "const struct page *"; "" for other types."""
    found = _TAG.search(text)
    return found.group(1) if found else ""


def struct_bodies(source: bytes, tag: str) -> Iterator[bytes]:
    """What stands between the braces of each definition of ``struct tag``, which ends with a brace in its column."""
    for match in re.finditer(
        rb"^([ \t]*)(?:typedef[ \t]+)?(?:struct|union)[ \t]+" + tag.encode() + rb"\b[^;{}()]*\{", source, re.M
    ):
        end = source.find(b"\n" + match.group(1) + b"}", match.end())
        yield source[match.end() : end if end >= 0 else match.end()]
