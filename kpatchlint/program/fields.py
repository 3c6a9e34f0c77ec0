# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables of functions, followed both ways: from ``x->field()`` to what is stored in ``.field``, and from a function
that is stored there back to the calls.

A field is its name and the struct that it is in, as far as that can be told: where the type of the call is not known,
the folder of the call is asked and no more. A field that too many functions stand in is left alone.
"""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

from kpatchlint.facts import ir
from kpatchlint.facts.parse import parse_expression
from kpatchlint.facts.places import places_of
from kpatchlint.facts.spans import FunctionSpan, enclosing_function
from kpatchlint.facts.traverse import calls_in
from kpatchlint.program.code import Function
from kpatchlint.program.resolve import Resolver
from kpatchlint.program.spots import functions_naming
from kpatchlint.program.statements import expressions_of
from kpatchlint.program.types import Types

_FILES = 60  # a field of a struct that more files mention is not followed
_TARGETS = 6  # functions behind one call; with more, none is believed
_MANY = 60  # the same, when it is asked whether one of them is a certain function
_CALLERS = 40
_LONGEST_MEMBER = 200  # bytes from a field's name to what is stored in it
_VALUE = re.compile(rb"\s*=\s*&?\s*([A-Za-z_]\w*)\s*[,;}\n]")
_MEMBER_IS = re.compile(rb"(?:\.|->)(\w+)\s*=\s*&?\s*\Z")
_VALUE_ENDS = re.compile(rb"\s*[,;}\n]")
_DESIGNATED = re.compile(rb"(?:^|[{,])[ \t]*\.(\w+)\s*=\s*&?\Z", re.MULTILINE)
_DESIGNATED_ENDS = re.compile(rb"\s*[,\n}]")
_CALL = re.compile(rb"\)?\s*\(")
_TABLE = re.compile(rb"^(?:static[ \t]+)?(?:const[ \t]+)?struct[ \t]+(\w+)[ \t]+\w+[^;=\n]*=[ \t]*\{", re.MULTILINE)


# What stands before a brace that opens an initialiser: a variable, a compound literal, a member, an array's element.
_HEAD = re.compile(
    rb"(?:\b(?:struct|union)\s+(\w+)\s+\**\w+(?:\s*##\s*\w+)*(?:\s*\[[^\]]*\])*(?:\s+__\w+(?:\([^()]*\))?)*\s*="
    rb"|\(\s*(?:const\s+)?(?:struct|union)\s+(\w+)[\s*]*(?:\[[^\]]*\])?\s*\))\s*\Z"
)
_INNER = re.compile(rb"\.(\w+)\s*=\s*\Z")
_ELEMENT = re.compile(rb"(?:[{,]|\[[^\]]*\]\s*=)\s*\Z")
_TARGET = re.compile(rb"([A-Za-z_][\w.\[\]]*(?:->[\w.\[\]]+)*)(?:->|\.)\Z")
_LONGEST_TABLE = 20_000  # bytes from a field to the head of its table


@dataclass(frozen=True, slots=True)
class Stored:
    """Functions that are put into a field, and the struct that it is a field of; "" when that is open."""

    functions: tuple[Function, ...]
    tag: str


class Fields:
    """Function-pointer fields of one version of a tree; answers are remembered."""

    def __init__(self, resolver: Resolver) -> None:
        self.types = Types(resolver)
        self._resolver = resolver
        self._stored: dict[tuple[str, str, str], tuple[Function, ...]] = {}
        self._in_file: dict[tuple[str, str], tuple[Stored, ...]] = {}

    def behind(self, callee: ir.Member, function: Function, most: int = _TARGETS) -> tuple[Function, ...]:
        """The functions that a call of *callee* in *function* may mean; none when there are more than *most*."""
        return self.stored(callee.field, self.types.tag_of(callee.base, function), function.path, most)

    def among(self, callee: ir.Member, function: Function, wanted: Container[Function]) -> tuple[Function, ...]:
        """Those of *wanted* that a call of *callee* in *function* may mean, where the struct is known."""
        tag = self.types.tag_of(callee.base, function)
        found = self.stored(callee.field, tag, function.path, _MANY) if tag else ()
        return tuple(f for f in found if f in wanted)

    def stored(self, field: str, tag: str, near: str, most: int = _TARGETS) -> tuple[Function, ...]:
        """The functions stored in that field of ``struct tag``, as the file *near* may mean them.

        With a tag the whole tree is asked, and where it is a subsystem's interface that many files implement, none is
        believed; without a tag ("") only the folder is asked.
        """
        folder = near.rpartition("/")[0]
        key = (field, tag, folder)
        if key not in self._stored:
            self._stored[key] = self._find_stored(field, tag, folder)
        found = self._stored[key]
        return found if len(found) <= most else ()

    def _find_stored(self, field: str, tag: str, folder: str) -> tuple[Function, ...]:
        sources = self._resolver.sources
        paths = [p for p in sources.mentioning(field) if p.endswith((".c", ".h"))]
        here = [p for p in paths if p.rpartition("/")[0] == folder]
        if not tag:
            sources.expect(here)
            return _functions_of(s for path in here for s in self._stored_in(path, field))
        knowing = set(sources.mentioning(tag)) | set(here)
        paths = [p for p in paths if p in knowing]
        if len(paths) > _FILES:
            return ()
        sources.expect(paths)
        near_by = {p for p in here if p.endswith(".c")}  # of headers, a folder holds those of all the kernel
        return _functions_of(
            s for path in paths for s in self._stored_in(path, field) if s.tag == tag or (not s.tag and path in near_by)
        )

    def _stored_in(self, path: str, field: str) -> tuple[Stored, ...]:
        """What one file stores in fields of that name, in structs of whatever type."""
        key = (path, field)
        if key not in self._in_file:
            self._in_file[key] = tuple(self._find_in(path, field))
        return self._in_file[key]

    def _find_in(self, path: str, field: str) -> Iterator[Stored]:
        source = self._resolver.sources.read(path) or b""
        for past in _ends_of_member(source, field):
            value = _VALUE.match(source, past)
            functions = self._resolver.functions(value.group(1).decode(), path) if value else ()
            if functions:
                yield Stored(functions, self._tag_at(path, source, past - len(field)))

    def _tag_at(self, path: str, source: bytes, at: int) -> str:
        """The struct whose field stands at *at*: of an assignment's target, or of the initialiser around it."""
        around = enclosing_function(source, at)
        target = _TARGET.search(source, max(0, at - _LONGEST_MEMBER), at)
        if around is not None and target:
            function = Function(path, around, source, crc32(source[around.start : around.end]))
            return self.types.tag_of(parse_expression(target.group(1)), function)
        return self._initialised(path, source, at, around)

    def _initialised(self, path: str, source: bytes, at: int, around: FunctionSpan | None) -> str:
        """``struct tag x[] = { { .at =``, ``(struct tag) { .at =``, ``.member = { .at =`` within one of those."""
        members: list[str] = []
        floor = around.body if around is not None else max(0, at - _LONGEST_TABLE)
        while (at := open_brace(source, floor, at)) >= 0:
            before = source[max(0, at - _LONGEST_MEMBER) : at]
            if head := _HEAD.search(before):
                tag = (head.group(1) or head.group(2)).decode()
                for member in reversed(members):
                    tag = tag and self.types.member(tag, member, path)
                return tag
            if inner := _INNER.search(before):
                members.append(inner.group(1).decode())
            elif not _ELEMENT.search(before):
                return ""
        return ""

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

    def tables_of(self, function: Function, path: str) -> Iterator[tuple[str, str]]:
        """(struct, field) of each table of the file *path* that has *function* in a designated field."""
        source = self._resolver.sources.read(path) or b""
        name = function.name.encode()
        for at in places_of(source, name):
            member = _DESIGNATED.search(source, max(0, at - _LONGEST_MEMBER), at)
            is_stored = member and _DESIGNATED_ENDS.match(source, at + len(name))
            if member and is_stored and enclosing_function(source, at) is None:
                tag = self._initialised(path, source, member.start(1), None)
                if not tag:
                    start = source.rfind(b"\n}", 0, member.start()) + 1
                    tag = next((head.decode() for head in reversed(_TABLE.findall(source, start, member.start()))), "")
                if tag:
                    yield tag, member.group(1).decode()

    def callers(self, field: str, function: Function) -> Iterator[Function]:
        """Functions that call through a field of that name and may mean *function*."""
        paths = _around(self._resolver.sources.mentioning(field), function.path)
        count = 0
        self._resolver.sources.expect(paths)
        for path in paths:
            source = self._resolver.sources.read(path) or b""
            if not _is_called(source, field):
                continue
            for user in functions_naming(path, source, field):
                if count < _CALLERS and _is_called(user.text, field) and self._may_mean(user, field, function):
                    count += 1
                    yield user

    def _may_mean(self, user: Function, field: str, function: Function) -> bool:
        return any(
            isinstance(call.callee, ir.Member)
            and call.callee.field == field
            and (function in self.behind(call.callee, user) or self.among(call.callee, user, {function}))
            for expr in expressions_of(user.body)
            for call in calls_in(expr)
        )


def _around(paths: Sequence[str], path: str) -> list[str]:
    """Those of *paths* in the widest folder around *path* that has no more than a few of them; else in its own."""
    parts = path.split("/")[:-1]
    for deep in range(len(parts)):
        folder = "/".join((*parts[:deep], ""))
        near = [p for p in paths if p.startswith(folder)]
        if len(near) <= _FILES:
            return near
    return [p for p in paths if p.rpartition("/")[0] == "/".join(parts)]


def _functions_of(found: Iterable[Stored]) -> tuple[Function, ...]:
    return tuple(dict.fromkeys(f for stored in found for f in stored.functions))


def _ends_of_member(source: bytes, field: str) -> Iterator[int]:
    """One past each place where a field of that name is accessed or designated: ``x->field``, ``.field``."""
    word = field.encode()
    for at in places_of(source, word):
        if source[at - 1 : at] == b"." or source[at - 2 : at] == b"->":
            yield at + len(word)


def _is_called(source: bytes, field: str) -> bool:
    """Whether the text calls through a field of that name."""
    return any(_CALL.match(source, past) for past in _ends_of_member(source, field))


def open_brace(source: bytes, floor: int, at: int) -> int:
    """Offset of the brace that is open at *at*, not below *floor*; -1 when none is."""
    depth = 0
    while at > floor:
        at = max(source.rfind(b"{", floor, at), source.rfind(b"}", floor, at))
        if at < 0:
            return -1
        depth += 1 if source[at : at + 1] == b"}" else -1
        if depth < 0:
            return at
    return -1
