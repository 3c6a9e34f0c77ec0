# SPDX-License-Identifier: GPL-2.0-or-later
"""A function becomes the places that call it, pass it on, or hand it to the kernel to be called later."""

from collections.abc import Iterator

from kpatchlint.program.code import Function
from kpatchlint.program.registrations import Entry as Entry
from kpatchlint.program.registrations import Registrations
from kpatchlint.program.spots import functions_naming
from kpatchlint.program.statements import calls_of as calls_of
from kpatchlint.program.vocabulary import Lexicon
from kpatchlint.program.walker import Walker
from kpatchlint.program.wrapped import WrappedRegistrations

_FILES = 60  # a name that more files mention is too common to follow back
_USERS = 120


class Callers:
    """Backward questions over one version of the program; answers are remembered."""

    def __init__(self, walker: Walker, lexicon: Lexicon) -> None:
        self._walker = walker
        self._lexicon = lexicon
        self._registrations = Registrations(walker, lexicon)
        self._wrapped = WrappedRegistrations(walker, lexicon, self._registrations)
        self._users: dict[Function, tuple[Function, ...]] = {}
        self._entries: dict[Function, tuple[Entry, ...]] = {}

    def users(self, function: Function) -> tuple[Function, ...]:
        """Functions whose text names *function*: callers, and those that pass its address on."""
        if function not in self._users:
            self._users[function] = tuple(self._find_users(function))
        return self._users[function]

    def _find_users(self, function: Function) -> Iterator[Function]:
        sources = self._walker.resolver.sources
        paths = sources.mentioning(function.name)
        if function.is_static and function.path.endswith(".c"):
            paths = [function.path]
        if len(paths) > _FILES:
            return
        found = 0
        sources.expect(paths)
        for path in paths:
            source = sources.read(path) or b""
            for field in sorted(self._walker.fields.fields_of(function, path)):
                yield from self._walker.fields.callers(field, function)
            for user in functions_naming(path, source, function.name):
                if (
                    user != function
                    and found < _USERS
                    and function in self._walker.resolver.functions(function.name, path)
                ):
                    found += 1
                    yield user

    def entries(self, function: Function) -> tuple[Entry, ...]:
        """The contexts that *function* is entered in because some function registers it."""
        if function not in self._entries:
            found = [e for user in (*self.users(function), function) for e in self._registrations.made_by(user)]
            found += (e for user in self.users(function) for e in self._wrapped.made_by(user, function.name))
            found += self._registrations.of_file(function)
            found += (e for path in self._storing(function) for e in self._registrations.of_tables(function, path))
            self._entries[function] = tuple(e for e in found if e.function == function and not self._is_dead(e.by))
        return self._entries[function]

    def made_by(self, function: Function) -> tuple[Entry, ...]:
        """The entries that *function* makes: callbacks it registers, and itself where a table of its file stores it."""
        return tuple(
            e
            for e in (*self.registrations(function), *self._registrations.of_file(function))
            if not self._is_dead(e.by)
        )

    def stored_in(self, function: Function) -> frozenset[str]:
        """The fields through which *function* is called, as the files that mention it store it."""
        paths = (function.path, *self._storing(function))
        return frozenset(f for path in paths for f in self._walker.fields.fields_of(function, path))

    def _storing(self, function: Function) -> list[str]:
        """The other files whose tables may have *function*, unless too many mention it."""
        if function.is_static and function.path.endswith(".c"):
            return []
        paths = self._walker.resolver.sources.mentioning(function.name)
        return [p for p in paths if p != function.path] if len(paths) <= _FILES else []

    def _is_dead(self, function: Function) -> bool:
        """Whether only weak definitions use it that another one overrides: it is not linked to anything that runs."""
        users = self.users(function)
        return bool(users) and all(u.is_weak and u not in self._walker.resolver.functions(u.name, "") for u in users)

    def registrations(self, by: Function) -> Iterator[Entry]:
        """What *by* hands to the kernel to be called in some context, itself or through functions that hand it on."""
        yield from self._registrations.made_by(by)
        yield from self._wrapped.made_by(by)

    def all_entries(self, context: str) -> Iterator[Entry]:
        """Every function of the tree that is handed to the kernel to be called in *context*."""
        found = self._registrations.all_of(self._lexicon.contexts[context])
        return (entry for entry in found if not self._is_dead(entry.by))
