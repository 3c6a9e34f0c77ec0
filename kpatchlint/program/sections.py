# SPDX-License-Identifier: GPL-2.0-or-later
"""Which functions are thrown away after boot (or left out of a built-in), and who still refers to them.

Source level, so it also sees what modpost cannot: a callee that the compiler happens to inline.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kpatchlint.facts import ir
from kpatchlint.facts.traverse import local_names
from kpatchlint.program.callers import Callers, calls_of
from kpatchlint.program.code import Function
from kpatchlint.program.walker import Walker

_SECTION = re.compile(rb"\b__(init|exit)\b")
_EXCUSED = re.compile(
    rb"\b(?:__ref|__refdata|__init_or_module|__init_memblock|__head|__net_init|__net_exit|__meminit|__cpuinit)\b"
)
_DEEP = 6  # callers that are asked whether they live on


def section(function: Function) -> str:
    """ "init", "exit", or "" for a function that lives on."""
    match = _SECTION.search(function.head)
    return match.group(1).decode() if match else ""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """*user* (which lives on, or is in another section) refers to *target* at offset *at*."""

    user: Function
    target: Function
    at: int
    why: str


class Sections:
    """Section questions over one version of the program."""

    def __init__(self, walker: Walker, callers: Callers) -> None:
        self._walker = walker
        self._callers = callers
        self._lives: dict[Function, bool] = {}

    def lives_on(self, function: Function, depth: int = 0) -> bool:
        """Whether the function can run after boot: not marked, and not a helper that only marked ones call."""
        if section(function) or _EXCUSED.search(function.head):
            return False
        if function not in self._lives:
            self._lives[function] = True  # a cycle of callers lives on its own
            self._lives[function] = self._has_living_user(function, depth)
        return self._lives[function]

    def _has_living_user(self, function: Function, depth: int) -> bool:
        """A static function whose users are all thrown away goes with them; anything else may be called later."""
        if not function.is_static or depth >= _DEEP:
            return True
        users = self._callers.users(function)
        if not users:
            return True
        return any(self.lives_on(user, depth + 1) for user in users) or self._is_in_table(function)

    def _is_in_table(self, function: Function) -> bool:
        """Whether the function's address stands outside functions: a table that lives on may lead to it."""
        source = self._walker.resolver.sources.read(function.path) or b""
        name = re.escape(function.name.encode())
        return re.search(rb"^[ \t]+\.\w+[ \t]*=[ \t]*&?" + name + rb"\b", source, re.MULTILINE) is not None

    def mismatches(self, function: Function) -> Iterator[Mismatch]:
        """What *function* refers to and should not, and who refers to it and should not."""
        own = section(function)
        if own:
            for user in self._callers.users(function):
                yield from self._from_user(user, function)
        yield from self._from_function(function)

    def _from_function(self, function: Function) -> Iterator[Mismatch]:
        if _EXCUSED.search(function.head):
            return
        names = local_names(function.body)
        for call in calls_of(function.body):
            if not isinstance(call.callee, ir.Name) or call.callee.id in names:
                continue
            targets = self._walker.resolver.functions(call.callee.id, function.path)
            if targets and all(section(t) for t in targets):
                yield from self._judge(function, targets[0], call.at)

    def _from_user(self, user: Function, target: Function) -> Iterator[Mismatch]:
        for call in calls_of(user.body):
            if isinstance(call.callee, ir.Name) and call.callee.id == target.name:
                if target in self._walker.resolver.functions(target.name, user.path):
                    yield from self._judge(user, target, call.at)
                return

    def _judge(self, user: Function, target: Function, at: int) -> Iterator[Mismatch]:
        theirs, ours = section(target), section(user)
        if _EXCUSED.search(user.head) or theirs == ours:
            return
        if theirs == "init" and not ours and self.lives_on(user):
            yield Mismatch(user, target, at, "is freed after boot, while its caller lives on")
        elif theirs == "exit" and ours == "init":
            yield Mismatch(user, target, at, "is left out when the code is built in, while its caller runs at boot")
        elif theirs == "exit" and not ours and self.lives_on(user):
            yield Mismatch(user, target, at, "is left out when the code is built in, while its caller stays")
