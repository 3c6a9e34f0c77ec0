# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel C becomes C that a plain grammar parses, byte for byte of the same length.

Every rewrite keeps the length, so offsets stay valid; what a rewrite takes away is kept in a side table by offset.
Causes and frequencies: unknown attributes, iterator macros without a semicolon, types as arguments, directives in the
middle of an expression are nine tenths of what tree-sitter-c trips over in the kernel.
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise

_BLANK = bytes(c if c == ord("\n") else ord(" ") for c in range(256))
_DEEPEST_IF = 40  # deeper #if are taken out without a look at what they hold
_COMMENT_OR_STRING = re.compile(
    rb"/\*[^*]*+(?:\*(?!/)[^*]*+)*(?:\*/|\Z)|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL
)
_ATTRIBUTE = re.compile(
    rb"\b(?:__(?:user|iomem|percpu|rcu|force|init|exit|initdata|initconst|ro_after_init|read_mostly|maybe_unused|unused"
    rb"|always_unused|must_check|always_inline|private|nocast|bitwise|packed|cold|hot|pure|noreturn|weak|kernel|safe"
    rb"|meminit|ref|refdata|kprobes|latent_entropy|no_kcsan|no_sanitize_address|uninitialized|cacheline_aligned"
    rb"|cacheline_aligned_in_smp|guarded|noclone|visible|used|le|be)|noinline|noinstr|notrace|asmlinkage"
    rb"|noinline_for_stack|fallthrough_attr|__must_hold|__no_context_analysis|__no_sanitize_memory"
    rb"|__no_kasan_or_inline|___cacheline_aligned_in_smp)\b(?![ \t]*\()"
)
_ATTRIBUTE_CALL = re.compile(
    rb"\b__(?:acquires|releases|must_hold|cond_acquires|printf|scanf|section|aligned|alloc_size|guarded_by|"
    rb"pt_guarded_by|counted_by|counted_by_le|counted_by_be|no_sanitize|must_hold_shared|acquires_shared|"
    rb"releases_shared|excludes)\b[ \t]*\((?:[^()]|\([^()]*\))*\)"
)
_FREE = re.compile(rb"\b__free\s*\(\s*(\w+)\s*\)")
_SCOPED = re.compile(rb"\b(scoped_guard|scoped_cond_guard|scoped_class|scoped_seqlock_read|scoped_with_\w+)(?=\s*\()")
# The statement that a conditional guard runs when it does not get its lock.
_OTHERWISE = re.compile(rb"(\bscoped_cond_guard\s*\(\s*\w+\s*,\s*)(return|goto|break|continue)\b(\s*)(,?)")
_ITERATOR = re.compile(
    rb"\b(\w{0,60}for_each\w{0,60}|\w{0,60}foreach\w{0,60}|do_each_thread|do_each_pid_task|(?:hash|hlist|list|plist|llist|xa|rb|bio|rht)\w{0,60}_for_\w{1,60}"
    rb"|\w{1,60}_FOREACH\w{0,60}|while_each_\w{1,60}|lockdep_for\w{0,60}|__for_\w{1,60})(?=[ \t]*\()"
)
_TYPE_ARGUMENT = re.compile(
    rb"(?<![\w)])((?:const[ \t]+)?(?:struct|union|enum|unsigned|signed)[ \t]+\w+(?:[ \t]*\*+)?|"
    rb"(?:const[ \t]+)?(?:u8|u16|u32|u64|s8|s16|s32|s64|int|char|long|short|size_t|void|bool|gfp_t"
    rb"|typeof[ \t]*\([^()]*\))(?:[ \t]*\*+)+)"
    rb"[ \t]*(?=[,)])"
)
_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*(\w+)(?:[^\n\\]|\\.)*(?:\\\n(?:[^\n\\]|\\.)*)*", re.MULTILINE | re.DOTALL)
_STATIC_MACRO = re.compile(rb"\bstatic\b(?=[ \t]+[A-Z][A-Z0-9_]*[ \t]*\()")  # static DEFINE_RATELIMIT_STATE(rs, ...);
_CASE_RANGE = re.compile(rb"\.\.\.(?=[^\n:]{0,200}:)")
# Inside a body only a macro can be followed by a brace: ``skb_walk_frags(skb, frag) {``.
_MACRO_BLOCK = re.compile(
    rb"^[ \t]*\b(?!if\b|for\b|while\b|switch\b|do\b|else\b|return\b)([a-z_]\w{4,})"
    rb"(?=[ \t]*\((?:[^(){};]|\((?:[^(){};]|\([^(){};]*\))*\))*\)[ \t]*\{)",
    re.MULTILINE,
)
_ASM = re.compile(rb"\b(?:asm|__asm__|__asm)\b(?:\s+(?:volatile|__volatile__|__volatile|inline|goto))*\s*\(")
_PARENTHESIS = re.compile(rb"[()]")
_OFFSETOF = re.compile(rb"\boffsetof(?=[ \t]*\()")
_NO_ARGUMENT = frozenset(
    b"sizeof typeof __typeof__ __typeof alignof __alignof__ if while for switch return _Generic".split()
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Text ready for the grammar, and what was rewritten, by offset.

    ``iterators``: the name of each iterator macro that was turned into ``while``. ``scoped``: the same for
    scoped_guard and its kin. ``cleanups``: the X of each ``__free(X)``.
    """

    text: bytes
    iterators: dict[int, str] = field(default_factory=dict)
    scoped: dict[int, str] = field(default_factory=dict)
    cleanups: dict[int, str] = field(default_factory=dict)


def blank(text: bytes) -> bytes:
    """Spaces of the same length, with the line ends kept."""
    return text.translate(_BLANK)


def blank_comments(source: bytes) -> bytes:
    """Comments become spaces; strings stay."""
    return _COMMENT_OR_STRING.sub(lambda m: m.group() if m.group()[:1] in b"\"'" else blank(m.group()), source)


def prepare(source: bytes) -> Prepared:
    """Rewrite *source* (a function or a macro body) for the grammar; see the module's first lines."""
    strings: dict[int, bytes] = {}

    def hide(match: re.Match[bytes]) -> bytes:
        text = match.group()
        if text[:1] in b"\"'":
            strings[match.start()] = text
            return text[:1] + b"_" * (len(text) - 2) + text[-1:]
        return blank(text)

    text = _COMMENT_OR_STRING.sub(hide, source)
    made = Prepared(b"")
    text = _ATTRIBUTE.sub(lambda m: blank(m.group()), text)
    text = _ATTRIBUTE_CALL.sub(lambda m: blank(m.group()), text)
    text = _without_asm(text)
    text = _take(_FREE, text, made.cleanups, b"")
    text = _OTHERWISE.sub(_otherwise, text)
    text = _take(_SCOPED, text, made.scoped, b"while")
    text = _take(_ITERATOR, text, made.iterators, b"while")
    text = _MACRO_BLOCK.sub(lambda m: _macro_block(m, made.iterators), text)
    text = _OFFSETOF.sub(b"Offsetof", text)  # the grammar's own offsetof takes no a.b and no a[i]
    text = _TYPE_ARGUMENT.sub(lambda m: _type_argument(m, text), text)
    text = _STATIC_MACRO.sub(b"      ", text)
    text = _CASE_RANGE.sub(b" | ", text)
    text = _settle_directives(text)
    return Prepared(text, made.iterators, made.scoped, made.cleanups)


def _without_asm(text: bytes) -> bytes:
    """Assembly without its operands: macros make its text, and a name that they spell out in it is not referred to."""
    kept, past = [], 0
    for match in _ASM.finditer(text):
        if match.start() < past:
            continue
        depth = 1
        for parenthesis in _PARENTHESIS.finditer(text, match.end()):
            depth += 1 if parenthesis.group() == b"(" else -1
            if not depth:
                inside = text[match.end() : parenthesis.start()]
                kept += [text[past : match.end()], b'""' + blank(inside[2:]) if len(inside) > 1 else inside]
                past = parenthesis.start()
                break
        if depth:
            break  # it does not end, and looking for the ends of all that follow would take too long
    return b"".join((*kept, text[past:]))


def _take(pattern: re.Pattern[bytes], text: bytes, table: dict[int, str], keyword: bytes) -> bytes:
    """Replace each match by *keyword*, padded, and note its name; too short a name is left alone."""

    def replace(match: re.Match[bytes]) -> bytes:
        if len(match.group()) < len(keyword):
            return match.group()
        table[match.start()] = match.group(1).decode()
        return keyword + blank(match.group()[len(keyword) :])

    return pattern.sub(replace, text)


def _otherwise(match: re.Match[bytes]) -> bytes:
    """``return -EINTR`` as an argument becomes ``-EINTR``, a lone ``return`` an identifier."""
    lead, keyword, space, comma = match.groups()
    return lead + (keyword.replace(keyword[:1], b"_", 1) if comma else blank(keyword)) + space + comma


def _macro_block(match: re.Match[bytes], table: dict[int, str]) -> bytes:
    """``name(args) {`` becomes a ``while`` that remembers its name."""
    name = match.group(1)
    table[match.start(1)] = name.decode()
    lead = match.group()[: match.start(1) - match.start()]
    return lead + b"while" + b" " * (len(name) - 5)


def _type_argument(match: re.Match[bytes], text: bytes) -> bytes:
    """``container_of(p, struct foo, m)``: a type among arguments becomes one identifier of the same length."""
    before = text[: match.start()].rstrip()
    if before.endswith(b"("):
        word = re.search(rb"(\w+)$", before[:-1].rstrip())
        if not word or word.group(1) in _NO_ARGUMENT:
            return match.group()  # a cast, sizeof or a parameter list
    elif not before.endswith(b","):
        return match.group()
    kept = match.group(1)
    return re.sub(rb"[^\w\n]", b"_", kept) + match.group()[len(kept) :]


def _settle_directives(text: bytes) -> bytes:
    """Keep ``#if`` groups that hold whole statements; of any other keep the first branch and blank the directives."""
    lines = [(m.start(), m.end(), m.group(1)) for m in _DIRECTIVE.finditer(text)]
    if not lines:
        return text
    out = bytearray(text)
    groups: list[list[tuple[int, int, bytes]]] = []
    for start, end, word in lines:
        if word in (b"if", b"ifdef", b"ifndef"):
            groups.append([(start, end, word)])
        elif word in (b"else", b"elif") and groups:
            groups[-1].append((start, end, word))
        elif word == b"endif" and groups:
            group = [*groups.pop(), (start, end, word)]
            if len(groups) >= _DEEPEST_IF:
                for first, past, _ in group:
                    out[first:past] = blank(bytes(out[first:past]))
            elif not all(_is_whole(text[a[1] : b[0]]) for a, b in pairwise(group)) or any(
                g[2] == b"elif" for g in group
            ):
                _keep_first_branch(out, group)
        else:
            out[start:end] = blank(bytes(out[start:end]))
    return bytes(out)


def _keep_first_branch(out: bytearray, group: list[tuple[int, int, bytes]]) -> None:
    for (start, end, _), following in pairwise(group):
        out[start:end] = blank(bytes(out[start:end]))
        if (start, end) != group[0][:2]:
            out[end : following[0]] = blank(bytes(out[end : following[0]]))
    start, end, _ = group[-1]
    out[start:end] = blank(bytes(out[start:end]))


def _is_whole(branch: bytes) -> bool:
    """Whether a branch holds whole statements, so that it may stand alone or be left out."""
    bare = _DIRECTIVE.sub(b"", branch).strip()
    if not bare:
        return True
    if bare.count(b"{") != bare.count(b"}") or bare.count(b"(") != bare.count(b")"):
        return False
    return bare[-1:] in (b";", b"}") and not bare.startswith((b"else", b"||", b"&&", b"case"))
