# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands outside functions becomes variables, and who of them holds the address of something.

Tables that registration macros build are found by putting the macros' text in, as the preprocessor does, only as far as
the question needs it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kpatchlint.facts.items import Item, find_items, split_items
from kpatchlint.program.code import MacroUse
from kpatchlint.program.resolve import Resolver

_CALL = re.compile(rb"\b([A-Za-z_]\w*)[ \t\n]*\(")
_ROUNDS = 6  # macros in macros
_VERSIONS = 8  # ways to read one item, where a macro has several definitions
_LONGEST = 60_000  # bytes of an item that is still expanded
_NO_ADDRESS = re.compile(  # what stands in these is measured or left out, not referred to
    rb"\b(?:ARRAY_SIZE|sizeof|typeof|__exit_p|PTR_IF|__stringify|offsetof)[ \t]*\([^()]*\Z"
)


@dataclass(frozen=True)
class Variable:
    """A variable at file scope. ``at`` offsets count from ``start``, as those of a function do from its own start."""

    path: str
    name: str
    head: bytes  # type, name and attributes, without the initialiser
    start: int
    source: bytes = field(repr=False, compare=False)

    @cached_property
    def line(self) -> int:
        """Line of its first word, from 1."""
        return self.line_at(0)

    @property
    def is_static(self) -> bool:
        return re.search(rb"\bstatic\b", self.head) is not None

    def line_at(self, at: int) -> int:
        """Line in the file, from 1."""
        return self.source.count(b"\n", 0, self.start + at) + 1

    def code_at(self, at: int) -> str:
        """The source line at an offset, at most 160 characters."""
        begin = self.source.rfind(b"\n", 0, self.start + at) + 1
        end = self.source.find(b"\n", begin)
        return " ".join(self.source[begin : end if end > 0 else len(self.source)].decode(errors="replace").split())[
            :160
        ]


@dataclass(frozen=True, slots=True)
class Holder:
    """*variable* has an address in its initialiser, at offset *at* of it (or of the macros that build it)."""

    variable: Variable
    at: int


class Data:
    """File-scope data of one version of a tree; answers are remembered."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._items: dict[str, list[Item]] = {}

    def items(self, path: str) -> list[Item]:
        """What stands outside the functions of a file."""
        if path not in self._items:
            self._items[path] = find_items(self._resolver.sources.read(path) or b"")
        return self._items[path]

    def variables(self, path: str) -> Iterator[Variable]:
        """The variables that a file defines (or declares) in plain C."""
        source = self._resolver.sources.read(path) or b""
        for item in self.items(path):
            if item.name:
                yield Variable(path, item.name, item.head, item.start, source)

    def holders(self, name: str, path: str) -> Iterator[Holder]:
        """The variables of a file that hold the address of *name*, however the file is configured."""
        source = self._resolver.sources.read(path) or b""
        for item in self.items(path):
            match = _word(name, item.text)
            if match is None:
                continue
            built = self._built(item.text, name, path)
            if built and not self._is_annotation(built[0].name, path):
                yield Holder(Variable(path, built[0].name, built[0].head, item.start, source), match.start())

    def _is_annotation(self, word: str, path: str) -> bool:
        """Whether what stands where a name is expected is a macro: a mark like __refdata under a name of its own."""
        return word.startswith("__") and any(m.macro.params is None for m in self._resolver.macros(word, path))

    def _built(self, text: bytes, name: str, near: str) -> list[Item]:
        """For each way to read an item, the variable that holds *name*; empty when one of them has none."""
        texts, found = [text], list[Item]()
        for _ in range(_ROUNDS):
            left: list[bytes] = []
            for version in texts:
                for item in split_items(version):
                    if _word(name, item.text) is None:
                        continue
                    value = item.value
                    if item.name and value is not None and _word(name, item.text[value - item.start :]):
                        found.append(item)
                    else:
                        left += self._expanded(item.text, near)
            texts = left
            if not texts:
                return found
            if len(texts) > _VERSIONS:
                return []
        return []

    def _expanded(self, text: bytes, near: str) -> list[bytes]:
        """The item with the macros of its outermost level put in, once for each definition; itself when it has none."""
        versions = [b""]
        at = 0
        for match in _CALL.finditer(text):
            if match.start() < at or text.count(b"{", 0, match.start()) != text.count(b"}", 0, match.start()):
                continue
            macros = [m for m in self._resolver.macros(match.group(1).decode(), near) if m.macro.params is not None]
            end = _closing(text, match.end() - 1)
            if not macros or end is None:
                continue
            before = text[at : match.start()]
            args = _arguments(text[match.end() : end])
            versions = [v + before + _put_in(macro, args) for v in versions for macro in macros][: _VERSIONS + 1]
            at = end + 1
        made = [v + text[at:] for v in versions]
        return made if at and all(len(m) < _LONGEST for m in made) else [text]


def _word(name: str, text: bytes) -> re.Match[bytes] | None:
    """The first place where *name* is referred to, not only measured, nor a field's name."""
    for match in re.finditer(rb"(?<![\w.>])" + re.escape(name.encode()) + rb"(?!\w)", text):
        if not _NO_ADDRESS.search(text, 0, match.start()):
            return match
    return None


def _closing(text: bytes, opening: int) -> int | None:
    """The offset of the parenthesis that closes the one at *opening*."""
    depth = 0
    for match in re.finditer(rb"[()]", text[opening:]):
        depth += 1 if match.group() == b"(" else -1
        if depth == 0:
            return opening + match.start()
    return None


def _arguments(text: bytes) -> list[bytes]:
    args, depth, start = [], 0, 0
    for match in re.finditer(rb"[(){}\[\],]", text):
        token = match.group()
        if token == b"," and depth == 0:
            args.append(text[start : match.start()].strip())
            start = match.end()
        elif token in b"({[":
            depth += 1
        elif token != b",":
            depth -= 1
    return [*args, text[start:].strip()]


def _put_in(macro: MacroUse, args: list[bytes]) -> bytes:
    """The macro's text with the arguments for its parameters, pasted where ``##`` says so."""
    params = macro.macro.params or ()
    values: dict[bytes, bytes] = {}
    for number, param in enumerate(params):
        is_rest = number == len(params) - 1 and (param == "__VA_ARGS__" or len(args) > len(params))
        values[param.encode()] = b", ".join(args[number:]) if is_rest else b"".join(args[number : number + 1])
    return re.sub(rb"[ \t]*##[ \t]*", b"", _substitute(macro.macro.body.replace(b"\\\n", b" \n"), values))


def _substitute(body: bytes, values: Mapping[bytes, bytes]) -> bytes:
    def replace(match: re.Match[bytes]) -> bytes:
        if match.group().startswith(b"#"):
            return b'""'
        return values.get(match.group(), match.group())

    return re.sub(rb"(?<!#)#[ \t]*\w+|[A-Za-z_]\w*", replace, body)
