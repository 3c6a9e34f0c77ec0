# SPDX-License-Identifier: GPL-2.0-or-later
"""The bytes of one file become the words an index needs: what it may define, and what it mentions."""

import re

# Letters, digits and the underscore stay; everything else parts words.
_WORDS = bytes(c if (chr(c).isalnum() and c < 128) or c == ord("_") else ord(" ") for c in range(256))
# Attributes with arguments, which stand where a function's name could.
_ATTRIBUTE = (
    rb"__(?:attribute__|alloc_size|printf|scanf|aligned|section|malloc|realloc_size|no_sanitize"
    rb"|acquires|releases|must_hold)"
)
_HEAD = re.compile(
    rb"^(?=[A-Za-z_])(?!typedef\b|EXPORT_|MODULE_)(?:"
    + _ATTRIBUTE
    + rb"[ \t]*\((?:[^()\n]|\([^()\n]*\))*\)|[\w \t*])*?"
    rb"\b(?!" + _ATTRIBUTE + rb"\b)([A-Za-z_]\w*)[ \t]*\((?:[^\n;{]*$|[^\n]*\{)",
    re.MULTILINE,
)
_DEFINE = re.compile(
    rb"#[ \t]*define[ \t]+(\w+)(?:\(|[ \t]+(?![ \t]*[0-9(]*0?[xX]?[0-9a-fA-F]+[uUlL)]*[ \t]*$))", re.MULTILINE
)
_SYSCALL = re.compile(rb"^(?:COMPAT_)?SYSCALL(?:32)?_DEFINE\d[ \t]*\((\w+)", re.MULTILINE)
_SHORTEST = 3  # letters; shorter names are loop counters


def mentioned_words(source: bytes) -> set[bytes]:
    """Every word of at least three letters in the file, comments and strings included (a superset on purpose)."""
    return {w for w in source.translate(_WORDS).split() if len(w) >= _SHORTEST}


def defined_words(source: bytes) -> set[bytes]:
    """Names that the file may define as a function or as a macro other than a plain number.

    A superset: a prototype that spans lines is in it too. Whoever asks reads the file and looks.
    """
    words = set(_HEAD.findall(source))
    words.update(_DEFINE.findall(source))
    if b"SYSCALL" in source:
        words.update(b"sys_" + w for w in _SYSCALL.findall(source))
    return words


def is_constant_table(source: bytes) -> bool:
    """Whether a header is nothing but thousands of ``#define NAME number`` (register lists): nobody calls those."""
    if len(source) < 100_000:
        return False
    lines = source.count(b"\n") + 1
    return source.count(b"\n#define ") > 0.8 * lines and source.count(b"(") < 0.1 * lines
