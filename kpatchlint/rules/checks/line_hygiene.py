# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape line-hygiene: added lines that are no fault of the code, and that reviewers ask to have changed."""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.scope import ChangedFile
from kpatchlint.rules.checks._place import Words, finding_on_line
from kpatchlint.rules.records import Rule

Fault = Literal["blank-after-brace", "prototype-without-stub", "architecture-in-generic"]

_PROTOTYPE = re.compile(r"^[ \t]*(?!typedef\b|#|return\b)[\w \t*]+\([^{}]*\)[^{}=;]*;[ \t]*$")
_CONDITION = re.compile(r"^[ \t]*#[ \t]*(?:if|ifdef|ifndef)\b(.*)$")
_END = re.compile(r"^[ \t]*#[ \t]*(endif|else|elif)\b")


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``fault``: what to look for; ``fix``: what to do instead.

    "blank-after-brace": a block begins with an empty line.
    "prototype-without-stub": a condition around prototypes only, with nothing for the other case.
    "architecture-in-generic": code below *folders* asks for an architecture by one of *names*.
    """

    fault: Fault
    fix: str
    folders: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


_At = tuple[int, Words]


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a place in the added lines of C files."""
    for file in scope.files:
        if file.path.endswith((".c", ".h")) and file.lines:
            lines = file.source.decode(errors="replace").split("\n")
            for number, words in _FAULTS[params.fault](file, lines, params):
                yield finding_on_line(rule, file, number, "", words)


def _blank_after_brace(file: ChangedFile, lines: list[str], params: Params) -> Iterator[_At]:
    for number in sorted(file.lines):
        is_brace = lines[number - 1].partition("//")[0].rstrip() == "{"
        if is_brace and number + 1 in file.lines and not lines[number].strip():
            yield number, Words("a function begins with an empty line", "an empty line follows", params.fix)


def _prototype_without_stub(file: ChangedFile, lines: list[str], params: Params) -> Iterator[_At]:
    if not file.path.endswith(".h"):
        return
    for number in sorted(file.lines):
        condition = _CONDITION.match(lines[number - 1])
        if condition is None or "CONFIG_" not in condition.group(1):
            continue
        inside = _up_to_directive(lines, number)
        if inside is None or not all(line in file.lines for line in range(number, number + len(inside) + 2)):
            continue
        text = " ".join(line.strip() for line in inside if line.strip())
        statements = [part + ";" for part in text.split(";") if part.strip()]
        if statements and all(_PROTOTYPE.match(s) for s in statements):
            message = "a condition around prototypes, and no stub where it does not hold: it does nothing for callers"
            yield number, Words(message, "only prototypes follow, up to #endif", params.fix)


def _up_to_directive(lines: list[str], number: int) -> list[str] | None:
    """The lines between a condition on line *number* (from 1) and its #endif; None when something else ends them."""
    for end in range(number, min(number + 40, len(lines))):
        if _CONDITION.match(lines[end]):
            return None
        directive = _END.match(lines[end])
        if directive is not None:
            return lines[number:end] if directive.group(1) == "endif" else None
    return None


def _architecture_in_generic(file: ChangedFile, lines: list[str], params: Params) -> Iterator[_At]:
    if not file.path.startswith(params.folders):
        return
    for number in sorted(file.lines):
        condition = _CONDITION.match(lines[number - 1])
        named = [n for n in params.names if condition and re.search(rf"\bCONFIG_{n}\b", condition.group(1))]
        if named:
            message = f"generic code asks for one architecture by its name ({', '.join(named)})"
            yield number, Words(message, "an architecture is named", params.fix)


_FAULTS: Mapping[Fault, Callable[[ChangedFile, list[str], Params], Iterator[_At]]] = MappingProxyType(
    {
        "blank-after-brace": _blank_after_brace,
        "prototype-without-stub": _prototype_without_stub,
        "architecture-in-generic": _architecture_in_generic,
    }
)
