# SPDX-License-Identifier: GPL-2.0-or-later
"""What is wrong with a rule or vocabulary file, said with file, line and the nearest valid name."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from kpatchlint.text.errors import KpatchlintError


@dataclass(eq=False)
class RuleError(KpatchlintError):
    """A rule or vocabulary file cannot be used. *path* is below rules/, *line* counts from 1."""

    path: str
    line: int
    problem: str

    def __str__(self) -> str:
        return f"rules/{self.path}:{self.line}: {self.problem}"


def nearest(name: str, valid: Iterable[str]) -> str:
    """A hint to append to a message: the nearest valid name, else all of them when there are few, else nothing."""
    names = sorted(set(valid))
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f", did you mean {close[0]!r}?"
    return f"; it can be {', '.join(names)}" if 0 < len(names) <= 20 else ""


def key_line(text: str, key: str) -> int:
    """The line (from 1) on which a TOML *key*, quoted or not, or table ``[...key]`` is set, 1 when there is none."""
    pattern = re.compile(rf"^[^#]*?(?:^|[\s,{{\[.])([\"']?){re.escape(key)}\1\s*(?:=|\]|\.)")
    return next((n for n, line in enumerate(text.splitlines(), start=1) if pattern.search(line)), 1)


def unknown_name(where: tuple[str, str], key: str, value: str, valid: Iterable[str]) -> RuleError:
    """The error for a value that no vocabulary knows. *where* is the file's path below rules/ and its text."""
    path, text = where
    return RuleError(path, key_line(text, key), f"unknown {key} {value!r}{nearest(value, valid)}")
