# SPDX-License-Identifier: GPL-2.0-or-later
"""A function becomes the option that the chosen architecture can never switch on and without which it is not built.

Kconfig is read tolerantly, never run: an option is impossible when no file that the architecture reads defines it, when
nothing but an impossible option selects it and it has neither prompt nor default, or when it plainly depends on an
impossible one. Everything else counts as possible.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from kpatchlint.facts.macros import conditions_at
from kpatchlint.program.code import Function
from kpatchlint.program.program import Program

_SOURCE = re.compile(r'^[ \t]*source[ \t]+"([^"\n]+)"', re.MULTILINE)
_BLOCK = re.compile(
    r"^[ \t]*(?:menu)?config[ \t]+(\w+)[ \t]*\n(.*?)"
    r"(?=^[ \t]*(?:menu)?config[ \t]+\w+[ \t]*$|^(?:choice|endchoice|menu|endmenu|if|endif|comment|source)\b|\Z)",
    re.MULTILINE | re.DOTALL,
)
_SELECTED = re.compile(r"^[ \t]+(?:select|imply)[ \t]+(\w+)", re.MULTILINE)
_DEPENDS = re.compile(r"^[ \t]+depends on (.+)$", re.MULTILINE)
_SETTABLE = re.compile(r'^[ \t]+(?:(?:bool|tristate|prompt|int|hex|string)[ \t]+"|default\b|def_)', re.MULTILINE)
_PLAIN = re.compile(r"[A-Z][A-Z0-9_]+")
_OPTION = re.compile(r"(!?)(?:defined\(CONFIG_(\w+)\)|IS_ENABLED\(CONFIG_(\w+)\)|CONFIG_(\w+))")
_OBJECTS = re.compile(r"^obj-\$\(CONFIG_(\w+)\)\s*[+:]?=((?:[^\n\\]|\\\n)*)", re.MULTILINE)
_FILES = 4000  # Kconfig files; the kernel has 1700
_ROUNDS = 30


@dataclass(frozen=True, slots=True)
class _Definition:
    """One ``config`` block."""

    settable: bool
    selects: frozenset[str]
    depends: frozenset[str]


class Configuration:
    """Reads every Kconfig file that the top one leads to for the architecture, once it is asked."""

    def __init__(self, program: Program) -> None:
        self._sources = program.sources
        self._files_off: dict[str, str] = {}

    def off(self, function: Function) -> str:
        """The option that is missing, e.g. "CONFIG_X cannot be set"; "" when nothing says that it is not built."""
        if function.path not in self._files_off:
            self._files_off[function.path] = next(self._needed_by_file(function.path), "")
        missing = self._files_off[function.path] or next(self._needed_at(function), "")
        return f"CONFIG_{missing} cannot be set" if missing else ""

    def _needed_at(self, function: Function) -> Iterator[str]:
        """Impossible options that an ``#if`` around the function asks for."""
        for text in conditions_at(function.source, function.span.start):
            option = _OPTION.fullmatch(text)
            if option is not None and not option.group(1):
                name = option.group(2) or option.group(3) or option.group(4)
                if self._is_impossible(name):
                    yield name

    def _needed_by_file(self, path: str) -> Iterator[str]:
        """Impossible options that a Makefile builds the file, or a folder above it, with."""
        while "/" in path:
            folder, _, name = path.rpartition("/")
            wanted = f"{name.removesuffix('.c')}.o" if name.endswith(".c") else f"{name}/"
            text = (self._sources.read(f"{folder}/Makefile") or b"").decode(errors="replace")
            options = [option for option, objects in _OBJECTS.findall(text) if wanted in objects.split()]
            if len(options) == 1 and self._is_impossible(options[0]):
                yield options[0]
            path = folder

    def _is_impossible(self, option: str) -> bool:
        return bool(self._definitions) and option not in self._possible

    @cached_property
    def _possible(self) -> frozenset[str]:
        possible = frozenset(self._definitions)
        for _ in range(_ROUNDS):
            selected = frozenset(
                name
                for option in possible
                for d in self._definitions[option]
                if d.depends <= possible
                for name in d.selects
            )
            left = frozenset(
                o
                for o in possible
                if any((d.settable or o in selected) and d.depends <= possible for d in self._definitions[o])
            )
            if left == possible:
                break
            possible = left
        return possible

    @cached_property
    def _definitions(self) -> dict[str, tuple[_Definition, ...]]:
        found: dict[str, tuple[_Definition, ...]] = {}
        for text in self._files():
            for name, block in _BLOCK.findall(text):
                found[name] = (*found.get(name, ()), _definition(block))
        return found

    def _files(self) -> Iterator[str]:
        arch = self._sources.arch
        seen = {"Kconfig"}
        work = ["Kconfig"]
        while work:
            source = self._sources.read(work.pop())
            if source is None:
                continue
            text = source.decode(errors="replace")
            yield text
            for named in _SOURCE.findall(text):
                path = named.replace("$(SRCARCH)", arch)
                if path not in seen and "$" not in path and len(seen) < _FILES:
                    seen.add(path)
                    work.append(path)


def _definition(block: str) -> _Definition:
    depends = frozenset(
        part.strip()
        for condition in _DEPENDS.findall(block)
        if "||" not in condition and "(" not in condition
        for part in condition.split("&&")
        if _PLAIN.fullmatch(part.strip())
    )
    return _Definition(bool(_SETTABLE.search(block)), frozenset(_SELECTED.findall(block)), depends)
