# SPDX-License-Identifier: GPL-2.0-or-later
"""The bytes of one file become the words an index needs: what it may define, and what it mentions.

Every file of the kernel passes through here when nothing is indexed yet: each function is a few passes that run in C.
"""

import re
from itertools import pairwise
from typing import overload

# Letters, digits and the underscore stay; everything else parts words.
_WORDS = bytes(c if (chr(c).isalnum() and c < 128) or c == ord("_") else ord(" ") for c in range(256))
_DIGITS_END = ord("9")  # below every letter and the underscore in ASCII
_BACKSLASH = ord("\\")
_SHORTEST = 2  # letters; one letter is a loop counter
_KEYWORDS = frozenset(
    b"auto bool break case char const continue default do double else enum extern float for goto if inline int long "
    b"register return short signed sizeof static struct switch typedef union unsigned void volatile while".split()
)

# A line in column 0 that could head a definition: it has a parenthesis. What ends in ``;`` is left out below.
_HEAD_LINE = re.compile(rb"\n([A-Za-z_*][^\n(]*\([^\n]*)")
_BEFORE_PARENTHESIS = re.compile(rb"\b([A-Za-z_]\w*+)[ \t]*+\(")
_DEFINE = re.compile(rb"#[ \t]*define[ \t]+(\w+)")
_STRUCT = re.compile(rb"\n[ \t]*(?:typedef[ \t]+)?(?:struct|union)[ \t]+(\w+)[^;{}()\n]*\{")
_SYSCALL = re.compile(rb"^(?:COMPAT_)?SYSCALL(?:32)?_DEFINE\d[ \t]*\([ \t]*(\w+)", re.MULTILINE)

_TABLE_BYTES = 100_000  # no smaller file is taken for a register list


def mentioned_words(source: bytes) -> set[bytes]:
    """Every name of at least two letters in the code of a file; a few that stand only in comments are in it too."""
    words = set(strip_comments(source).translate(_WORDS).split())
    words -= _KEYWORDS
    return {w for w in words if w[0] > _DIGITS_END and len(w) >= _SHORTEST}


def defined_words(source: bytes) -> set[bytes]:
    """Names that the file may define as a function or as a macro, and the structs, by their keys.

    A superset: a prototype that spans lines is in it too. Whoever asks reads the file and looks.
    """
    shared, kept = split_defined_words(source)
    return shared | kept


def split_defined_words(source: bytes) -> tuple[set[bytes], set[bytes]]:
    """The same for a C file: names that other files may mean, and those that only the file itself can.

    Static functions, macros and structs are the file's own. What is not seen to be static is taken to be shared.
    """
    lines = [line for line in _HEAD_LINE.findall(b"\n" + source) if line[-1:] != b";" or b"{" in line]
    shared = set(_BEFORE_PARENTHESIS.findall(b"\n".join([line for line in lines if not line.startswith(b"static")])))
    if b"SYSCALL" in source:
        shared.update(b"sys_" + w for w in _SYSCALL.findall(source))
    kept = set(_BEFORE_PARENTHESIS.findall(b"\n".join([line for line in lines if line.startswith(b"static")])))
    kept.update(_DEFINE.findall(source))
    kept.update(map(struct_key, _STRUCT.findall(b"\n" + source)))
    return shared, kept - shared


@overload
def struct_key(tag: bytes) -> bytes: ...
@overload
def struct_key(tag: str) -> str: ...
def struct_key(tag: bytes | str) -> bytes | str:
    """The word under which definitions of ``struct tag`` (or union) are indexed; no function is called like that."""
    return b"struct " + tag if isinstance(tag, bytes) else "struct " + tag


def strip_comments(source: bytes) -> bytes:
    """*source* without its block comments, each gone or whole: what could be the inside of a string stays.

    Twenty times as fast as a scanner that knows strings, which is what makes it worth its caution.
    """
    pieces = source.split(b"/*")
    kept = [pieces[0]]
    in_doubt = False
    for raw, piece in pairwise(pieces):
        before = kept[-1]
        line = before.rfind(b"\n") + 1
        lead = before[line:]
        in_doubt = b'"' in lead or b"'" in lead or b"//" in lead or lead[-1:] == b"/" or (in_doubt and not line)
        # ``*/*`` and ``/*/`` may be the end of a comment too
        in_doubt |= raw[-1:] == b"*" or piece[:1] == b"/" or (not raw and len(kept) > 1)
        if in_doubt or (line > 1 and before[line - 2] == _BACKSLASH):
            in_doubt = True
            kept.append(piece)
        else:
            kept.append(piece.partition(b"*/")[2])
    return b" ".join(kept)


def is_constant_table(source: bytes) -> bool:
    """Whether a header is nothing but thousands of ``#define NAME number`` (register lists): nobody calls those."""
    if len(source) < _TABLE_BYTES:
        return False
    lines = source.count(b"\n") + 1
    return source.count(b"\n#define ") > 0.8 * lines and source.count(b"(") < 0.1 * lines
