# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape kconfig-entry: an entry that the patch adds or changes has no effect, or another one than it says."""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from kpatchlint.facts.kconfig import Entry, parse_kconfig
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.kconfig import Kconfig, is_kconfig, needed
from kpatchlint.program.scope import ChangedFile
from kpatchlint.rules.checks._place import Words, finding_on_line
from kpatchlint.rules.records import Rule

Fault = Literal["contradicted", "generic-duplicate", "always-on", "unread", "unmet-select"]


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``fault``: what to look for; ``fix``: what to do instead.

    "contradicted": needs a symbol off that the architecture's own defconfig turns on, which the patch relies on.
    "generic-duplicate": an architecture defines what a generic file defines for architectures to select.
    "always-on": an architecture turns on, without asking, what another one asks its users about.
    "unread": users are asked for a new symbol that no code, Makefile or other entry names.
    "unmet-select": the architecture selects what needs a symbol that it does not have.
    """

    fault: Fault
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding an entry with the fault, on the changed line that brings it."""
    files = [f for f in scope.files if is_kconfig(f.path)]
    if not files:
        return
    kconfig = program.once("kconfig", program, lambda: Kconfig(program.sources))
    for file in files:
        for entry in parse_kconfig(file.source):
            found = _FAULTS[params.fault](program, scope, kconfig, (file, entry))
            if found is not None:
                line, words = found
                fixed = Words(words.message, words.why, params.fix.format(symbol=entry.symbol))
                yield finding_on_line(rule, file, line, entry.symbol, fixed)


_Found = tuple[int, Words] | None
_At = tuple[ChangedFile, Entry]


def _contradicted(program: Program, scope: Scope, kconfig: Kconfig, at: _At) -> _Found:
    file, entry = at
    path = f"arch/{program.sources.arch}/configs/defconfig"
    defconfig = next((f for f in scope.files if f.path == path), None)
    if defconfig is None:
        return None
    wanted = [o for o, line in _turned_on(defconfig.source).items() if line in defconfig.lines]
    is_on = _turned_on(defconfig.source)
    for attribute in entry.depends:
        for symbol in sorted(needed(Entry("", 0, depends=[attribute]))):
            off = symbol.removeprefix("!")
            if off == symbol or off not in is_on or attribute.line not in file.lines:
                continue
            vain = next((o for o in wanted if kconfig.needs(o, entry.symbol)), None)
            if vain is not None:
                message = (
                    f"{entry.symbol} needs {off} off, and the architecture's defconfig has CONFIG_{off}=y: with it the "
                    f"added CONFIG_{vain}=y cannot take effect"
                )
                return attribute.line, Words(message, f"{path} turns {off} on")
    return None


def _turned_on(source: bytes) -> Mapping[str, int]:
    """Options that a defconfig turns on, with their lines from 1."""
    lines = enumerate(source.decode(errors="replace").split("\n"), start=1)
    return {
        line[len("CONFIG_") : -len("=y")]: n for n, line in lines if line.startswith("CONFIG_") and line[-2:] == "=y"
    }


def _generic_duplicate(program: Program, scope: Scope, kconfig: Kconfig, at: _At) -> _Found:
    file, entry = at
    if not file.path.startswith("arch/") or entry.line not in file.lines or entry.type not in ("bool", "tristate"):
        return None
    for other in kconfig.definitions(entry.symbol):
        own = other.entry
        if other.path.startswith("arch/") or own.type not in ("bool", "tristate") or own.prompt or own.defaults:
            continue
        message = f"{entry.symbol} is defined in {other.path}:{own.line} already, for architectures to select"
        return entry.line, Words(message, "a second definition of a generic symbol")
    return None


def _always_on(program: Program, scope: Scope, kconfig: Kconfig, at: _At) -> _Found:
    file, entry = at
    is_forced = entry.prompt is None and any(d.value == "y" and not d.condition for d in entry.defaults)
    if not file.path.startswith("arch/") or entry.line not in file.lines or not is_forced:
        return None
    for arch in ("x86", "arm64", "powerpc", "s390", "riscv", "loongarch"):
        path = f"arch/{arch}/Kconfig"
        for other in kconfig.entries(path) if path != file.path else ():
            if other.symbol == entry.symbol and other.prompt is not None:
                message = (
                    f"{entry.symbol} is always on here, where {path}:{other.prompt.line} asks: {other.prompt.value}"
                )
                return entry.line, Words(message, "on for everybody, with no prompt")
    return None


def _unread(program: Program, scope: Scope, kconfig: Kconfig, at: _At) -> _Found:
    file, entry = at
    if entry.line not in file.lines or entry.prompt is None or entry.selects:
        return None
    if program.sources.mentioning(f"CONFIG_{entry.symbol}"):
        return None
    word = re.compile(rf"\b(?:CONFIG_)?{entry.symbol}\b")
    folder = file.path.rpartition("/")[0]
    texts = [_without(f, entry) if f.path == file.path else f.source.decode(errors="replace") for f in scope.files]
    near = (f"{folder}/Makefile", f"{folder}/Kbuild", f"{folder}/kernel/Makefile", f"{folder}/mm/Makefile", "Makefile")
    texts += [(program.sources.read(path) or b"").decode(errors="replace") for path in near]
    if any(word.search(text) for text in texts) or _is_used(kconfig, entry.symbol):
        return None
    message = f"nothing reads {entry.symbol}: no code, no Makefile near it and no other entry names it"
    return entry.line, Words(message, "a choice without a reader")


def _without(file: ChangedFile, entry: Entry) -> str:
    """The file's text but for the line that names the entry."""
    lines = file.source.decode(errors="replace").split("\n")
    return "\n".join(line for number, line in enumerate(lines, start=1) if number != entry.line)


def _is_used(kconfig: Kconfig, symbol: str) -> bool:
    word = re.compile(rf"\b{symbol}\b")
    for other in kconfig.symbols():
        for defined in kconfig.definitions(other):
            entry = defined.entry
            parts = (*entry.depends, *entry.selects, *entry.defaults, *((entry.prompt,) if entry.prompt else ()))
            if any(word.search(f"{part.value} {part.condition}") for part in parts):
                return True
    return False


def _unmet_select(program: Program, scope: Scope, kconfig: Kconfig, at: _At) -> _Found:
    file, entry = at
    if not file.path.startswith("arch/"):
        return None
    own = {select.value for select in entry.selects} | {entry.symbol} | needed(entry)
    for select in entry.selects:
        if select.line not in file.lines or select.condition:
            continue
        for defined in kconfig.definitions(select.value):
            for symbol in sorted(needed(defined.entry) - own):
                if not symbol.startswith("!") and _is_never_on(kconfig, symbol):
                    message = (
                        f"{select.value} needs {symbol} ({defined.path}:{defined.entry.line}), which nothing turns on"
                    )
                    return select.line, Words(message, f"selects {select.value} whatever it depends on")
    return None


def _is_never_on(kconfig: Kconfig, symbol: str) -> bool:
    """Whether the symbol has neither a prompt nor a default, and nobody selects it."""
    definitions = kconfig.definitions(symbol)
    if not definitions or any(d.entry.prompt or d.entry.defaults for d in definitions):
        return False
    return next(kconfig.selectors(symbol), None) is None


_FAULTS: Mapping[Fault, Callable[[Program, Scope, Kconfig, _At], _Found]] = MappingProxyType(
    {
        "contradicted": _contradicted,
        "generic-duplicate": _generic_duplicate,
        "always-on": _always_on,
        "unread": _unread,
        "unmet-select": _unmet_select,
    }
)
