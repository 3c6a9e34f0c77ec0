# SPDX-License-Identifier: GPL-2.0-or-later
"""Two versions of some files become what a patch changes in each: the functions every new path must run through."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from zlib import crc32

from kpatchlint.facts.index import is_source
from kpatchlint.facts.macros import find_macros
from kpatchlint.facts.prepass import blank_comments
from kpatchlint.facts.spans import all_functions
from kpatchlint.program.code import Function
from kpatchlint.program.program import Program
from kpatchlint.program.spots import functions_naming
from kpatchlint.tree.records import PlacedPatch

_DEFINE = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.MULTILINE)
_SELECT = re.compile(rb"^[ \t]+select[ \t]+(\w+)", re.MULTILINE)
_WORD = re.compile(rb"[A-Za-z_]\w{2,}")
_MACRO_USERS = 40  # files; a macro that more of them use is not followed to all its users
_NAMED = 40  # functions named on changed lines outside functions


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file in this version, and its lines (from 1) that the other version does not have."""

    path: str
    source: bytes
    lines: frozenset[int]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a rule judges in one version of the program.

    ``functions`` are the changed ones in this version; ``whole`` asks for the tree as it is (``kpatchlint scan``),
    with ``functions`` the ones to judge. Code of ``fragments`` has no place in the tree and is read on its own.
    ``files`` are all that the patch changes, code or not; ``placed`` is the patch, and ``before`` the program without
    it, both in the version after it. ``twins`` are what functions are in the other version, and ``news`` the offsets of
    the calls that are different there; of a function without such an entry everything is new.
    """

    functions: tuple[Function, ...]
    whole: bool = False
    fragments: Mapping[str, int] = field(default_factory=dict)  # path -> offset from which code is only a fragment
    cut_off: frozenset[str] = frozenset()  # of those, the paths whose fragment does not end
    files: tuple[ChangedFile, ...] = ()
    placed: PlacedPatch | None = None
    before: Program | None = None
    twins: Mapping[Function, Function] = field(default_factory=dict)
    news: Mapping[Function, frozenset[int]] = field(default_factory=dict)

    def is_new_at(self, function: Function, at: int) -> bool:
        """Whether what a changed function does at offset *at* is not what it does in the other version."""
        if function not in self.functions:
            return False
        twin = self.twins.get(function)
        if twin is None or function not in self.news or at in self.news[function]:
            return True
        return function.code_at(at) not in " ".join(twin.text.decode(errors="replace").split())

    def as_before(self, function: Function) -> Function | None:
        """The function of that name before the patch, in its file; None where there was none, or more than one."""
        if self.before is None:
            return None
        old = {f.path: f.old_path for f in self.placed.files} if self.placed is not None else {}
        found = self.before.resolver.in_file(old.get(function.path) or function.path, function.name)
        return found[0] if len(found) == 1 else None

    def in_fragment(self, function: Function) -> bool:
        """Whether the function is read from code that has no place in the tree."""
        return function.span.start >= self.fragments.get(function.path, function.span.start + 1)

    def is_cut_off(self, function: Function) -> bool:
        """Whether the function is in a fragment that does not end: it proves nothing."""
        return function.path in self.cut_off and self.in_fragment(function)

    def touches(self, functions: Iterable[Function]) -> bool:
        """Whether any of them is a changed one."""
        changed = set(self.functions)
        return any(f in changed for f in functions)


@dataclass(frozen=True, slots=True)
class FileVersions:
    """One file before and after; None where there is none."""

    path: str
    old_path: str
    before: bytes | None
    after: bytes | None


def build_scopes(before: Program, after: Program, files: Iterable[FileVersions]) -> tuple[Scope, Scope]:
    """The changed functions in both versions, with those that use a changed macro or are named in a changed table.

    Those that change in their own text only have their twins noted.
    """
    old: dict[Function, None] = {}
    new: dict[Function, None] = {}
    around: tuple[dict[Function, None], dict[Function, None]] = ({}, {})  # in scope for what stands outside functions
    twins: dict[Function, Function] = {}
    for file in files:
        if file.path.rpartition("/")[2].startswith("Kconfig"):
            for program, found in zip((before, after), around, strict=True):
                found |= dict.fromkeys(_switched(program, file))
        if not is_source(file.path):  # user space in tools/ and samples/ is no part of the program
            continue
        twins |= _compare_functions(file, old, new)
        for name in sorted(_changed_macros(file)):
            for program, found in zip((before, after), around, strict=True):
                found |= dict.fromkeys(_macro_users(program, name))
        for name in sorted(_named_outside(file)):
            around[0].update(dict.fromkeys(before.resolver.functions(name, file.old_path)))
            around[1].update(dict.fromkeys(after.resolver.functions(name, file.path)))
    alone = {o: n for o, n in twins.items() if o not in around[0] and n not in around[1]}
    return (
        Scope((*old, *(f for f in around[0] if f not in old)), twins=alone),
        Scope((*new, *(f for f in around[1] if f not in new)), twins={n: o for o, n in alone.items()}),
    )


def _switched(program: Program, file: FileVersions) -> Iterator[Function]:
    """The functions of files that hang on a symbol which is selected in one version only."""
    before, after = (set(_SELECT.findall(source or b"")) for source in (file.before, file.after))
    for symbol in sorted(before ^ after):
        for path in program.options.files_needing(symbol.decode()):
            yield from functions_of(path, program.sources.read(path))


def functions_of(path: str, source: bytes | None) -> list[Function]:
    """Every function that a file defines, in order; none for a file that is not there."""
    if source is None:
        return []
    return [Function(path, s, source, crc32(source[s.start : s.end])) for s in all_functions(source)]


def _normal(text: bytes) -> bytes:
    return b" ".join(blank_comments(text).split())


def _compare_functions(
    file: FileVersions, old: dict[Function, None], new: dict[Function, None]
) -> dict[Function, Function]:
    """Add what differs to *old* and *new*; the functions that each version has once, with another text, as pairs."""
    befores, afters = functions_of(file.old_path, file.before), functions_of(file.path, file.after)
    kept = Counter((f.name, _normal(f.text)) for f in befores) & Counter((f.name, _normal(f.text)) for f in afters)
    for functions, into in ((befores, old), (afters, new)):
        left = Counter(kept)
        for function in functions:
            key = (function.name, _normal(function.text))
            if left[key]:
                left[key] -= 1
            else:
                into[function] = None
                # its twin on the other side is in scope too, whatever became of it
    names = {f.name for f in old if f.path == file.old_path} | {f.name for f in new if f.path == file.path}
    old |= dict.fromkeys(f for f in befores if f.name in names)
    new |= dict.fromkeys(f for f in afters if f.name in names)
    twins: dict[Function, Function] = {}
    for name in sorted(names):
        then, now = ([f for f in side if f.name == name] for side in (befores, afters))
        if len(then) == len(now) == 1:
            twins[then[0]] = now[0]
    return twins


def _changed_macros(file: FileVersions) -> set[str]:
    """Names whose definition differs between the versions."""
    bodies: list[dict[str, list[tuple[object, bytes]]]] = []
    for source in (file.before or b"", file.after or b""):
        names = {n.decode() for n in _DEFINE.findall(source)}
        bodies.append(
            {n: [(m.params, _normal(m.body)) for m in find_macros(source, n)] for n in names}
            if len(names) < 3000
            else {}
        )
    return {n for n in bodies[0].keys() | bodies[1].keys() if bodies[0].get(n) != bodies[1].get(n)}


def _macro_users(program: Program, name: str) -> Iterator[Function]:
    paths = program.sources.mentioning(name)
    if len(paths) <= _MACRO_USERS:
        for path in paths:
            yield from functions_naming(path, program.sources.read(path) or b"", name)


def _named_outside(file: FileVersions) -> set[str]:
    """Words on lines that differ outside functions: tables, initialisers, registrations by macro."""
    before, after = (_outside(s) for s in (file.before, file.after))
    changed = (before - after) | (after - before)
    words = [w.decode() for line in changed for w in _WORD.findall(line)]
    return set(words[: _NAMED * 4]) if len(words) <= _NAMED * 20 else set()


def _outside(source: bytes | None) -> set[bytes]:
    """The lines of a file that are in no function and no directive."""
    if source is None:
        return set()
    left, at = [], 0
    for span in all_functions(source):
        left.append(source[at : span.start])
        at = span.end
    left.append(source[at:])
    text = blank_comments(b"\n".join(left))
    return {_normal(line) for line in text.split(b"\n") if line.strip() and not line.lstrip().startswith(b"#")}
