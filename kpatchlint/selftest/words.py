# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's names that rules and vocabulary go by, looked up in a tree."""

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from kpatchlint.program import Program
from kpatchlint.program.vocabulary import Vocabulary
from kpatchlint.rules.records import Rule
from kpatchlint.selftest.records import MissingWords

_NAME = re.compile(r"[A-Za-z_]\w*")
_DECLARING = 40  # files in which a declaration is looked for
_NAMED = 3  # names in a sentence
_CALL_FIELDS = ("calls", "take", "drop")
# A name that is trusted not to sleep and is gone does no harm: it is never met.
_HARMLESS = frozenset({"trusted", "transparent", "boot_entries"})


def vocabulary_calls(vocabulary: Vocabulary) -> frozenset[str]:
    """Every function or macro that the vocabulary knows by name, but for those that it only trusts not to sleep."""
    return frozenset(name for _, words in _entries(vocabulary) for name in words)


def rule_words(rule: Rule) -> frozenset[str]:
    """What in a rule's parameters is a name in C: with an underscore, where our own choices have a hyphen or none."""
    return frozenset(text for text in _texts(rule.params) if "_" in text and _NAME.fullmatch(text))


def is_known(program: Program, name: str) -> bool:
    """Whether the tree defines *name*, or declares it extern as it does with what is written in assembly."""
    if is_defined(program, name):
        return True
    declared = re.compile(rb"^[ \t]*extern\b[^;{}]*\b%s\b" % name.encode(), re.MULTILINE)
    paths = program.sources.mentioning(name)[:_DECLARING]
    return any(declared.search(program.sources.read(path) or b"") for path in paths)


def is_defined(program: Program, name: str) -> bool:
    """Whether the tree defines *name* as a function or macro, for the program's architecture and anywhere in it."""
    return any(
        program.resolver.in_file(path, name) or program.resolver.macros(name, path)
        for path in program.sources.defining(name)
    )


def lacks(names: Iterable[str]) -> str:
    """The sentence for names that a kernel does not define."""
    said = [f"{name}()" for name in names]
    shown = " and no ".join(said[:_NAMED])
    return f"this kernel has no {shown}" + (f" and {len(said) - _NAMED} more" if len(said) > _NAMED else "")


def find_missing_words(vocabulary: Vocabulary, program: Program) -> tuple[MissingWords, ...]:
    """The entries of which not one name is in the tree. An entry lists spellings of several versions: one will do."""
    return tuple(
        MissingWords(part, words)
        for part, words in _entries(vocabulary)
        if not any(is_known(program, name) for name in words)
    )


def _entries(vocabulary: Vocabulary) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What each entry is, in words, and the calls that it names."""
    for field in msgspec.structs.fields(Vocabulary):
        entries = getattr(vocabulary, field.name)
        if field.name in _HARMLESS or not isinstance(entries, tuple):
            continue
        for entry in entries:
            words = tuple(dict.fromkeys(_calls_of(entry)))
            if words:
                name = getattr(entry, "id", "") or getattr(entry, "effect", "")
                yield f"{field.name.replace('_', ' ')} {name}".strip(), words


def _calls_of(entry: object) -> Iterator[str]:
    levels = getattr(entry, "levels", ()) or ("",)
    for field in _CALL_FIELDS:
        for name in getattr(entry, field, ()):
            yield from (name.format(level=level) for level in levels)
    yield from (registration.call for registration in getattr(entry, "registrations", ()))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for each in value.values() for text in _texts(each))
    elif isinstance(value, Iterable):
        yield from (text for each in value for text in _texts(each))
