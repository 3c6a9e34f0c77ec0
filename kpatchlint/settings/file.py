# SPDX-License-Identifier: GPL-2.0-or-later
"""A configuration file becomes a layer of settings. It may come with somebody else's tree, so it can run nothing.

Its values are words, severities and path patterns; the two that name files have to stay below its own folder, and
what is personal (which tree, which revision, colour) is refused.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kpatchlint.findings.policy import EVERY_RULE, Adjustment
from kpatchlint.rules.errors import key_line, nearest
from kpatchlint.rules.load import own_rules
from kpatchlint.settings.errors import SettingError
from kpatchlint.settings.keys import KEYS, Key, Kind, all_names, find_key, parse_level, parse_value
from kpatchlint.settings.records import Layer, Origin, Setting

FILE_NAME = ".kpatchlint.toml"
PROJECT_FILE = "pyproject.toml"
FILE_MAX_BYTES = 1024 * 1024
OVERRIDES_MAX_COUNT = 500
PATTERNS_MAX_COUNT = 500

_PLACE = re.compile(r" \(at line (\d+), column \d+\)$")
_OVERRIDE_HEAD = re.compile(r"[ \t]*\[\[[\w.\- \t\"]*override[ \t]*\]\]")
_OVERRIDE_KEYS = ("paths", "reason", "severity")

Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _File:
    """A file being read: its folder, the name used in messages, and its text."""

    folder: str
    name: str
    text: str

    def at(self, key: str) -> str:
        """The place of a key, for messages."""
        return f"{self.name}:{key_line(self.text, key.rpartition('.')[2])}"

    def overrides(self) -> list[str]:
        """The places of the tables [[override]], which may all have the same keys."""
        lines = enumerate(self.text.splitlines(), start=1)
        return [f"{self.name}:{number}" for number, line in lines if _OVERRIDE_HEAD.match(line)]


def read_nearest(start: Path, top: Path) -> tuple[Layer, str | None]:
    """The nearest file from *start* up to *top*, which has to be at or above it, and its path; no file, no settings.

    In one folder ``.kpatchlint.toml`` counts, then ``[tool.kpatchlint]`` of pyproject.toml.

    Raises:
        SettingError: it cannot be read, is no TOML, has an unknown key (the nearest is named) or a wrong value.
    """
    for folder in (start, *start.parents):
        for name in (FILE_NAME, PROJECT_FILE):
            path = folder / name
            if os.path.lexists(path):
                layer = _read(path, top)
                if layer is not None:
                    return layer, str(path)
        if folder == top:
            break
    return Layer(), None


def _read(path: Path, top: Path) -> Layer | None:
    """One file; None for a pyproject.toml that says nothing of us."""
    name = os.path.relpath(path, top)
    file = _File(str(path.parent), name, _read_text(path, name))
    if path.name == PROJECT_FILE and "kpatchlint" not in file.text:
        return None
    try:
        table: Table = tomllib.loads(file.text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = _PLACE.search(str(error))
        line = place.group(1) if place else "1"
        raise SettingError(f"{name}:{line}", _PLACE.sub("", str(error))) from None
    if path.name == PROJECT_FILE:
        tools = table.get("tool")
        own = tools.get("kpatchlint") if isinstance(tools, dict) else None
        if own is None:
            return None
        table = _table(own, "kpatchlint", file)
    return _parse(table, file)


def _read_text(path: Path, name: str) -> str:
    if path.is_symlink():
        raise SettingError(name, "is a symbolic link, which is not followed")
    try:
        with path.open("rb") as stream:
            data = stream.read(FILE_MAX_BYTES + 1)
    except OSError as error:
        raise SettingError(name, error.strerror or "cannot be read") from None
    if len(data) > FILE_MAX_BYTES:
        raise SettingError(name, "over 1 MiB")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise SettingError(name, "is not UTF-8") from None


def _parse(table: Table, file: _File) -> Layer:
    values: dict[str, Setting] = {}
    adjustments: list[Adjustment] = []
    for name, raw in _flatten(table, file):
        if name == "severity":
            adjustments[:0] = _severities(raw, file)
        elif name == "override":
            adjustments += _overrides(raw, file)
        else:
            key = find_key(name, file.at(name))
            values[name] = _setting(key, raw, file)
    return Layer(values, tuple(adjustments))


def _flatten(table: Table, file: _File) -> Iterator[tuple[str, object]]:
    """Keys as they are named everywhere else: ``[hook] strict`` is ``hook.strict``."""
    groups = {key.name.partition(".")[0] for key in KEYS if "." in key.name}
    for name, raw in table.items():
        if name in groups:
            yield from ((f"{name}.{inner}", value) for inner, value in _table(raw, name, file).items())
        elif isinstance(raw, dict) and name != "severity":
            raise SettingError(file.at(name), f"unknown table {name!r}{nearest(name, [*groups, *all_names()])}")
        else:
            yield name, raw


def _setting(key: Key, raw: object, file: _File) -> Setting:
    where = file.at(key.name)
    if key.is_personal:
        said = f"{key.name!r} is not for a file of a tree; use {key.variable} or git config kpatchlint.{key.name}"
        raise SettingError(where, said)
    value = parse_value(key, raw, where)
    if key.kind is Kind.PATH and isinstance(value, str):
        value = _inside(value, file.folder, where)
    return Setting(value, Origin.FILE, where, file.folder)


def _inside(value: str, folder: str, where: str) -> str:
    """The path that is meant, which has to be below *folder* whatever links are on the way."""
    path = os.path.join(folder, value)
    top = os.path.realpath(folder)
    if os.path.isabs(value) or os.path.commonpath([top, os.path.realpath(path)]) != top:
        raise SettingError(where, f"{value!r} is outside the folder of this file")
    return path


def _overrides(raw: object, file: _File) -> Iterator[Adjustment]:
    where = file.at("override")
    if not isinstance(raw, list) or len(raw) > OVERRIDES_MAX_COUNT:
        raise SettingError(where, f"override has to be an array of at most {OVERRIDES_MAX_COUNT} tables: [[override]]")
    places = file.overrides()
    for number, each in enumerate(raw):
        table = _table(each, "override", file)
        for key in table:
            if key not in _OVERRIDE_KEYS:
                raise SettingError(file.at(key), f"unknown key {key!r} of an override{nearest(key, _OVERRIDE_KEYS)}")
        reason = table.get("reason", "")
        if not isinstance(reason, str):
            raise SettingError(file.at("reason"), f"reason has to be text, not {reason!r}")
        place = places[number] if number < len(places) else where
        paths = _paths(table, file)
        for rule, level in _table(table.get("severity"), "severity", file).items():
            yield build_adjustment(rule, level, place, paths=paths, reason=reason)


def _paths(table: Table, file: _File) -> tuple[str, ...]:
    paths = table.get("paths")
    if not isinstance(paths, list) or not 0 < len(paths) <= PATTERNS_MAX_COUNT:
        raise SettingError(
            file.at("paths"), f"an override needs paths: a list of at most {PATTERNS_MAX_COUNT} patterns"
        )
    for path in paths:
        if not isinstance(path, str) or not path.strip("./") or path.startswith("/") or ".." in path.split("/"):
            raise SettingError(file.at("paths"), f"no pattern of paths below the top of the tree: {path!r}")
    return tuple(paths)


def _severities(raw: object, file: _File) -> Iterator[Adjustment]:
    for rule, level in _table(raw, "severity", file).items():
        yield build_adjustment(rule, level, file.at(rule))


def build_adjustment(
    rule: str, level: object, where: str, *, paths: tuple[str, ...] = (), reason: str = ""
) -> Adjustment:
    """A severity for a rule. Raises SettingError with the nearest rule or severity."""
    known = [each.id for each in own_rules()]
    if rule not in (*known, EVERY_RULE):
        raise SettingError(where, f"no rule {rule!r}{nearest(rule, known)}")
    return Adjustment(rule=rule, severity=parse_level(level, where), where=where, paths=paths, reason=reason)


def _table(raw: object, name: str, file: _File) -> Table:
    if isinstance(raw, dict):
        return raw
    raise SettingError(file.at(name), f"{name} has to be a table")
