# SPDX-License-Identifier: GPL-2.0-or-later
"""The bytes of a file become macro definitions, and the conditions that a place in it stands under."""

import re

import msgspec

from kpatchlint.facts.prepass import blank_comments


class Macro(msgspec.Struct, frozen=True):
    """One ``#define``. ``params`` is None for an object-like macro; a variadic one ends in ``__VA_ARGS__``."""

    name: str
    params: tuple[str, ...] | None
    body: bytes  # comments and continuations gone
    start: int  # byte offset of the directive in its file


_PARAMS = re.compile(rb"\(([^()]*)\)")
_CONDITION = re.compile(
    rb"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else|endif)\b((?:[^\n\\]|\\.)*)", re.MULTILINE | re.DOTALL
)


def find_macros(source: bytes, name: str) -> list[Macro]:
    """Every definition of *name* in the file (several under different ``#if``)."""
    found = []
    pattern = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+" + re.escape(name.encode()) + rb"(?![\w])", re.MULTILINE)
    for match in pattern.finditer(source):
        found.append(_macro(source, name, match.start(), match.end()))
    return found


def _macro(source: bytes, name: str, start: int, at: int) -> Macro:
    end = at
    while True:
        line_end = source.find(b"\n", end)
        if line_end < 0:
            line_end = len(source)
            break
        if source[line_end - 1 : line_end] != b"\\":
            break
        end = line_end + 1
    text = source[at:line_end]
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
