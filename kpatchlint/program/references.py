# SPDX-License-Identifier: GPL-2.0-or-later
"""A function becomes the names it refers to, those that macros and inline functions of headers bring in included.

What is inlined has no address of its own and no section, so what it refers to is referred to by whoever calls it: that
is how a mismatch arises which neither function shows by itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kpatchlint.facts import ir
from kpatchlint.facts.macros import Macro
from kpatchlint.facts.parse import parse_macro
from kpatchlint.facts.prepass import blank_comments
from kpatchlint.facts.traverse import local_names
from kpatchlint.program.code import Function
from kpatchlint.program.resolve import Resolver
from kpatchlint.program.statements import calls_of

_MEASURES = frozenset(("ARRAY_SIZE", "sizeof", "typeof", "__exit_p", "__stringify", "offsetof", "PTR_IF"))
_WORD = re.compile(rb"(?<![\w.>#])[A-Za-z_]\w*")
_AS_MEMBER = rb"(?:->|\.|#)[ \t]*%s\b|\b%s[ \t]*##|\boffsetof[ \t]*\([^(),]*,[ \t]*%s[ \t]*\)"
_STRING = re.compile(rb'"(?:\\.|[^"\\\n])*"')
_DEEP = 4  # macros and inline functions within each other
_LONGEST_MACRO = 1500  # bytes; a longer one is a generator of code


@dataclass(frozen=True, slots=True)
class Reference:
    """A name, where the function has it (or what brings it in), and what brings it in: "" for nothing."""

    name: str
    at: int
    through: str
    is_call: bool


class References:
    """Names that functions of one version of the program refer to; answers are remembered."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._inner: dict[tuple[str, str], frozenset[str]] = {}

    def of(self, function: Function) -> Iterator[Reference]:
        """Each name once, those of the function's own text first; no locals, and nothing of ``#ifdef MODULE``."""
        found: dict[str, Reference] = {}
        hidden = local_names(function.body)
        members = self._member_names(function)
        for name, at, is_call in _names(function.body.body):
            if name not in hidden and (name, at) not in members:
                found.setdefault(name, Reference(name, at, "", is_call))
        yield from found.values()
        seen = {*found, *hidden}
        for reference in found.values():
            if reference.is_call:
                for name in sorted(self._brought_by(reference.name, function.path, 0) - seen):
                    seen.add(name)
                    yield Reference(name, reference.at, reference.name, True)

    def _member_names(self, function: Function) -> frozenset[tuple[str, int]]:
        """Arguments, with their offsets, that a macro takes for the name of a member: ``HAS_OP(release)``."""
        return frozenset(
            (arg.id, arg.at)
            for call in calls_of(function.body)
            if isinstance(call.callee, ir.Name)
            for number, arg in enumerate(call.args)
            if isinstance(arg, ir.Name) and self._is_member_name(call.callee.id, number, function.path, 0)
        )

    def _is_member_name(self, name: str, number: int, near: str, depth: int) -> bool:
        """Whether a macro only ever uses its parameter *number* as the name of a member, or in a longer name."""
        macros = [m for m in self._resolver.macros(name, near) if m.macro.params is not None and m.macro.body]
        if not macros or depth > _DEEP:
            return False
        return all(self._uses_as_member(m.macro, number, near, depth) for m in macros)

    def _uses_as_member(self, macro: Macro, number: int, near: str, depth: int) -> bool:
        params = macro.params or ()
        if number >= len(params):
            return False
        body = blank_comments(macro.body)
        word = re.escape(params[number].encode())
        left = re.sub(_AS_MEMBER % (word, word, word), b"", body)
        if re.search(rb"\b%s\b" % word, left) is None:
            return left != body
        inner = parse_macro(macro.name, params, macro.body)
        handed = [
            self._is_member_name(call.callee.id, at, near, depth + 1)
            for call in calls_of(inner)
            if isinstance(call.callee, ir.Name)
            for at, arg in enumerate(call.args)
            if isinstance(arg, ir.Name) and arg.id == params[number]
        ]
        return bool(handed) and all(handed) and len(handed) == len(re.findall(rb"\b%s\b" % word, left))

    def _brought_by(self, name: str, near: str, depth: int) -> frozenset[str]:
        """What a call of *name* in the file *near* refers to where it is put in place."""
        key = (name, near)
        if key not in self._inner:
            self._inner[key] = frozenset()  # a macro that names itself
            own = self._own_names(name, near)
            deeper = (self._brought_by(n, near, depth + 1) for n in sorted(own)) if depth < _DEEP else ()
            self._inner[key] = own.union(*deeper)
        return self._inner[key]

    def _own_names(self, name: str, near: str) -> frozenset[str]:
        macros = [m for m in self._resolver.macros(name, near) if m.macro.params is not None]
        if len(macros) == 1 and (macros[0].path == near or not self._resolver.functions(name, near)):
            body = macros[0].macro.body
            params = macros[0].macro.params or ()
            if len(body) < _LONGEST_MACRO and b"__section" not in body:
                bare = _STRING.sub(b'""', blank_comments(body))
                return frozenset(w.decode() for w in _WORD.findall(bare)).difference(params)
            return frozenset()
        functions = self._resolver.functions(name, near) if not macros else ()
        if len(functions) != 1 or not is_put_in_place(functions[0]):
            return frozenset()
        return frozenset(n for n, _, _ in _names(functions[0].body.body)) - local_names(functions[0].body)


def is_put_in_place(function: Function) -> bool:
    """Whether the compiler puts the function's body where it is called: an inline function of a header."""
    return function.path.endswith(".h") and b"inline" in function.head


def _names(value: object) -> Iterator[tuple[str, int, bool]]:
    """(name, offset, is it called) for each name whose value or address is used."""
    match value:
        case ir.Name():
            yield value.id, value.at, False
        case ir.Call(callee=ir.Name(id=name)):
            yield name, value.at, True
            if name not in _MEASURES:
                yield from _names(value.args)
        case ir.ConfigIf() if "MODULE" in value.cond.replace("CONFIG_MODULE", ""):
            return
        case ir.Node():
            for field in value.__struct_fields__:
                yield from _names(getattr(value, field))
        case tuple():
            for part in value:
                yield from _names(part)
        case _:
            return
