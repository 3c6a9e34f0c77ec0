# SPDX-License-Identifier: GPL-2.0-or-later
"""Macro calls become the statements they stand for, with the arguments put in; guards become lock and unlock calls."""

import re
from collections.abc import Mapping

from kpatchlint.facts import ir
from kpatchlint.facts.parse import parse_macro
from kpatchlint.facts.show import show
from kpatchlint.program.code import MacroUse
from kpatchlint.program.resolve import Resolver
from kpatchlint.program.vocabulary import Lexicon

_NESTING = 8  # macros in macros; alloc_hooks and wait_event need five
_LONGEST_MACRO = 6000  # bytes of a body that is still expanded
_GUARD = re.compile(
    rb"^DEFINE_(?:LOCK_)?GUARD(?:_[012])?(?:_COND)?\s*\(\s*(\w+)\s*,((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)",
    re.MULTILINE,
)
_FREE = re.compile(rb"^DEFINE_FREE\s*\(\s*(\w+)\s*,[^,]*,((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)", re.MULTILINE)
_CALLED = re.compile(rb"\b([a-z_]\w*)\s*\(")
_NOT_A_LOCK = frozenset((b"if", b"likely", b"unlikely", b"IS_ERR_OR_NULL", b"sizeof"))


class MacroExpander:
    """The ``Expander`` of a function in the file *near*."""

    def __init__(
        self, resolver: Resolver, lexicon: Lexicon, guards: "Guards", near: str, locals_: frozenset[str]
    ) -> None:
        self._resolver = resolver
        self._lexicon = lexicon
        self._guards = guards
        self._near = near
        self._locals = locals_

    def macro(self, call: ir.Call, frames: tuple[MacroUse, ...]) -> tuple[MacroUse, tuple[ir.Stmt, ...]] | None:
        """The macro behind a call with its arguments put in, unless the vocabulary already says what it does."""
        if not isinstance(call.callee, ir.Name) or len(frames) >= _NESTING:
            return None
        name = call.callee.id
        if name in self._locals or self._is_known(name) or any(f.name == name for f in frames):
            return None
        if self._resolver.functions(name, self._near):
            return None
        found = [m for m in self._resolver.macros(name, self._near) if m.macro.params is not None]
        found = [m for m in found if b"(" in m.macro.body and len(m.macro.body) < _LONGEST_MACRO]
        if not found:
            return self._renamed(call, name, frames)
        macro = max(found, key=lambda m: len(m.macro.body))  # a stub for a disabled option is the short one
        return macro, put_in(macro, call)

    def _renamed(
        self, call: ir.Call, name: str, frames: tuple[MacroUse, ...]
    ) -> tuple[MacroUse, tuple[ir.Stmt, ...]] | None:
        """``#define old_name new_name``: a call of the one is a call of the other."""
        for macro in self._resolver.macros(name, self._near):
            if macro.macro.params is None and re.fullmatch(rb"[A-Za-z_]\w*", macro.macro.body):
                target = ir.Name(call.at, macro.macro.body.decode())
                return macro, (ir.Do(call.at, ir.Call(call.at, target, call.args, call.end)),)
        return None

    def _is_known(self, name: str) -> bool:
        known = self._lexicon
        return (
            name in known.takes
            or name in known.drops
            or name in known.sleepers
            or name in known.predicates
            or name in known.transparent
            or name in known.registering_calls
            or name in known.table_names
            or known.is_trusted(name)
        )

    def guard(self, name: str) -> tuple[str, str] | None:
        return self._guards.find(name)

    def is_last(self, name: str) -> bool:
        if name in self._locals:
            return False
        return name in self._lexicon.last_calls or any(
            b"noreturn" in function.head for function in self._resolver.functions(name, self._near)
        )


class Guards:
    """``DEFINE_GUARD(name, type, lock, unlock)`` and its kin, read from the tree when first asked for."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._map: Mapping[str, tuple[str, str]] | None = None

    def find(self, name: str) -> tuple[str, str] | None:
        """The functions that a guard (or ``__free``) calls on entry and on exit of its scope."""
        if self._map is None:
            self._map = self._read()
        return self._map.get(name)

    def _read(self) -> dict[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        sources = self._resolver.sources
        words = ("DEFINE_GUARD", "DEFINE_LOCK_GUARD_0", "DEFINE_LOCK_GUARD_1", "DEFINE_FREE")
        for path in sorted({p for w in words for p in sources.mentioning(w)}):
            source = sources.read(path) or b""
            for match in _GUARD.finditer(source):
                calls = [c for c in _CALLED.findall(match.group(2)) if c not in _NOT_A_LOCK]
                if len(calls) >= 2:
                    found.setdefault(match.group(1).decode(), (calls[0].decode(), calls[-1].decode()))
            for match in _FREE.finditer(source):
                calls = [c for c in _CALLED.findall(match.group(2)) if c not in _NOT_A_LOCK]
                if calls:
                    found.setdefault(match.group(1).decode(), ("", calls[-1].decode()))
        return found


def put_in(macro: MacroUse, call: ir.Call) -> tuple[ir.Stmt, ...]:
    """The macro's body with *call*'s arguments for its parameters; what the macro itself wrote stands at the call."""
    params = macro.macro.params or ()
    values: dict[str, tuple[ir.Expr, ...]] = {}
    for number, param in enumerate(params):
        is_rest = number == len(params) - 1 and (param == "__VA_ARGS__" or len(call.args) > len(params))
        values[param] = call.args[number:] if is_rest else call.args[number : number + 1]
    body = macro.body
    if b"##" in macro.macro.body:
        body = _paste(macro, values)
    return tuple(_substitute(s, values, call.at) for s in body.body)


def _paste(macro: MacroUse, values: Mapping[str, tuple[ir.Expr, ...]]) -> ir.Body:
    """Token pasting works on text: put the arguments' text in where ``##`` stands, and parse again."""
    text = macro.macro.body
    for param, args in values.items():
        word = ", ".join(show(a) for a in args).encode()
        name = re.escape(param.encode())
        word = word.replace(b"\\", b"\\\\")  # it stands in a replacement text
        text = re.sub(rb"(##[ \t]*)" + name + rb"\b", rb"\g<1>" + word, text)
        text = re.sub(rb"\b" + name + rb"([ \t]*##)", word + rb"\g<1>", text)
    return parse_macro(macro.name, macro.macro.params or (), re.sub(rb"[ \t]*##[ \t]*", b"", text))


def _substitute(node: ir.Node, values: Mapping[str, tuple[ir.Expr, ...]], at: int) -> ir.Stmt:
    made = _rebuild(node, values, at)
    assert isinstance(made, ir.Node)
    return made  # type: ignore[return-value]  # a statement is rebuilt as the same kind of statement


def _rebuild(value: object, values: Mapping[str, tuple[ir.Expr, ...]], at: int) -> object:
    match value:
        case ir.Name() if value.id in values:
            found = values[value.id]
            return found[0] if found else ir.Opaque(at, "")
        case ir.Call():
            callee = _rebuild(value.callee, values, at)
            return ir.Call(at, callee, _arguments(value.args, values, at), value.end)  # type: ignore[arg-type]
        case ir.Node():
            parts = {f: _rebuild(getattr(value, f), values, at) for f in value.__struct_fields__ if f != "at"}
            return type(value)(at=at, **parts)
        case tuple():
            return tuple(_rebuild(v, values, at) for v in value)
        case _:
            return value


def _arguments(args: tuple[ir.Expr, ...], values: Mapping[str, tuple[ir.Expr, ...]], at: int) -> tuple[ir.Expr, ...]:
    """Arguments with ``__VA_ARGS__`` spread out."""
    made: list[ir.Expr] = []
    for arg in args:
        if isinstance(arg, ir.Name) and arg.id in values and len(values[arg.id]) != 1:
            made += values[arg.id]
        else:
            made.append(_rebuild(arg, values, at))  # type: ignore[arg-type]
    return tuple(made)
