# SPDX-License-Identifier: GPL-2.0-or-later
"""Text from a patch, a mail or a tree becomes text that is safe to print: nothing in it acts on a terminal."""

import unicodedata

_SAFE_SPACE = " \t"
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ESCAPED_BYTE = range(0xDC80, 0xDD00)  # what surrogateescape makes of an undecodable byte


def printable(text: str, *, tab: str = "\t") -> str:
    """One line of text with every control, bidi, invisible and undecodable character made visible.

    ESC becomes ``\\x1b``, a right-to-left override ``\\u202e``, a line feed ``\\n``: as Python and C write them, so
    that it can be told what was there. A tab becomes *tab*. Letters of any script stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(c, tab) for c in text)


def printable_lines(text: str, *, tab: str = "\t") -> list[str]:
    """The same for text of several lines; only ``\\n`` ends a line here."""
    return [printable(line, tab=tab) for line in text.removesuffix("\n").split("\n")]


def is_command(line: str) -> bool:
    """Whether a CI runner would obey the line in a job's log: GitHub's workflow commands, with blanks before them."""
    return line.lstrip().startswith(("::", "##["))


def disarmed(line: str) -> str:
    """The line with a backslash before what would be such a command."""
    at = len(line) - len(line.lstrip())
    return f"{line[:at]}\\{line[at:]}" if is_command(line) else line


def clip(text: str, limit: int) -> str:
    """At most *limit* characters, the last ones a mark that says how many went (the mark alone may be longer)."""
    if len(text) <= limit:
        return text
    kept = max(limit - len(f"...[{len(text)} more]"), 0)
    return f"{text[:kept]}...[{len(text) - kept} more]"


def decode(raw: bytes) -> str:
    """Bytes of a source file as text: UTF-8, and what is none of it as escaped bytes that ``printable`` shows."""
    return raw.decode("utf-8", "surrogateescape")


def _visible(character: str, tab: str) -> str:
    if character == "\t":
        return tab
    if character in _SAFE_SPACE or unicodedata.category(character) not in _REFUSED:
        return character
    number = ord(character)
    if number in _ESCAPED_BYTE:
        return f"\\x{number - 0xDC00:02x}"
    return {"\n": "\\n", "\r": "\\r"}.get(character) or _numbered(number)


def _numbered(number: int) -> str:
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
