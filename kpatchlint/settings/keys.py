# SPDX-License-Identifier: GPL-2.0-or-later
"""The settings that there are, and a raw value becomes a typed one."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

from kpatchlint.findings.records import Severity, State
from kpatchlint.rules.errors import nearest
from kpatchlint.settings.errors import SettingError

Value = str | bool | tuple[str, ...]

OFF = "off"
NEVER = "never"
LEVELS = MappingProxyType({**{severity.value: severity for severity in Severity}, OFF: None})

_FAIL_ON = (*(severity.value for severity in Severity), NEVER)
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0", "")


class Kind(enum.Enum):
    """What a value has to be. A PATH of a file that lies in a tree must stay below that file's folder."""

    TEXT = "text"
    PATH = "path"
    WORD = "one of a few words"
    WORDS = "a list of such words"
    SWITCH = "true or false"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One setting. ``is_personal``: not for a file that comes with a tree, which may be anybody's."""

    name: str
    said: str
    kind: Kind = Kind.TEXT
    words: tuple[str, ...] = ()
    default: Value | None = None
    is_personal: bool = False

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return "KPATCHLINT_" + self.name.upper().replace("-", "_").replace(".", "_")


KEYS = (
    Key(name="arch", said="architecture; default: the one that the patches touch, else arm64"),
    Key(name="baseline", said="file with findings that are accepted", kind=Kind.PATH),
    Key(
        name="color",
        said="colour of text",
        kind=Kind.WORD,
        words=("auto", "always", "never"),
        default="auto",
        is_personal=True,
    ),
    Key(name="config", said="a kernel .config; what it rules out is not reported", kind=Kind.PATH),
    Key(name="fail-on", said="least severity that fails a check", kind=Kind.WORD, words=_FAIL_ON, default="error"),
    Key(name="format", said="format of the report", default="text"),
    Key(
        name="hook.fail-on",
        said="least severity for which git send-email is refused",
        kind=Kind.WORD,
        words=_FAIL_ON,
        default="error",
    ),
    Key(
        name="hook.strict",
        said="refuse git send-email when the check itself fails",
        kind=Kind.SWITCH,
        default=False,
    ),
    Key(name="rev", said="revision of a git tree", is_personal=True),
    Key(
        name="show",
        said="states shown beside the introduced ones",
        kind=Kind.WORDS,
        words=tuple(state.value for state in State),
        default=(),
    ),
    Key(name="tree", said="kernel tree; default: the one around the current folder", kind=Kind.PATH, is_personal=True),
)


def find_key(name: str, where: str) -> Key:
    """The key of that name. Raises SettingError with the nearest one."""
    for key in KEYS:
        if key.name == name:
            return key
    raise SettingError(where, f"unknown setting {name!r}{nearest(name, all_names())}")


def all_names() -> Iterator[str]:
    """Every name that a file may use, tables included."""
    yield from (key.name for key in KEYS)
    yield from ("severity", "override")


def parse_value(key: Key, raw: object, where: str) -> Value:
    """A value as TOML has it, or as text from the environment, from git or from a flag.

    Raises:
        SettingError: it is not what the key takes; the nearest word is named.
    """
    match key.kind:
        case Kind.SWITCH:
            return _switch(key, raw, where)
        case Kind.WORDS:
            return tuple(_word(key, each, where) for each in _items(key, raw, where))
        case Kind.WORD:
            return _word(key, raw, where)
        case Kind.TEXT | Kind.PATH:
            if not isinstance(raw, str) or not raw or "\0" in raw:
                raise SettingError(where, f"{key.name} has to be text, not {raw!r}")
            return raw


def parse_level(raw: object, where: str) -> Severity | None:
    """A severity, or None for "off"."""
    if isinstance(raw, str) and raw in LEVELS:
        return LEVELS[raw]
    raise SettingError(where, f"no severity {raw!r}{nearest(str(raw), LEVELS)}")


def render_value(value: Value | None) -> str:
    """A value as ``kpatchlint config show`` prints it and as a flag takes it."""
    match value:
        case None:
            return "-"
        case bool():
            return "true" if value else "false"
        case tuple():
            return ",".join(value) or "-"
        case str():
            return value


def _word(key: Key, raw: object, where: str) -> str:
    if isinstance(raw, str) and raw in key.words:
        return raw
    raise SettingError(where, f"{key.name} cannot be {raw!r}{nearest(str(raw), key.words)}")


def _items(key: Key, raw: object, where: str) -> list[object]:
    if isinstance(raw, str):
        return [word.strip() for word in raw.split(",") if word.strip()]
    if isinstance(raw, list | tuple):
        return list(raw)
    raise SettingError(where, f"{key.name} has to be a list, not {raw!r}")


def _switch(key: Key, raw: object, where: str) -> bool:
    if isinstance(raw, bool):
        return raw
    word = raw.lower() if isinstance(raw, str) else None
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise SettingError(where, f"{key.name} has to be true or false, not {raw!r}")
