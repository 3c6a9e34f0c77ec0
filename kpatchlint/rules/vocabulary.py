# SPDX-License-Identifier: GPL-2.0-or-later
"""The files rules/vocabulary/*.toml become one vocabulary; each may hold any part of it."""

import functools

import msgspec

from kpatchlint.program.vocabulary import Vocabulary
from kpatchlint.rules.convert import convert
from kpatchlint.rules.errors import RuleError
from kpatchlint.rules.folder import RuleFolder, own_rule_folder, parse_toml
from kpatchlint.rules.parsed import read_or_parse

_FOLDER = "vocabulary/"

_Part = msgspec.defstruct(
    "_Part",
    [(f.name, f.type | msgspec.UnsetType, msgspec.UNSET) for f in msgspec.structs.fields(Vocabulary)],
    frozen=True,
    forbid_unknown_fields=True,
)


@functools.cache
def own_vocabulary() -> Vocabulary:
    """The vocabulary that this installation ships."""
    return read_or_parse("vocabulary", Vocabulary, own_rule_folder(), parse_vocabulary)


def parse_vocabulary(folder: RuleFolder) -> Vocabulary:
    """Put the parts together: lists are joined in the order of file names, a single entry may stand only once.

    Raises:
        RuleError: with file and line; when a part is in no file, at the folder.
    """
    merged: dict[str, object] = {}
    for path, content in sorted(folder.files.items()):
        if path.startswith(_FOLDER):
            text = content.decode("utf-8", "replace")
            part = convert(parse_toml(text, path), _Part, (path, text))
            _merge(merged, part, path)
    missing = [f.name for f in msgspec.structs.fields(Vocabulary) if f.required and f.name not in merged]
    if missing:
        raise RuleError(_FOLDER, 1, f"no file says {' or '.join(missing)}")
    return msgspec.convert(merged, Vocabulary)


def _merge(merged: dict[str, object], part: msgspec.Struct, path: str) -> None:
    for name, value in msgspec.structs.asdict(part).items():
        known = merged.get(name)
        if value is msgspec.UNSET:
            continue
        if known is None:
            merged[name] = value
        elif isinstance(known, tuple) and isinstance(value, tuple):
            merged[name] = known + value
        else:
            raise RuleError(path, 1, f"{name!r} is in another file already")
