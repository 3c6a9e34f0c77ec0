# SPDX-License-Identifier: GPL-2.0-or-later
"""Functions and macros of a tree: the names of the program, with the text they came from."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from kpatchlint.facts import ir
from kpatchlint.facts.macros import Macro
from kpatchlint.facts.parse import parse_function, parse_macro
from kpatchlint.facts.spans import FunctionSpan

_CALLED = re.compile(rb"\b([A-Za-z_]\w*)[ \t]*\(")


def names_called(text: bytes) -> list[str]:
    """The names that stand before a parenthesis, in their order: calls, and ``if`` and the like."""
    return [name.decode() for name in _CALLED.findall(text)]


@dataclass(frozen=True)
class Function:
    """One function definition. Two are equal when they are the same place with the same text."""

    path: str
    span: FunctionSpan
    source: bytes = field(repr=False, compare=False)
    text_hash: int = 0

    @property
    def name(self) -> str:
        return self.span.name

    @cached_property
    def body(self) -> ir.Body:
        return parse_function(self.source, self.span)

    @cached_property
    def head(self) -> bytes:
        """Specifiers, name and parameters: all before the body."""
        return self.source[self.span.start : self.span.body]

    @property
    def text(self) -> bytes:
        return self.source[self.span.start : self.span.end]

    @property
    def inside(self) -> bytes:
        """The text from the opening brace to the closing one."""
        return self.source[self.span.body : self.span.end]

    @cached_property
    def called(self) -> tuple[str, ...]:
        """``names_called`` in the body: without a parse, and with what macros are called."""
        return tuple(names_called(self.inside))

    @cached_property
    def is_static(self) -> bool:
        return b"static" in self.head[: self.span.params[0] - self.span.start]

    @cached_property
    def is_weak(self) -> bool:
        return b"__weak" in self.head

    @cached_property
    def line(self) -> int:
        """Line of the opening of the declaration's name, from 1."""
        return self.source.count(b"\n", 0, self.span.params[0]) + 1

    def line_at(self, at: int) -> int:
        """Line in the file (from 1) of an offset that counts from the function's start."""
        return self.source.count(b"\n", 0, self.span.start + at) + 1

    def code_at(self, at: int) -> str:
        """The source line (or lines of one statement) at an offset, on one line, at most 160 characters."""
        begin = self.source.rfind(b"\n", 0, self.span.start + at) + 1
        end = self.source.find(b"\n", begin)
        text = self.source[begin:end]
        while text.count(b"(") > text.count(b")") and end > 0 and len(text) < 400:
            end = self.source.find(b"\n", end + 1)
            text = self.source[begin : end if end > 0 else len(self.source)]
        return " ".join(text.decode(errors="replace").split())[:160]

    def __hash__(self) -> int:
        return hash((self.path, self.span.start, self.text_hash))


@dataclass(frozen=True)
class MacroUse:
    """A function-like or object-like macro of the tree."""

    path: str
    macro: Macro
    source: bytes = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        return self.macro.name

    @cached_property
    def body(self) -> ir.Body:
        """Parsed as statements; for a function-like macro."""
        return parse_macro(self.macro.name, self.macro.params or (), self.macro.body)

    @cached_property
    def line(self) -> int:
        return self.source.count(b"\n", 0, self.macro.start) + 1

    def __hash__(self) -> int:
        return hash((self.path, self.macro.start, self.macro.name))
