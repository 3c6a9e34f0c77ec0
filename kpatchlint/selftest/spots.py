# SPDX-License-Identifier: GPL-2.0-or-later
"""Places in a tree's own code where a small edit makes a fault of a known kind."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kpatchlint.facts import ir
from kpatchlint.facts.spans import all_functions
from kpatchlint.program import Program
from kpatchlint.program.balance import imbalances
from kpatchlint.program.callers import calls_of
from kpatchlint.program.code import Function
from kpatchlint.program.spots import functions_naming
from kpatchlint.program.vocabulary import LockCall, Vocabulary

_CORE = ("kernel", "lib", "mm", "fs", "net")  # where most kernels have the same code, plain code first
_FILES = 200  # files looked at for one kind of fault
_SMALL = 400  # bytes of a callee: what else it calls has to be followed, too
_LONGEST = 1500  # bytes of a function that is edited: short ones are the plain cases


@dataclass(frozen=True, slots=True)
class Spot:
    """``source[start:end]`` of *path* becomes *text*, and ``function`` has the fault.

    ``line`` (from 1) is where it has to be reported, 0: anywhere in the function. ``where`` names the place.
    """

    path: str
    start: int
    end: int
    text: bytes
    function: str
    line: int
    where: str

    def edit(self, source: bytes) -> bytes:
        """The file with the fault in it."""
        return source[: self.start] + self.text + source[self.end :]


def in_callbacks(context: str, statement: bytes, program: Program) -> Iterator[Spot]:
    """At the beginning of a function that a callback of *context* calls in its own file, and of the callback itself."""
    seen: set[Function] = set()
    for callback in _callbacks(context, program):
        if callback in seen or not callback.path.endswith(".c") or len(callback.text) > _LONGEST:
            continue
        seen.add(callback)
        for callee in _own_callees(callback, _calls(callback), program):
            yield _at_beginning(callee, statement, f"{callee.name}(), called by {callback.name}()")
        yield _at_beginning(callback, statement, f"{callback.name}()")


def _callbacks(context: str, program: Program) -> Iterator[Function]:
    """Functions of the tree that are registered for a context by a call, or stored in one of its fields."""
    yield from (entry.function for entry in program.callers.all_entries(context))
    for field in program.lexicon.contexts[context].fields:
        both = set(program.sources.mentioning(field.field)) & set(program.sources.mentioning(field.struct))
        for path in sorted(both)[:_FILES]:
            source = program.sources.read(path) or b""
            stored = re.compile(rb"\.%s\s*=\s*&?(\w+)\s*[,}\n]" % field.field.encode())
            for name in dict.fromkeys(stored.findall(source)):
                for function in program.resolver.in_file(path, name.decode()):
                    if (field.struct, field.field) in program.walker.fields.tables_of(function, path):
                        yield function


def under_hold(kind: str, statement: bytes, program: Program, vocabulary: Vocabulary) -> Iterator[Spot]:
    """Where a function takes a hold of *kind*: at the beginning of what it calls before it lets go, and right there."""
    locks = [lock for lock in vocabulary.locks if kind in lock.kinds and lock.drop and lock.result == "always"]
    for lock in sorted(locks, key=lambda lock: len(lock.kinds)):
        for function in _functions_calling(lock.take, program):
            calls = _calls(function)
            held = _between(calls, lock)
            if not held:
                continue
            take, inside = held
            for callee in _own_callees(function, inside, program):
                yield _at_beginning(callee, statement, f"{callee.name}(), called by {function.name}()")
            after = function.span.start + take.end
            if function.source[after : after + 1] == b";":
                line = function.line_at(take.at)
                yield Spot(function.path, after + 1, after + 1, statement, function.name, line, f"{function.name}()")


def in_unlocking_code(again: bool, program: Program, vocabulary: Vocabulary) -> Iterator[Spot]:
    """In a function that locks once and unlocks several times: the first unlock taken away, or the last one doubled."""
    for lock in vocabulary.locks:
        if not (lock.drop and lock.argument == 0 and lock.result == "always"):
            continue
        for function in _functions_calling(lock.take, program):
            calls = _calls(function)
            drops = [call for call in calls if _name(call) in lock.drop]
            takes = [call for call in calls if _name(call) in lock.take]
            if len(takes) != 1 or len(drops) < 2 or any(imbalances(function, program.walker, program.locks)):
                continue
            call = drops[-1 if again else 0]
            start, end = function.span.start + call.at, function.span.start + call.end
            if function.source[end : end + 1] == b";":
                text = function.source[start:end]
                edited = text + b"; " + text if again else re.sub(rb"[^\n]", b" ", text)
                line = function.line_at(call.at) if again else 0
                yield Spot(function.path, start, end, edited, function.name, line, f"{function.name}()")


def beside_init_code(program: Program) -> Iterator[Spot]:
    """At the end of a file: a function that stays and calls one of the file that is thrown away after boot."""
    for path in _core_first(program.sources.mentioning("__init")):
        source = program.sources.read(path) or b""
        for span in all_functions(source):
            if b"__init" in source[span.start : span.body].split():
                name = f"planted_call_of_{span.name}"
                text = f"\nvoid {name}(void)\n{{\n\t{span.name}();\n}}\n".encode()
                line = source.count(b"\n") + 4
                yield Spot(path, len(source), len(source), text, name, line, f"{span.name}()")
                break


def without_guard(name: str, needs: Sequence[str], program: Program) -> Iterator[Spot]:
    """Where the architecture's file that defines *name* has all the words *needs*: the first of them gone from it."""
    for path in program.sources.defining(name):
        source = program.sources.read(path) or b""
        for function in program.resolver.in_file(path, name) if path.startswith("arch/") else ():
            less = re.sub(rb"\b%s\b" % needs[0].encode(), b"planted", source)
            if less != source:
                yield Spot(path, 0, len(source), less, function.name, 0, f"{needs[0]}() of {path}")


def _at_beginning(function: Function, statement: bytes, where: str) -> Spot:
    at = function.span.body + 1
    line = function.source.count(b"\n", 0, at) + 1
    return Spot(function.path, at, at, statement, function.name, line, where)


def _functions_calling(names: Sequence[str], program: Program) -> Iterator[Function]:
    """Short functions in C files that call one of *names*."""
    for name in names:
        for path in _core_first(program.sources.mentioning(name)):
            for function in functions_naming(path, program.sources.read(path) or b"", name):
                if len(function.text) <= _LONGEST and function.body.gaps == 0:
                    yield function


def _core_first(paths: Sequence[str]) -> list[str]:
    files = [path for path in paths if path.endswith(".c")]
    ranks = {folder: rank for rank, folder in enumerate(_CORE)}
    return sorted(files, key=lambda path: (ranks.get(path.partition("/")[0], len(_CORE)), path))[:_FILES]


def _calls(function: Function) -> list[ir.Call]:
    return sorted(calls_of(function.body), key=lambda call: call.at)


def _name(call: ir.Call) -> str:
    return call.callee.id if isinstance(call.callee, ir.Name) else ""


def _between(calls: list[ir.Call], lock: LockCall) -> tuple[ir.Call, list[ir.Call]] | None:
    """The first call that takes the lock, and the calls between it and the next one that drops it."""
    take = next((call for call in calls if _name(call) in lock.take), None)
    if take is None:
        return None
    after = [call for call in calls if call.at > take.at]
    drop = next((call.at for call in after if _name(call) in lock.drop), None)
    return (take, [call for call in after if call.at < drop]) if drop is not None else None


def _own_callees(function: Function, calls: list[ir.Call], program: Program) -> Iterator[Function]:
    """The small functions of the same file that are called, but for those that change what is held."""
    words = program.lexicon.takes.keys() | program.lexicon.drops.keys()
    for name in dict.fromkeys(_name(call) for call in calls):
        found = program.resolver.in_file(function.path, name) if name else ()
        is_small = len(found) == 1 and found[0].is_static and len(found[0].text) <= _SMALL
        if is_small and not words & set(re.findall(r"\w+", found[0].text.decode(errors="replace"))):
            yield found[0]
