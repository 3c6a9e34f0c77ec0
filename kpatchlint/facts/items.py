# SPDX-License-Identifier: GPL-2.0-or-later
"""The bytes of a file become what stands outside its functions: variables with their initialisers, and macro uses."""

import re
from collections.abc import Iterator

import msgspec

from kpatchlint.facts.prepass import blank, blank_comments
from kpatchlint.facts.spans import all_functions

_STRING = re.compile(rb"\"(?:\\.|[^\"\\\n])*+\"|'(?:\\.|[^'\\\n])*+'")
_TOKEN = re.compile(rb"[{}()\[\];=]")
_DIRECTIVE = re.compile(rb"^[ \t]*#(?:[^\n\\]|\\.)*(?:\\\n(?:[^\n\\]|\\.)*)*", re.MULTILINE | re.DOTALL)
_ATTRIBUTE = re.compile(
    rb"\b_{2,4}(?:(?:net_|mem)?init(?:data|const|mv)?(?:_or_\w+|_memblock)?|exit(?:data|_call)?|exitused|ref(?:data|const)?"
    rb"|(?:lsm_)?ro_after_init|read_mostly|used|\w*unused|visible|weak"
    rb"|aligned|section|attribute__|cacheline\w*|percpu|bootdata\w*|user|iomem|rcu|force|private|hidden|latent_entropy"
    rb"|no_\w+|packed)\b[ \t]*(?:\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))?|\[[^\]]*\]"
)
_ASSEMBLER = re.compile(rb"^[ \t]*\.macro\b", re.MULTILINE)  # a header of assembly has no declarations
_POINTER = re.compile(rb"\(\s*\*\s*(?:const\s+|__\w+\s+)*(\w+)")
_LAST_WORD = re.compile(rb"(\w+)\s*\Z")


class Item(msgspec.Struct, frozen=True):
    """One declaration, or what macros stand for one; it ends with its semicolon.

    ``value`` is the offset of the ``=`` before an initialiser, None where there is none. Offsets count from the start
    of the file; ``text`` is without comments, directives and the contents of strings.
    """

    start: int
    text: bytes
    value: int | None

    @property
    def head(self) -> bytes:
        """What stands before the initialiser: type, name, attributes."""
        return self.text if self.value is None else self.text[: self.value - self.start]

    @property
    def name(self) -> str:
        """The variable that is declared, or "" when it is none."""
        head = self.head.rstrip().removesuffix(b";")
        if b"{" in head and self.value is None:
            return ""
        pointer = _POINTER.search(head)
        word = pointer or _LAST_WORD.search(_ATTRIBUTE.sub(b" ", head).rstrip())
        return word.group(1).decode() if word and (pointer or word.start() > 0) else ""


def find_items(source: bytes) -> list[Item]:
    """Everything at the top level of a file, in order; nothing of its functions."""
    bare = _STRING.sub(lambda m: b'"' + blank(m.group()[2:]) + b'"', blank_comments(source))
    text = bytearray(_DIRECTIVE.sub(lambda m: blank(m.group()), bare))
    for span in all_functions(source):
        text[span.start : span.end] = b";" + blank(bytes(text[span.start + 1 : span.end]))
    if _ASSEMBLER.search(source):
        return []
    return [item for item in split_items(bytes(text)) if not _is_indented(source, item.start)]


def _is_indented(source: bytes, at: int) -> bool:
    """Whether the line at *at* begins with a blank: what does is the inside of something that was not understood."""
    line = source.rfind(b"\n", 0, at) + 1
    return source[line : line + 1] in (b" ", b"\t")


def split_items(text: bytes) -> Iterator[Item]:
    """The declarations of a text without comments, directives and functions."""
    start, depth, value = 0, 0, None
    for token in _TOKEN.finditer(text):
        match token.group():
            case b"{" | b"(" | b"[":
                depth += 1
            case b"}" if text[token.start() - 1 : token.start()] == b"\n":
                depth = 0  # a closing brace in the first column ends everything that an #if left open
            case b"}" | b")" | b"]":
                depth = max(0, depth - 1)
            case b"=" if depth == 0 and value is None:
                value = token.start()
            case b";" if depth == 0:
                yield from _item(text, start, token.end(), value)
                start, value = token.end(), None
            case _:
                pass
    yield from _item(text, start, len(text), value)


def _item(text: bytes, start: int, end: int, value: int | None) -> Iterator[Item]:
    part = text[start:end]
    lead = len(part) - len(part.lstrip())
    if part.strip(b"; \t\n"):
        yield Item(start + lead, part[lead:], value)
