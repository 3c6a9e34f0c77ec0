# SPDX-License-Identifier: GPL-2.0-or-later
"""A name at a place becomes the functions or macros it may stand for there.

The order is C's and the kernel build's: the same file; then what the file's headers and the linker can see; the
chosen architecture's own before asm-generic's; a strong definition before a weak one; a real body before a stub that
only stands in for a disabled option. What is still ambiguous stays a set.
"""

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar
from zlib import crc32

from kpatchlint.facts.macros import conditions_at, find_macros
from kpatchlint.facts.spans import find_functions
from kpatchlint.program.code import Function, MacroUse
from kpatchlint.program.sources import Sources, included_names

Definition = TypeVar("Definition", Function, MacroUse)

# A body that stands in for an option that is off: empty, or it only returns a constant.
_STUB = re.compile(
    rb"\{\s*(?:(?:WARN_ON(?:_ONCE)?|BUG|BUILD_BUG|VM_WARN_ON(?:_ONCE)?)\s*\([^;]*;\s*)?"
    rb"(?:return(?:\s*\(?[-\w\s*&]*\)?|\s+ERR_PTR\([-\w]+\)|\s+\(?\w[\w ]*\)?\s*\{[^}]*\})\s*;\s*)?\}"
)
_SHORTEST = 3  # letters of a function that other files know
_FILES = 80  # files that may define a name; one with more is a macro's parameter or a common word
_ALIAS = rb"__alias\s*\(\s*(\w+)\s*\)[^;{}]*\b%s\s*\("


class Resolver:
    """Names to definitions in one version of a tree; answers are remembered."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._functions: dict[tuple[str, str], tuple[Function, ...]] = {}
        self._macros: dict[tuple[str, str], tuple[MacroUse, ...]] = {}
        self._in_file: dict[tuple[str, str], tuple[Function, ...]] = {}
        self._included: dict[str, frozenset[str]] = {}
        self._has_alias: dict[str, bool] = {}

    def in_file(self, path: str, name: str) -> tuple[Function, ...]:
        """Every definition of a function in one file."""
        key = (path, name)
        if key not in self._in_file:
            source = self.sources.read(path) or b""
            spans = find_functions(source, name)
            made = (Function(path, s, source, crc32(source[s.start : s.end])) for s in spans)
            self._in_file[key] = tuple(made)
        return self._in_file[key]

    def is_overridden(self, function: Function) -> bool:
        """Whether the architecture has a function of its own in place of a generic fallback."""
        if not function.path.startswith("include/asm-generic/"):
            return False
        own = f"arch/{self.sources.arch}/include/"
        paths = self.sources.mentioning(function.name)
        return any(path.startswith(own) and self.in_file(path, function.name) for path in paths)

    def functions(self, name: str, near: str) -> tuple[Function, ...]:
        """What a call of *name* in the file *near* may reach; empty when the tree does not define it."""
        key = (name, near)
        if key not in self._functions:
            self._functions[key] = self._find_functions(name, near)
        return self._functions[key]

    def _find_functions(self, name: str, near: str) -> tuple[Function, ...]:
        own = self.in_file(near, name)
        if own and not all(_is_stub(f) for f in own):
            return _without_stubs(own)
        found: list[Function] = []
        paths = self.sources.sharing(name)
        if len(name) < _SHORTEST or len(paths) > _FILES:
            return own
        self.sources.expect(paths)
        for path in paths:
            if path != near:
                found += [f for f in self.in_file(path, name) if self._visible(f, near)]
        if own and not any(not f.path.endswith(".h") and not _is_stub(f) for f in found):
            return own  # a stub that stands in for nothing else
        if not found:
            return self._through_alias(name, near)
        strong = [f for f in found if not f.is_weak] or found
        return _without_stubs(self._prefer_arch(strong))

    def _through_alias(self, name: str, near: str) -> tuple[Function, ...]:
        """``extern __alias(target) name(...)``, and arm64's early ``__pi_`` twins."""
        for path in (near, *self.sources.sharing(name)):
            if path not in self._has_alias:  # asked of one file for every name that nobody defines
                self._has_alias[path] = b"__alias" in (self.sources.read(path) or b"")
            if not self._has_alias[path]:
                continue
            match = re.search(_ALIAS % re.escape(name.encode()), self.sources.read(path) or b"")
            if match:
                return self.in_file(path, match.group(1).decode())
        if name.startswith("__pi_"):
            return self.functions(name.removeprefix("__pi_"), near)
        return ()

    def _visible(self, function: Function, near: str) -> bool:
        if function.path.endswith(".h"):
            return self.is_visible(function.path, near)
        return not function.is_static

    def is_visible(self, header: str, near: str) -> bool:
        """Whether the file *near* may include the header: a public one, one that it names, or one of its folder."""
        if header.startswith("include/") or "/include/" in header:
            return True
        if near not in self._included:
            self._included[near] = included_names(self.sources.read(near) or b"")
        return header.rsplit("/", 1)[-1] in self._included[near] or header.rsplit("/", 1)[0] == near.rsplit("/", 1)[0]

    def _prefer_arch(self, found: Sequence[Definition]) -> list[Definition]:
        """The architecture's own header beats asm-generic's, and include/ beats a driver's private twin."""
        ours = [f for f in found if f.path.startswith("arch/")]
        if ours and any(f.path.startswith("include/asm-generic/") for f in found):
            found = [f for f in found if not f.path.startswith("include/asm-generic/")]
        return list(found)

    def macros(self, name: str, near: str) -> tuple[MacroUse, ...]:
        """What *name* may expand to in the file *near*."""
        key = (name, near)
        if key not in self._macros:
            self._macros[key] = self._find_macros(name, near)
        return self._macros[key]

    def _find_macros(self, name: str, near: str) -> tuple[MacroUse, ...]:
        own = self._macros_in(near, name)
        if own:
            return own
        paths = self.sources.sharing(name)
        if len(paths) > _FILES:
            paths = [p for p in paths if p.startswith(("include/", f"arch/{self.sources.arch}/include/"))]
        paths = [p for p in paths if p.endswith(".h") and self.is_visible(p, near)]
        self.sources.expect(paths)
        found = [m for p in paths for m in self._macros_in(p, name)]
        if near.startswith("include/") or any(not m.path.startswith("include/uapi/") for m in found):
            found = [m for m in found if not m.path.startswith("include/uapi/")] or found
        return tuple(self._prefer_arch([m for m in found if len(found) == 1 or _is_kernel_side(m)]))

    def _macros_in(self, path: str, name: str) -> tuple[MacroUse, ...]:
        source = self.sources.read(path) or b""
        return tuple(MacroUse(path, m, source) for m in find_macros(source, name))


def _is_kernel_side(macro: MacroUse) -> bool:
    """Whether a macro is not the user-space side of an ``#ifdef __KERNEL__``."""
    return "!defined(__KERNEL__)" not in conditions_at(macro.source, macro.macro.start)


def _without_stubs(functions: Iterable[Function]) -> tuple[Function, ...]:
    """Leave out stand-ins for disabled options where a real definition exists."""
    found = tuple(functions)
    return tuple(f for f in found if not _is_stub(f)) or found


def _is_stub(function: Function) -> bool:
    return _STUB.fullmatch(function.source, function.span.body, function.span.end) is not None
