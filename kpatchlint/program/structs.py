# SPDX-License-Identifier: GPL-2.0-or-later
"""An expression becomes the struct it is of, or points to, as far as declarations say.

C's types are only asked for where a field's name alone says too little. What a declaration does not show stays "".
"""

import re
from collections.abc import Iterator

from kpatchlint.facts import ir
from kpatchlint.facts.prepass import blank_comments
from kpatchlint.facts.show import show
from kpatchlint.program.code import Function
from kpatchlint.program.resolve import Resolver
from kpatchlint.program.statements import statements_of

_HEADERS = 150  # looked through for the definition of one struct
_LONGEST = 40_000  # bytes of a struct's definition
_TAGGED = re.compile(r"\b(?:struct|union)\s+(\w+)")
_TYPEDEF = re.compile(r"\b(?!(?:const|volatile|static|register)\b)([A-Za-z_]\w*)")
_INCLUDED = re.compile(rb"^[ \t]*#[ \t]*include[ \t]*([<\"])([^>\"\n]+)[>\"]", re.MULTILINE)
_DECLARED = (
    rb"^(?:static[ \t]+)?(?:const[ \t]+)?(?:DEFINE_PER_CPU\w*\()?((?:struct[ \t]+)?\w+)[ \t,*]+%s"
    rb"[ \t]*(?:\[[^\]]*\])?[ \t]*\)?[ \t]*[=;]"
)
_CONTAINERS = frozenset({"container_of", "container_of_const", "list_entry", "list_first_entry", "timer_container_of"})


class Structs:
    """Struct types in one version of a tree; answers are remembered."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._structs: dict[tuple[str, str], bytes] = {}
        self._shared: dict[str, bytes] = {}  # those that a header below include/ defines: the same for everybody
        self._includes: dict[str, tuple[str, ...]] = {}

    def tag_of(self, expr: ir.Expr, function: Function) -> str:
        """The struct (or typedef) that *expr* in *function* is of or points to; "" when nothing shows it."""
        match expr:
            case ir.Name():
                return self._of_name(expr.id, function)
            case ir.Member():
                base = self.tag_of(expr.base, function)
                return self.member(base, expr.field, function.path) if base else ""
            case ir.Index():
                return self.tag_of(expr.base, function)
            case ir.Unary(op="*" | "&"):
                return self.tag_of(expr.operand, function)
            case ir.Cast():
                return _bare(expr.type)
            case ir.Call(callee=ir.Name(id=name)):
                return self._of_call(expr, name, function)
            case _:
                return ""

    def _of_name(self, name: str, function: Function) -> str:
        for param in function.body.params:
            if param.name == name:
                return _bare(param.type)
        for declared in statements_of(function.body):
            if isinstance(declared, ir.Declare) and declared.name == name:
                return _bare(declared.type)
        match = re.search(_DECLARED % re.escape(name.encode()), function.source, re.MULTILINE)
        return _bare(match.group(1).decode()) if match else ""

    def _of_call(self, call: ir.Call, name: str, function: Function) -> str:
        if name in _CONTAINERS:
            return _bare(show(call.args[1])) if len(call.args) > 1 else ""
        kinds = {_bare(f.body.specifiers) for f in self._resolver.functions(name, function.path)}
        return kinds.pop() if len(kinds) == 1 else ""

    def member(self, struct: str, member: str, near: str) -> str:
        """The struct that a member of *struct* is of or points to, as the file *near* sees the definition."""
        key = (struct, near)
        if key not in self._structs:
            self._structs[key] = self._definition(struct, near)
        match = re.search(
            rb"([^;{}]*?)[\s*(]" + re.escape(member.encode()) + rb"\s*(?:\[[^\]]*\]\s*)*[,;:]", self._structs[key]
        )
        return _bare(match.group(1).decode(errors="replace")) if match else ""

    def _definition(self, struct: str, near: str) -> bytes:
        """The text between the braces of a struct's definition, comments blanked."""
        head = re.compile(rb"\bstruct\s+" + re.escape(struct.encode()) + rb"\s*\{")
        for path in self._visible_from(near):
            if path.startswith("include/") and struct in self._shared:
                return self._shared[struct]
            source = self._resolver.sources.read(path) or b""
            match = head.search(source)
            if match:
                text = blank_comments(source[match.end() : _closing(source, match.end())])
                if path.startswith("include/"):
                    self._shared[struct] = text
                return text
        return b""

    def _visible_from(self, near: str) -> Iterator[str]:
        """The file and the headers that it includes, nearest first, bounded."""
        seen = {near: None}
        work = [near]
        while work and len(seen) < _HEADERS:
            path = work.pop(0)
            yield path
            for header in self._headers_of(path):
                if header not in seen:
                    seen[header] = None
                    work.append(header)
        yield from work

    def _headers_of(self, path: str) -> tuple[str, ...]:
        if path not in self._includes:
            found = []
            for kind, name in _INCLUDED.findall(self._resolver.sources.read(path) or b""):
                own = f"{path.rsplit('/', 1)[0]}/{name.decode(errors='replace')}"
                found.append(own if kind == b'"' else f"include/{name.decode(errors='replace')}")
            self._includes[path] = tuple(found)
        return self._includes[path]


def _bare(text: str) -> str:
    """``const struct foo *`` -> ``foo``, ``call_single_data_t`` -> itself."""
    match = _TAGGED.search(text) or _TYPEDEF.search(text)
    return match.group(1) if match else ""


def _closing(source: bytes, at: int) -> int:
    """Where the brace closes that was opened before *at*."""
    depth = 1
    for match in re.finditer(rb"[{}]", source[at : at + _LONGEST]):
        depth += 1 if match.group() == b"{" else -1
        if depth == 0:
            return at + match.start()
    return at
