# SPDX-License-Identifier: GPL-2.0-or-later
"""The bytes of a Kconfig file become its entries; what is not understood is passed over, and nothing is run.

Documentation/kbuild/kconfig-language.rst is the language. Indentation means nothing here but where a help text ends,
since a mail may have lost it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_HEAD = re.compile(r"(?:menu)?config[ \t]+(\w+)[ \t]*$")
_BREAK = re.compile(r"(?:choice|endchoice|menu|endmenu|comment|source|mainmenu|if|endif)\b")
_HELP = re.compile(r"(?:---help---|help)[ \t]*$")
_TYPE = re.compile(r"(def_)?(bool|tristate|string|hex|int)\b[ \t]*(.*)$")
_CONDITION = re.compile(r"^(.*?)(?:[ \t]+if[ \t]+(.*))?$")
_COMMENT = re.compile(r"[ \t]#.*$")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One line of an entry: what it names, and its ``if`` condition ("" for none), on *line* from 1."""

    value: str
    condition: str
    line: int


@dataclass(slots=True)
class Entry:
    """One ``config``: its symbol, and what its lines say. ``around`` are the conditions of the ``if`` blocks it is in.

    ``prompt`` is the line that shows it to users, None when nothing does; ``defaults`` has ``def_bool y``, too.
    """

    symbol: str
    line: int
    around: tuple[str, ...] = ()
    type: str = ""
    prompt: Attribute | None = None
    defaults: list[Attribute] = field(default_factory=list)
    depends: list[Attribute] = field(default_factory=list)
    selects: list[Attribute] = field(default_factory=list)


def parse_kconfig(source: bytes) -> tuple[Entry, ...]:
    """Every ``config`` and ``menuconfig`` of a file, in order."""
    found: list[Entry] = []
    around: list[str] = []
    help_indent: int | None = None
    for number, text in _lines(source):
        line = text.strip()
        if not line:
            continue
        indent = len(text.expandtabs()) - len(text.expandtabs().lstrip())
        if help_indent is not None and indent > 0 and indent >= help_indent:
            help_indent = help_indent or indent
            continue
        help_indent = None
        head = _HEAD.match(line)
        if head is not None:
            found.append(Entry(head.group(1), number, tuple(around)))
        elif indent == 0 and _BREAK.match(line):
            _follow(line, around)
            found.append(Entry("", number))  # what follows belongs to no entry
        elif _HELP.match(line):
            help_indent = 0
        elif found and found[-1].symbol:
            _attribute(found[-1], line, number)
    return tuple(entry for entry in found if entry.symbol)


def _lines(source: bytes) -> Iterator[tuple[int, str]]:
    """Logical lines with the number of their first, without comments."""
    start, held = 0, ""
    for number, line in enumerate(source.decode(errors="replace").split("\n"), start=1):
        start = start or number
        if line.endswith("\\"):
            held += line[:-1] + " "
            continue
        text = held + line
        yield start, "" if text.lstrip().startswith("#") else _COMMENT.sub("", text)
        start, held = 0, ""


def _follow(line: str, around: list[str]) -> None:
    word, _, rest = line.partition(" ")
    if word == "if":
        around.append(rest.strip())
    elif word == "endif" and around:
        around.pop()


def _attribute(entry: Entry, line: str, number: int) -> None:
    word, _, rest = line.partition(" ")
    if "\t" in word:
        word, _, rest = line.partition("\t")
    rest = rest.strip()
    match word:
        case "depends" if rest.startswith("on"):
            entry.depends.append(Attribute(rest[2:].strip(), "", number))
        case "select" | "imply":
            if word == "select":
                entry.selects.append(_split(rest, number))
        case "default":
            entry.defaults.append(_split(rest, number))
        case "prompt":
            entry.prompt = _split(rest, number)
        case _:
            _type(entry, line, number)


def _type(entry: Entry, line: str, number: int) -> None:
    found = _TYPE.match(line)
    if found is None:
        return
    entry.type = found.group(2)
    if found.group(1):
        entry.defaults.append(_split(found.group(3), number))
    elif found.group(3).startswith(('"', "'")):
        entry.prompt = _split(found.group(3), number)


def _split(rest: str, number: int) -> Attribute:
    found = _CONDITION.match(rest)
    assert found is not None
    return Attribute(found.group(1).strip(), (found.group(2) or "").strip(), number)
