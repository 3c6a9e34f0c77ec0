# SPDX-License-Identifier: GPL-2.0-or-later
"""Settings as they are made and as they are settled."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from kpatchlint.findings.policy import Adjustment
from kpatchlint.settings.keys import Value


class Origin(enum.IntEnum):
    """Where a setting is made; of two the greater one counts."""

    DEFAULT = 0
    FILE = 1
    GIT = 2
    ENVIRONMENT = 3
    FLAG = 4


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and where it was given. ``folder`` is what a relative path in it is relative to."""

    value: Value | None
    origin: Origin
    where: str
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """What one source says: values by key, and severities in the order in which they stand there."""

    values: Mapping[str, Setting] = field(default_factory=lambda: MappingProxyType({}))
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """All layers settled: a setting for each key, and severities of which the last one that applies counts."""

    values: Mapping[str, Setting]
    adjustments: tuple[Adjustment, ...]
    files: tuple[str, ...] = ()

    def text(self, key: str) -> str | None:
        """The value of a key that is text, a path or a word; None when there is none."""
        value = self.values[key].value
        return value if isinstance(value, str) else None

    def switch(self, key: str) -> bool:
        """The value of a key that is true or false."""
        return self.values[key].value is True
