# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables of functions, followed both ways: from ``x->field()`` to what is stored in ``.field``, and from a function
that is stored there back to the calls.

C has no types here, so a field is its name: the folder of the call is asked first, then the whole tree, and a name that
too many tables use is left alone.
"""

import re
from collections.abc import Iterator

from kpatchlint.facts.places import places_of
from kpatchlint.program.code import Function
from kpatchlint.program.resolve import Resolver
from kpatchlint.program.spots import functions_naming

_FILES = 60  # a field that more files mention is only followed within the folder
_TARGETS = 6  # functions behind one call; with more, none is believed
_CALLERS = 40
_LONGEST_MEMBER = 200  # bytes from a field's name to what is stored in it
_VALUE = re.compile(rb"\s*=\s*&?\s*([A-Za-z_]\w*)\s*[,;}\n]")
_MEMBER_IS = re.compile(rb"(?:\.|->)(\w+)\s*=\s*&?\s*\Z")
_VALUE_ENDS = re.compile(rb"\s*[,;}\n]")
_DESIGNATED = re.compile(rb"^[ \t]*\.(\w+)\s*=\s*&?\Z", re.MULTILINE)
_DESIGNATED_ENDS = re.compile(rb"\s*[,\n}]")
_CALL = re.compile(rb"\)?\s*\(")
_TABLE = re.compile(rb"^(?:static[ \t]+)?(?:const[ \t]+)?struct[ \t]+(\w+)[ \t]+\w+[^;=\n]*=[ \t]*\{", re.MULTILINE)


class Fields:
    """Function-pointer fields of one version of a tree; answers are remembered."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._stored: dict[tuple[str, str], tuple[Function, ...]] = {}

    def stored(self, field: str, near: str) -> tuple[Function, ...]:
        """The functions stored in a field of that name, as a call in the file *near* may mean them."""
        folder = near.rsplit("/", 1)[0]
        key = (field, folder)
        if key not in self._stored:
            self._stored[key] = self._find_stored(field, folder)
        return self._stored[key]

    def _find_stored(self, field: str, folder: str) -> tuple[Function, ...]:
        paths = [p for p in self._resolver.sources.mentioning(field) if p.endswith((".c", ".h"))]
        here = [p for p in paths if p.rsplit("/", 1)[0] == folder]
        for chosen in (here, paths if len(paths) <= _FILES else []):
            found = dict.fromkeys(f for path in chosen for f in self._stored_in(path, field))
            if found:
                return tuple(found) if len(found) <= _TARGETS else ()
        return ()

    def _stored_in(self, path: str, field: str) -> Iterator[Function]:
        source = self._resolver.sources.read(path) or b""
        for past in _ends_of_member(source, field):
            value = _VALUE.match(source, past)
            if value:
                yield from self._resolver.functions(value.group(1).decode(), path)

    def fields_of(self, function: Function, path: str) -> frozenset[str]:
        """The fields that *function* is stored in by the file *path*."""
        source = self._resolver.sources.read(path) or b""
        name = function.name.encode()
        found = set()
        for at in places_of(source, name):
            member = _MEMBER_IS.search(source, max(0, at - _LONGEST_MEMBER), at)
            if member and _VALUE_ENDS.match(source, at + len(name)):
                found.add(member.group(1).decode())
        return frozenset(found)

    def tables_of(self, function: Function, source: bytes) -> Iterator[tuple[str, str]]:
        """(struct, field) of each table in *source* that has *function* in a designated field."""
        name = function.name.encode()
        for at in places_of(source, name):
            member = _DESIGNATED.search(source, max(0, at - _LONGEST_MEMBER), at)
            if member and _DESIGNATED_ENDS.match(source, at + len(name)):
                start = source.rfind(b"\n}", 0, member.start()) + 1
                heads = _TABLE.findall(source, start, member.start())
                if heads:
                    yield heads[-1].decode(), member.group(1).decode()

    def callers(self, field: str, function: Function) -> Iterator[Function]:
        """Functions that call through a field of that name and may mean *function*."""
        paths = self._resolver.sources.mentioning(field)
        folder = function.path.rsplit("/", 1)[0]
        if len(paths) > _FILES:
            paths = [p for p in paths if p.rsplit("/", 1)[0] == folder]
        count = 0
        for path in paths:
            source = self._resolver.sources.read(path) or b""
            if not _is_called(source, field) or function not in self.stored(field, path):
                continue
            for user in functions_naming(path, source, field):
                if _is_called(user.text, field) and count < _CALLERS:
                    count += 1
                    yield user


def _ends_of_member(source: bytes, field: str) -> Iterator[int]:
    """One past each place where a field of that name is accessed or designated: ``x->field``, ``.field``."""
    word = field.encode()
    for at in places_of(source, word):
        if source[at - 1 : at] == b"." or source[at - 2 : at] == b"->":
            yield at + len(word)


def _is_called(source: bytes, field: str) -> bool:
    """Whether the text calls through a field of that name."""
    return any(_CALL.match(source, past) for past in _ends_of_member(source, field))
