# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables of functions, followed both ways: from ``x->field()`` to what is stored in ``.field``, and from a function
that is stored there back to the calls.

C has no types here, so a field is its name: the folder of the call is asked first, then the whole tree, and a name that
too many tables use is left alone.
"""

import re
from collections.abc import Iterator

from kpatchlint.program.code import Function
from kpatchlint.program.resolve import Resolver
from kpatchlint.program.spots import functions_naming

_FILES = 60  # a field that more files mention is only followed within the folder
_TARGETS = 6  # functions behind one call; with more, none is believed
_CALLERS = 40
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
        pattern = rb"(?:\.|->)" + re.escape(field.encode()) + rb"\s*=\s*&?\s*([A-Za-z_]\w*)\s*[,;}\n]"
        for name in re.findall(pattern, source):
            yield from self._resolver.functions(name.decode(), path)

    def fields_of(self, function: Function, path: str) -> frozenset[str]:
        """The fields that *function* is stored in by the file *path*."""
        source = self._resolver.sources.read(path) or b""
        name = re.escape(function.name.encode())
        return frozenset(f.decode() for f in re.findall(rb"(?:\.|->)(\w+)\s*=\s*&?\s*" + name + rb"\s*[,;}\n]", source))

    def tables_of(self, function: Function, source: bytes) -> Iterator[tuple[str, str]]:
        """(struct, field) of each table in *source* that has *function* in a designated field."""
        stored = re.compile(
            rb"^[ \t]*\.(\w+)\s*=\s*&?" + re.escape(function.name.encode()) + rb"\s*[,\n}]", re.MULTILINE
        )
        for match in stored.finditer(source):
            start = source.rfind(b"\n}", 0, match.start()) + 1
            heads = _TABLE.findall(source, start, match.start())
            if heads:
                yield heads[-1].decode(), match.group(1).decode()

    def callers(self, field: str, function: Function) -> Iterator[Function]:
        """Functions that call through a field of that name and may mean *function*."""
        paths = self._resolver.sources.mentioning(field)
        folder = function.path.rsplit("/", 1)[0]
        if len(paths) > _FILES:
            paths = [p for p in paths if p.rsplit("/", 1)[0] == folder]
        count = 0
        call = re.compile(rb"(?:\.|->)" + re.escape(field.encode()) + rb"\)?\s*\(")
        for path in paths:
            source = self._resolver.sources.read(path) or b""
            if not call.search(source) or function not in self.stored(field, path):
                continue
            for user in functions_naming(path, source, field):
                if call.search(user.text) and count < _CALLERS:
                    count += 1
                    yield user
