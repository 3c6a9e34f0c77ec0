# SPDX-License-Identifier: GPL-2.0-or-later
"""A walk of page tables becomes the entries that it reads as plain memory, where they may change under it."""

import re
from collections.abc import Iterator

from kpatchlint.facts import ir
from kpatchlint.facts.traverse import parts_of
from kpatchlint.program.code import Function
from kpatchlint.program.statements import expressions_of, statements_of

_ENTRY = re.compile(r"\bp(?:gd|4d|ud|md|te)_t\s*\*")
_ONCE = frozenset({"READ_ONCE", "WRITE_ONCE", "smp_load_acquire", "smp_store_release"})


def plain_reads(function: Function) -> tuple[str, ...]:
    """The pointers to entries that are followed with a bare ``*``, each once, in the order of the text."""
    entries = {p.name for p in function.body.params if _ENTRY.search(p.type)}
    entries |= {s.name for s in statements_of(function.body) if isinstance(s, ir.Declare) and _ENTRY.search(s.type)}
    return tuple(dict.fromkeys(name for expr in expressions_of(function.body) for name in _read(expr, entries)))


def _read(expr: ir.Expr, entries: set[str]) -> Iterator[str]:
    match expr:
        case ir.Call(callee=ir.Name(id=name)) if name in _ONCE:
            return
        case ir.Unary(op="*", operand=ir.Name(id=name)) if name in entries:
            yield name
        case ir.Assign(op="=", target=ir.Unary(op="*"), value=value):
            yield from _read(value, entries)
        case _:
            for part in parts_of(expr):
                yield from _read(part, entries)
