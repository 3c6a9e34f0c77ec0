# SPDX-License-Identifier: GPL-2.0-or-later
"""The bytes of a file become macro definitions, and the conditions that a place in it stands under."""

import re

import msgspec

from kpatchlint.facts.places import places_of
from kpatchlint.facts.prepass import blank_comments


class Macro(msgspec.Struct, frozen=True):
    """One ``#define``. ``params`` is None for an object-like macro; a variadic one ends in ``__VA_ARGS__``."""

    name: str
    params: tuple[str, ...] | None
    body: bytes  # comments and continuations gone
    start: int  # byte offset of the directive in its file


_DEFINE = re.compile(rb"[ \t]*#[ \t]*define[ \t]+")
_PARAMS = re.compile(rb"\(([^()]*)\)")
_CONDITION = re.compile(
    rb"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else|endif)\b((?:[^\n\\]|\\.)*)", re.MULTILINE | re.DOTALL
)


def find_macros(source: bytes, name: str) -> list[Macro]:
    """Every definition of *name* in the file (several under different ``#if``)."""
    found = []
    word = name.encode()
    past = 0
    for at in places_of(source, word):
        start = source.rfind(b"\n", 0, at) + 1
        if start >= past and _DEFINE.fullmatch(source, start, at):  # one before past is inside the one before
            end = at + len(word)
            past = _end_of_directive(source, end)
            found.append(_macro(name, start, source[end:past]))
    return found


def _end_of_directive(source: bytes, end: int) -> int:
    """Where the logical line that *end* is on ends."""
    while True:
        line_end = source.find(b"\n", end)
        if line_end < 0:
            return len(source)
        if source[line_end - 1 : line_end] != b"\\":
            return line_end
        end = line_end + 1


def _macro(name: str, start: int, text: bytes) -> Macro:
    params: tuple[str, ...] | None = None
    if text.startswith(b"("):
        closed = _PARAMS.match(text.replace(b"\\\n", b"  "))
        if closed:
            words = [w.strip().decode(errors="replace") for w in closed.group(1).split(b",")]
            params = tuple(_param(w) for w in words if w and w != "\\")
            text = text[closed.end() :]
    body = blank_comments(text.replace(b"\\\n", b" \n")).strip()
    return Macro(name, params, body, start)


def _param(word: str) -> str:
    """``...`` is ``__VA_ARGS__`` in the body; ``args...`` keeps its name."""
    return "__VA_ARGS__" if word == "..." else word.removesuffix("...").strip()


def conditions_at(source: bytes, offset: int) -> tuple[str, ...]:
    """The ``#if`` stack over *offset*, outermost first, e.g. ``("defined(CONFIG_SMP)", "!(X > 2)")``.

    A header's own include guard is left out.
    """
    stack: list[list[str]] = []
    for match in _CONDITION.finditer(source, 0, offset):
        word = match.group(1)
        text = " ".join(match.group(2).decode(errors="replace").replace("\\\n", " ").split())
        text = re.sub(r"/\*.*?\*/|//.*", "", text).strip()
        if word == b"if":
            stack.append([text])
        elif word in (b"ifdef", b"ifndef"):
            guard = word == b"ifndef" and re.fullmatch(r"_*[A-Z0-9_]+_H_*", text)
            stack.append([] if guard else [("!" if word == b"ifndef" else "") + f"defined({text})"])
        elif word == b"endif" and stack:
            stack.pop()
        elif stack and stack[-1]:
            stack[-1][-1] = _negate(stack[-1][-1])
            if word == b"elif":
                stack[-1].append(text)
    return tuple(cond for level in stack for cond in level if cond)


def _negate(cond: str) -> str:
    if cond.startswith("!") and re.fullmatch(r"!(defined\(\w+\)|\(.*\))", cond):
        return cond[1:]
    return f"!{cond}" if re.fullmatch(r"defined\(\w+\)", cond) else f"!({cond})"
