# SPDX-License-Identifier: GPL-2.0-or-later
"""The bytes of a file become function spans, by looking for names and braces, without a parse.

A tree-sitter parse of the kernel takes a minute; cutting the few hundred functions that an analysis asks for out of
their files takes milliseconds. The cutter relies on two habits that the kernel's coding style makes law: a function's
definition starts in column 0, and its closing brace stands in column 0 (or on the line of its opening brace).
tests/facts/test_spans_real_tree.py holds it against a full parse.
"""

import re
from collections.abc import Iterator

import msgspec


class FunctionSpan(msgspec.Struct, frozen=True, array_like=True):
    """Where one function definition lies in its file. All are byte offsets into the file.

    ``start`` is the first byte of the declaration (its specifiers), ``params`` the offsets inside the parentheses,
    ``body`` the opening brace, ``end`` one past the closing brace.
    """

    name: str
    start: int
    params: tuple[int, int]
    body: int
    end: int


_NAME = re.compile(rb"[A-Za-z_]\w*")
_SPACE_OR_COMMENT = re.compile(rb"(?:[ \t\r\n\\]++|/\*[^*]*+(?:\*(?!/)[^*]*+)*(?:\*/|\Z)|//[^\n]*+)*", re.DOTALL)
_SKIPPED = re.compile(
    rb"/\*[^*]*+(?:\*(?!/)[^*]*+)*(?:\*/|\Z)|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL
)
_PAREN = re.compile(rb"[()]|/\*|//|\"|'|^#|[;{}]", re.MULTILINE)
_BRACE = re.compile(rb"[{}\n]|/\*|//|\"|'")
# Words that stand before a parenthesis in column-0 code and define no function.
_NO_FUNCTION = frozenset(
    b"if while for switch return sizeof typeof __typeof__ __attribute__ __aligned __section asm __asm__ defined "
    b"__printf __scanf __acquires __releases __must_hold __alloc_size __no_sanitize __malloc __diagnose_as "
    b"__cond_acquires __bpf_kfunc __always_inline noinline __nonnull".split()
)
# What may stand between a parameter list and the body, besides words that begin with two underscores.
_LATE_ATTRIBUTES = frozenset(b"notrace noinstr noinline asmlinkage".split())
_SYSCALL = re.compile(rb"(?:COMPAT_)?SYSCALL(?:32)?_DEFINE\d")
_BEFORE_PARENTHESIS = (b"(", b" ", b"\t", b"\n")
_INDENT = (b" ", b"\t", b"#", b"/")
_LONGEST_HEADER = 4000  # bytes from a name to its body; a longer one is no function header
# What a patch may make us try: no header of the kernel comes near.
_DEEPEST_PARENTHESES = 32
_MOST_LATE_WORDS = 32
_MOST_NAMES_ON_A_LINE = 16


def _past_parentheses(source: bytes, open_at: int, limit: int) -> int | None:
    """Offset one past the parenthesis that closes the one at *open_at*, or None when code intervenes."""
    depth, at = 0, open_at
    while match := _PAREN.search(source, at, limit):
        token = match.group()
        if token == b"(":
            depth += 1
            if depth > _DEEPEST_PARENTHESES:
                return None
            at = match.end()
        elif token == b")":
            depth -= 1
            at = match.end()
            if depth == 0:
                return at
        elif token in (b"/*", b"//", b'"', b"'"):
            skipped = _SKIPPED.match(source, match.start(), limit)
            at = skipped.end() if skipped else match.end()
        elif token == b"#":
            line_end = source.find(b"\n", match.end())
            at = line_end if line_end >= 0 else limit
        else:
            return None
    return None


def _body_after(source: bytes, at: int) -> int | None:
    """Offset of the opening brace that follows a parameter list, with attributes and comments in between."""
    limit = min(len(source), at + _LONGEST_HEADER)
    for _ in range(_MOST_LATE_WORDS):
        skipped = _SPACE_OR_COMMENT.match(source, at, limit)
        at = skipped.end() if skipped else at
        if at >= limit:
            return None
        if source[at : at + 1] == b"{":
            return at
        if source[at : at + 1] == b"#" and source[at - 1 : at] == b"\n":
            at = source.find(b"\n", at)
            if at < 0:
                return None
            continue
        word = _NAME.match(source, at)
        if not word or not (word.group().startswith(b"__") or word.group() in _LATE_ATTRIBUTES):
            return None
        at = word.end()
        if source[at : at + 1] == b"(":
            past = _past_parentheses(source, at, limit)
            if past is None:
                return None
            at = past
    return None


def _body_end(source: bytes, body: int) -> int:
    """Offset one past the closing brace of the body that opens at *body*."""
    line_end = source.find(b"\n", body)
    if line_end < 0:
        line_end = len(source)
    depth, at = 0, body
    while match := _BRACE.search(source, at, line_end):  # a body on one line
        token = match.group()
        at = match.end()
        if token == b"{":
            depth += 1
        elif token == b"}":
            depth -= 1
            if depth == 0:
                return at
        else:
            skipped = _SKIPPED.match(source, match.start(), line_end)
            at = skipped.end() if skipped else at
    close = source.find(b"\n}", line_end if line_end < len(source) else body)
    return close + 2 if close >= 0 else len(source)


def _declaration_start(source: bytes, name_at: int) -> int | None:
    """First byte of the declaration that *name_at* belongs to, or None when the name is not at top level."""
    line = source.rfind(b"\n", 0, name_at) + 1
    if line >= len(source) or source[line : line + 1] in _INDENT:
        return None
    # A return type or attributes may stand alone on the lines above; they must, where only stars are before the name.
    name_line = line
    while line > 0:
        above = source.rfind(b"\n", 0, line - 1) + 1
        text = source[above : line - 1].rstrip()
        if not text or not re.fullmatch(rb"[A-Za-z_][\w \t*]*(?:\([^(){};]*\))?", text):
            break
        if text.endswith(b":") or text.startswith(b"#") or _is_macro_line(text):
            break
        line = above
    return None if line == name_line and source[line : line + 1] == b"*" else line


def _is_macro_line(text: bytes) -> bool:
    """Whether a column-0 line such as ``EXPORT_SYMBOL(x)`` or ``DEFINE_MUTEX(l)`` stands on its own."""
    head = text.split(b"(", 1)[0].strip()
    return b"(" in text and b" " not in head and head.isupper()


def span_at(source: bytes, name_at: int) -> FunctionSpan | None:
    """The definition whose name is at *name_at*, or None when that name does not head a definition."""
    name = _NAME.match(source, name_at)
    if not name or name.group() in _NO_FUNCTION:
        return None
    after = _SPACE_OR_COMMENT.match(source, name.end(), name.end() + _LONGEST_HEADER)
    open_at = after.end() if after else name.end()
    if source[open_at : open_at + 1] != b"(":
        return None
    past = _past_parentheses(source, open_at, min(len(source), open_at + _LONGEST_HEADER))
    if past is None:
        return None
    body = _body_after(source, past)
    if body is None:
        return None
    start = _declaration_start(source, name_at)
    if start is None:
        return None
    text = name.group().decode()
    if _SYSCALL.fullmatch(name.group()):  # SYSCALL_DEFINE3(read, ...) is the function sys_read
        first = _NAME.search(source, open_at, past)
        text = "sys_" + first.group().decode() if first else text
    return FunctionSpan(text, start, (open_at + 1, past - 1), body, _body_end(source, body))


def find_functions(source: bytes, name: str) -> list[FunctionSpan]:
    """Every definition of *name*, a whole word, in the file: several when they are in different ``#if`` branches."""
    if not name:
        return []
    spans = []
    past = 0
    for at in _places_of(source, name):
        if at >= past and _first_of_line(source, at) not in _INDENT:
            span = span_at(source, at)
            if span is not None and span.name == name:
                spans.append(span)
                past = span.end
    return spans


def _first_of_line(source: bytes, at: int) -> bytes:
    line = source.rfind(b"\n", 0, at) + 1
    return source[line : line + 1]


def _places_of(source: bytes, name: str) -> Iterator[int]:
    """Where *name* stands as a word before a parenthesis; for ``sys_x`` also where SYSCALL_DEFINE names x."""
    word = name.encode()
    at = source.find(word)
    while at >= 0:
        end = at + len(word)
        if source[end : end + 1] in _BEFORE_PARENTHESIS and not (
            source[at - 1 : at].isalnum() or source[at - 1 : at] == b"_"
        ):
            yield at
        at = source.find(word, end)
    if name.startswith("sys_"):
        for match in _SYSCALL.finditer(source):
            after = _NAME.search(source, match.end())
            if after and after.group() == word[4:]:
                yield match.start()


_HEADER = re.compile(
    rb"^(?!typedef\b|struct\b[^()\n;]*\{|union\b[^()\n;]*\{|enum\b[^()\n;]*\{|return\b|else\b|goto\b|case\b|default\b)"
    rb"(?:[\w \t*]|\b__\w++[ \t]*+\((?:[^()\n]|\([^()\n]*\))*\))*?\b([A-Za-z_]\w*)[ \t]*\(",
    re.MULTILINE,
)
_LATER_NAME = re.compile(rb"\)[ \t]*(?:[\w \t*]*?)\b([A-Za-z_]\w*)[ \t]*\(")


def all_functions(source: bytes) -> Iterator[FunctionSpan]:
    """Every function definition of the file, in order."""
    at = 0
    while match := _HEADER.search(source, at):
        span = _span_on_line(source, match.start(1))
        if span is None:
            at = match.end()
        else:
            yield span
            at = span.end


def _span_on_line(source: bytes, name_at: int) -> FunctionSpan | None:
    """The definition headed by *name_at*, or by a later name on its line (``__printf(1, 2) void f(...)``)."""
    line_end = source.find(b"\n", name_at)
    for _ in range(_MOST_NAMES_ON_A_LINE):
        span = span_at(source, name_at)
        if span is not None:
            return span
        later = _LATER_NAME.search(source, name_at, line_end if line_end >= 0 else len(source))
        if not later:
            break
        name_at = later.start(1)
    return None


def enclosing_function(source: bytes, offset: int) -> FunctionSpan | None:
    """The function whose body or parameter list covers *offset*, or None at top level."""
    close = source.rfind(b"\n}", 0, offset)
    at = close + 2 if close >= 0 else 0
    while match := _HEADER.search(source, at):
        if match.start() > offset:
            return None
        span = _span_on_line(source, match.start(1))
        if span is None:
            at = match.end()
        elif span.end > offset:
            return span if span.start <= offset else None
        else:
            at = span.end
    return None
