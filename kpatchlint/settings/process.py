# SPDX-License-Identifier: GPL-2.0-or-later
"""git config and the environment become layers of settings."""

import os
import subprocess
from collections.abc import Iterator, Mapping

from kpatchlint.findings.policy import Adjustment
from kpatchlint.rules.errors import nearest
from kpatchlint.rules.load import own_rules
from kpatchlint.settings.errors import SettingError
from kpatchlint.settings.file import build_adjustment
from kpatchlint.settings.keys import KEYS, Kind, parse_value
from kpatchlint.settings.records import Layer, Origin, Setting

_PREFIX = "KPATCHLINT_"
_SEVERITY_VARIABLE = "KPATCHLINT_SEVERITY"
# What else is read from the environment; the last three only by the tests of kpatchlint.
_NO_SETTINGS = frozenset(
    {"KPATCHLINT_DEBUG", "KPATCHLINT_ACCEPT", "KPATCHLINT_TREE_6_12", "KPATCHLINT_TREE_6_1"},
)
# A hook has these; the repository asked is the tree's, wherever the hook runs.
_OF_ANOTHER_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX")
_TIMEOUT_S = 20


def read_environment(environment: Mapping[str, str], folder: str) -> Layer:
    """``KPATCHLINT_FAIL_ON=warning``, ``KPATCHLINT_SEVERITY=rule=off,other-rule=note``; an empty one is not set.

    Raises:
        SettingError: a KPATCHLINT_ variable that is none, or a wrong value; the nearest valid one is named.
    """
    known = {key.variable: key for key in KEYS}
    values: dict[str, Setting] = {}
    adjustments: list[Adjustment] = []
    for name, raw in sorted(environment.items()):
        if not name.startswith(_PREFIX) or name in _NO_SETTINGS or not raw:
            continue
        where = f"environment {name}"
        if name == _SEVERITY_VARIABLE:
            adjustments += parse_severities(raw, where)
        elif name in known:
            key = known[name]
            values[key.name] = Setting(parse_value(key, raw, where), Origin.ENVIRONMENT, where, folder)
        else:
            raise SettingError(where, f"no such setting{nearest(name, [*known, _SEVERITY_VARIABLE])}")
    return Layer(values, tuple(adjustments))


def parse_severities(raw: str, where: str) -> Iterator[Adjustment]:
    """``rule=severity,rule=severity`` as adjustments for all paths."""
    for pair in filter(None, (part.strip() for part in raw.split(","))):
        rule, mark, level = pair.partition("=")
        if not mark:
            raise SettingError(where, f"a severity is set as RULE=SEVERITY, not {pair!r}")
        yield build_adjustment(rule.strip(), level.strip(), where)


def read_git_config(folder: str) -> Layer:
    """``kpatchlint.*`` as git at *folder* has it: of the user, of the clone, of ``git -c``; empty without git.

    ``kpatchlint.failOn`` and ``kpatchlint.fail-on`` are the same; ``kpatchlint.severity.RULE`` sets a severity.

    Raises:
        SettingError: an unknown name or a wrong value; the nearest valid one is named.
    """
    values: dict[str, Setting] = {}
    adjustments: list[Adjustment] = []
    known = {_squeezed(key.name): key for key in KEYS}
    names = [*(key.name for key in KEYS), "severity.RULE"]
    for origin, name, raw in _entries(folder):
        where = f"git config kpatchlint.{name} ({origin})"
        group, _, rule = name.partition(".")
        if group == "severity" and rule:
            adjustments.append(build_adjustment(rule, raw, where))
        elif _squeezed(name) in known:
            key = known[_squeezed(name)]
            # git sets a switch by naming it without a value.
            text = "true" if raw is None and key.kind is Kind.SWITCH else raw
            values[key.name] = Setting(parse_value(key, text, where), Origin.GIT, where, folder)
        else:
            sought = f"{group}.RULE" if rule in {each.id for each in own_rules()} else name
            raise SettingError(where, f"no such setting{nearest(sought, names)}")
    return Layer(values, tuple(adjustments))


def _squeezed(name: str) -> str:
    """git has no case in the last part of a name and only shows small letters."""
    return name.replace("-", "").lower()


def _entries(folder: str) -> Iterator[tuple[str, str, str | None]]:
    """(origin, name without "kpatchlint.", value) of each entry, last one to count."""
    environment = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER_REPOSITORY}
    command = ["git", "-C", folder, "config", "-z", "--show-origin", "--get-regexp", r"^kpatchlint\."]
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return  # no git, no settings of git
    fields = done.stdout.decode(errors="replace").split("\0")
    for origin, entry in zip(fields[::2], fields[1::2], strict=False):
        name, mark, value = entry.partition("\n")
        yield origin.removeprefix("file:"), name.partition(".")[2], value if mark else None
