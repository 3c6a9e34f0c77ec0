# SPDX-License-Identifier: GPL-2.0-or-later
"""A helper becomes what its caller needs to know: which argument it frees, and whether it invalidates."""

from collections.abc import Iterator

from kpatchlint.facts import ir
from kpatchlint.program.callers import calls_of
from kpatchlint.program.code import Function
from kpatchlint.program.extents import assigned
from kpatchlint.program.flow import Site
from kpatchlint.program.pagetable.words import Flush, TableWords
from kpatchlint.program.resolve import Resolver

_DEEP = 4
_LONGEST = 2500  # bytes; a helper is short
_STRENGTH = ("leaf", "table")


class Helpers:
    """Summaries by name, without following paths: what a helper may do, it is taken to do."""

    def __init__(self, resolver: Resolver, words: TableWords) -> None:
        self._resolver = resolver
        self._words = words
        self._frees: dict[Function, tuple[int, ...]] = {}
        self._flushes: dict[Function, Flush | None] = {}

    def frees(self, site: Site) -> tuple[int, ...]:
        """The arguments whose memory the called function frees."""
        return tuple(sorted({n for f in self._targets(site) for n in self._freed_params(f, 0)}))

    def flushes(self, site: Site) -> Flush | None:
        """The strongest invalidation that the called function contains."""
        return _strongest(self._flush_in(f, 0) for f in self._targets(site))

    def _targets(self, site: Site) -> tuple[Function, ...]:
        callee = site.call.callee
        if not isinstance(callee, ir.Name) or callee.id in site.env.locals or self._words.effect(callee.id):
            return ()
        return self._resolver.functions(callee.id, site.env.near)

    def _freed_params(self, function: Function, depth: int) -> tuple[int, ...]:
        if function not in self._frees:
            self._frees[function] = ()
            if depth < _DEEP and len(function.text) < _LONGEST:
                self._frees[function] = tuple(sorted(set(self._find_freed(function, depth))))
        return self._frees[function]

    def _find_freed(self, function: Function, depth: int) -> Iterator[int]:
        params = {p.name: n for n, p in enumerate(function.body.params) if "*" in p.type}
        for call in calls_of(function.body):
            if not isinstance(call.callee, ir.Name):
                continue
            word = self._words.calls.get(call.callee.id)
            if word is not None:
                numbers: tuple[int, ...] = (word.entry,) if word.effect == "frees" else ()
            else:
                targets = self._resolver.functions(call.callee.id, function.path)
                numbers = tuple(n for t in targets for n in self._freed_params(t, depth + 1))
            for number in numbers:
                if number < len(call.args):
                    name = self._memory(function, call.args[number], 0)
                    if name in params:
                        yield params[name]

    def _memory(self, function: Function, expr: ir.Expr, depth: int) -> str:
        """The variable whose memory an argument is, through ``page_address()`` and its kin."""
        match expr:
            case ir.Cast():
                return self._memory(function, expr.operand, depth)
            case ir.Call(callee=ir.Name(id=name), args=(first, *_)) if self._words.effect(name) == "wraps":
                return self._memory(function, first, depth)
            case ir.Name():
                origins = list(assigned(function, expr.id))
                if len(origins) == 1 and depth < _DEEP:
                    return self._memory(function, origins[0], depth + 1) or expr.id
                return expr.id
            case _:
                return ""

    def _flush_in(self, function: Function, depth: int) -> Flush | None:
        if function not in self._flushes:
            self._flushes[function] = None
            if depth < _DEEP:
                self._flushes[function] = _strongest(self._find_flushes(function, depth))
        return self._flushes[function]

    def _find_flushes(self, function: Function, depth: int) -> Iterator[Flush | None]:
        for call in calls_of(function.body):
            if not isinstance(call.callee, ir.Name):
                continue
            name = call.callee.id
            if name in self._words.flushes:
                yield self._words.flushes[name]
            elif not self._words.effect(name) and ("flush" in name or "tlb" in name or function.path.endswith(".c")):
                for target in self._resolver.functions(name, function.path):
                    if b"tlb" in target.text:
                        yield self._flush_in(target, depth + 1)


def _strongest(flushes: Iterator[Flush | None]) -> Flush | None:
    found = [f for f in flushes if f is not None]
    return max(found, key=lambda f: _STRENGTH.index(f.reaches), default=None)
