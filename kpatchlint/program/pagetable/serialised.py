# SPDX-License-Identifier: GPL-2.0-or-later
"""A change of the kernel's tables becomes the path on which nothing keeps other walkers away, if there is one."""

import re
from collections.abc import Iterator

from kpatchlint.facts import ir
from kpatchlint.facts.prepass import blank_comments
from kpatchlint.facts.show import show
from kpatchlint.facts.spans import enclosing_function
from kpatchlint.program.boot import is_discarded
from kpatchlint.program.callers import calls_of
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.pagetable.engine import PageTables
from kpatchlint.program.program import Program

_DEEP = 16  # arch_remove_memory() is ten calls above the entry that it clears
_MANY = 100

CallPath = tuple[tuple[Function, int], ...]


class Serialisation:
    """Looks up from a function to whoever calls it, until a lock is held, it is boot code, or nobody is left."""

    def __init__(self, program: Program, tables: PageTables) -> None:
        self._program = program
        self._tables = tables
        self._seen: dict[Function, bool] = {}

    def open_path(self, function: Function) -> CallPath | None:
        """Calls, outermost first, that lead into *function* with nothing held; None when there are none.

        An empty path: nobody calls it at all. Whoever is only reachable through a table of functions is left out.
        """
        self._seen = {}
        return self._open(function, 0)

    def _open(self, function: Function, depth: int) -> CallPath | None:
        if is_discarded(function) or function in self._seen or depth > _DEEP or len(self._seen) > _MANY:
            return None
        self._seen[function] = True
        users = [u for u in self._program.callers.users(function) if _mentions(u, function.name)]
        if not users:
            return None if is_in_a_table(self._program, function) else ()
        for user in users:
            if is_discarded(user):
                continue
            at = min(self._free_calls(user, function.name), default=None)
            if at is None:
                continue
            above = () if self._takes_elsewhere(user) else self._open(user, depth + 1)
            if above is not None:
                return (*above, (user, at))
        return None

    def _takes_elsewhere(self, user: Function) -> bool:
        """Whether the function takes such a lock for other things: then its callers cannot be holding it."""
        return self._may_take(user) and any(self._tables.locks(user).values())

    def _may_take(self, user: Function) -> bool:
        return any(word.encode() in user.text for word in self._tables.words.takes)

    def _free_calls(self, user: Function, name: str) -> Iterator[int]:
        """Offsets of the calls of *name* (or that hand it on) which *user* makes with nothing held."""
        calls = [call.at for call in calls_of(user.body) if _names(call, name)]
        if not self._may_take(user):
            yield from calls
            return
        locks = self._tables.locks(user)
        yield from (at for at in calls if at in locks and not locks[at])  # one that is not in it is not reached


def is_in_a_table(program: Program, function: Function) -> bool:
    """Whether its address stands in an initialiser: then it has callers that no text names."""
    word = re.compile(rb"(?<!\w)" + re.escape(function.name.encode()) + rb"(?!\w)(?!\s*\()")
    for path in program.sources.mentioning(function.name):
        source = blank_comments(program.sources.read(path) or b"")
        for match in word.finditer(source):
            line = source[source.rfind(b"\n", 0, match.start()) + 1 : match.start()]
            is_plain = line.lstrip().startswith((b"EXPORT_SYMBOL", b"#"))
            if not is_plain and enclosing_function(source, match.start()) is None:
                return True
    return False


def _mentions(user: Function, name: str) -> bool:
    """Whether the code, not only a comment in it, names the function."""
    return re.search(rb"(?<!\w)" + re.escape(name.encode()) + rb"(?!\w)", blank_comments(user.text)) is not None


def _names(call: ir.Call, name: str) -> bool:
    return any(name in words_of(show(part)) for part in (call.callee, *call.args) if not isinstance(part, ir.Call))
