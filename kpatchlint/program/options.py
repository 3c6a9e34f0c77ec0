# SPDX-License-Identifier: GPL-2.0-or-later
"""A file becomes whether the chosen architecture builds it at all, as far as Makefile and Kconfig say so plainly.

Only the plain case is decided: the file hangs on one option, and that option depends on a symbol without a prompt or
default, which the architecture would have to select and does not.
"""

import re
from collections.abc import Iterator

from kpatchlint.program.sources import Sources

_SOURCED = re.compile(r'^source "([^"$]+)"', re.MULTILINE)
_OBJECT = re.compile(r"^obj-\$\((CONFIG_\w+)\)\s*[+:]?=((?:[^\n\\]|\\\n)*)", re.MULTILINE)
_ENDS = r"(?=^(?:config|menuconfig|choice|endchoice|menu|endmenu|if|endif|comment|source)\b|\Z)"
_DEFINITION = re.compile(rf"^(?:menu)?config (\w+)$(.*?){_ENDS}", re.MULTILINE | re.DOTALL)
_CORE = ("mm", "kernel", "fs", "lib")
_PLAIN = re.compile(r"[A-Z][A-Z0-9_]+")


class Options:
    """Looks options up in the Kconfig files that the tree's own top one names, its directory's and the arch's."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._missing: dict[str, str] = {}
        self._defined: dict[str, dict[str, list[str]]] = {}  # file -> option -> the text of each of its entries

    def missing_for(self, path: str) -> str:
        """The symbol that the architecture never selects and without which *path* is not built; "" if none is known."""
        if path not in self._missing:
            self._missing[path] = next(self._find_missing(path), "")
        return self._missing[path]

    def files_needing(self, symbol: str) -> Iterator[str]:
        """Files that are built only with an option that depends on *symbol*, in the core's and the arch's folders."""
        for folder in (*_CORE, f"arch/{self._sources.arch}/kernel", f"arch/{self._sources.arch}/mm"):
            files = self._kconfig_files(folder)
            for option, objects in _OBJECT.findall(self._text(f"{folder}/Makefile")):
                if symbol in self._needed(option.removeprefix("CONFIG_"), files):
                    names = (o.removesuffix(".o") for o in objects.split() if o.endswith(".o"))
                    yield from (f"{folder}/{name}.c" for name in names)

    def _find_missing(self, path: str) -> Iterator[str]:
        folder, _, name = path.rpartition("/")
        if not name.endswith(".c"):
            return
        wanted = f"{name.removesuffix('.c')}.o"
        options = {o for o, objects in _OBJECT.findall(self._text(f"{folder}/Makefile")) if wanted in objects.split()}
        if len(options) != 1:
            return
        files = self._kconfig_files(folder)
        for symbol in self._needed(options.pop().removeprefix("CONFIG_"), files):
            if self._is_only_selected(symbol, files) and not self._is_selected(symbol, files):
                yield symbol

    def _kconfig_files(self, folder: str) -> tuple[str, ...]:
        named = _SOURCED.findall(self._text("Kconfig"))
        own = (
            f"{folder}/Kconfig",
            f"arch/{self._sources.arch}/Kconfig",
            f"arch/{self._sources.arch}/Kconfig.platforms",
        )
        return tuple(dict.fromkeys((*named, *own, "arch/Kconfig")))

    def _needed(self, option: str, files: tuple[str, ...]) -> Iterator[str]:
        """Symbols that every definition's ``depends on`` asks for, each by itself."""
        for block in self._blocks(option, files):
            for condition in re.findall(r"^[ \t]+depends on (.+)$", block, re.MULTILINE):
                if "||" not in condition and "(" not in condition:
                    yield from (part.strip() for part in condition.split("&&") if _PLAIN.fullmatch(part.strip()))

    def _is_only_selected(self, symbol: str, files: tuple[str, ...]) -> bool:
        """Whether the symbol is defined with neither a prompt nor a default: only ``select`` turns it on."""
        blocks = list(self._blocks(symbol, files))
        return bool(blocks) and not any(
            re.search(r'^[ \t]+(?:(?:bool|tristate|prompt)[ \t]+"|default\b|def_)', block, re.MULTILINE)
            for block in blocks
        )

    def _is_selected(self, symbol: str, files: tuple[str, ...]) -> bool:
        pattern = re.compile(rf"^[ \t]+(?:select|imply) {symbol}\b", re.MULTILINE)
        return any(pattern.search(self._text(file)) for file in files)

    def _blocks(self, option: str, files: tuple[str, ...]) -> Iterator[str]:
        for file in files:
            if file not in self._defined:
                self._defined[file] = {}
                for name, block in _DEFINITION.findall(self._text(file)):
                    self._defined[file].setdefault(name, []).append(block)
            yield from self._defined[file].get(option, ())

    def _text(self, path: str) -> str:
        return (self._sources.read(path) or b"").decode(errors="replace")
