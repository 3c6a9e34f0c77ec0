# SPDX-License-Identifier: GPL-2.0-or-later
"""A function becomes how the kernel is entered through it: a system call, a file, a table of operations, a callback."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kpatchlint.facts import ir
from kpatchlint.facts.spans import enclosing_function
from kpatchlint.program.code import Function
from kpatchlint.program.pagetable.audit_calls import NamedCallers
from kpatchlint.program.program import Program

_ATTRIBUTE = re.compile(rb"^(?:static\s+)?\w*(?:ATTR|attr)\w*\s*\(\s*(\w+)", re.MULTILINE)
_SUFFIXES = ("_show", "_store", "_open", "_get", "_set", "_read", "_write")


@dataclass(frozen=True, slots=True)
class Entered:
    """*said* completes "entered through ..."; "" when callers are all there is. *boot*: at boot only."""

    said: str = ""
    boot: bool = False


class Entries:
    """Answers are remembered."""

    def __init__(self, program: Program, callers: NamedCallers) -> None:
        self._program = program
        self._callers = callers
        self._known: dict[Function, Entered] = {}
        self._initcalls = frozenset(n for w in program.lexicon.walk_words for n in w.initcalls)
        self._handed = {name: g for g in program.lexicon.walk_guards for name in g.handed}

    def of(self, function: Function) -> Entered:
        """How the kernel enters through the function itself, apart from calls by name."""
        if function not in self._known:
            self._known[function] = next(self._find(function), Entered())
        return self._known[function]

    def handed_under(self, function: Function) -> tuple[str, ...]:
        """The guards that a callback runs under, because of what it is handed to."""
        names = (c.callee.id for _, c in self._callers.handed(function) if isinstance(c.callee, ir.Name))
        return tuple(dict.fromkeys(self._handed[name].id for name in names if name in self._handed))

    def _find(self, function: Function) -> Iterator[Entered]:
        name = function.name
        if b"SYSCALL_DEFINE" in function.head:
            yield Entered(f"the system call {name.removeprefix('sys_')}()")
        source = self._program.sources.read(function.path) or b""
        for struct, field in self._program.walker.fields.tables_of(function, function.path):
            yield Entered(f"{name}(), the .{field} of a struct {struct}")
        if self._is_file(source, name):
            yield Entered(f"{name}(), a file of debugfs, procfs or sysfs")
        called = re.search(rb"^(\w+)\s*\(\s*" + re.escape(name.encode()) + rb"\s*\)", source, re.MULTILINE)
        if called is not None and called.group(1).decode() in self._initcalls:
            yield Entered(f"{name}(), at boot", boot=True)
        for entry in self._program.callers.entries(function):
            yield Entered(f"{name}(), which {entry.context.says}")
        yield from self._stored(function, source)

    def _stored(self, function: Function, source: bytes) -> Iterator[Entered]:
        name = function.name
        for field in sorted(self._program.walker.fields.fields_of(function, function.path)):
            yield Entered(f"{name}(), stored in a field {field}")
        for user, call in self._callers.handed(function):
            if isinstance(call.callee, ir.Name) and call.callee.id not in self._program.lexicon.transparent:
                yield Entered(f"{name}(), which {user.name}() hands to {call.callee.id}()")
        if self._in_a_table(name, source):
            yield Entered(f"{name}(), which stands in a table")

    def _is_file(self, source: bytes, name: str) -> bool:
        """``DEFINE_SHOW_ATTRIBUTE(x)`` and ``power_attr(x)`` make x_show() and x_store() operations of a file."""
        bases = {name.removesuffix(suffix).encode() for suffix in _SUFFIXES if name.endswith(suffix)}
        return bool(bases) and any(m in bases for m in _ATTRIBUTE.findall(source))

    def _in_a_table(self, name: str, source: bytes) -> bool:
        """Whether an initialiser of the file names it without a field."""
        for match in re.finditer(rb"[{,=]\s*&?(" + re.escape(name.encode()) + rb")\s*[,}]", source):
            if enclosing_function(source, match.start(1)) is None:
                return True
        return False
