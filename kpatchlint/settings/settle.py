# SPDX-License-Identifier: GPL-2.0-or-later
"""All layers of settings become one, and what of them decides about findings becomes a policy."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from kpatchlint.findings.baseline import FILE_MAX_BYTES, parse_baseline
from kpatchlint.findings.policy import Baseline, Policy
from kpatchlint.program.config import parse_config
from kpatchlint.settings.errors import SettingError
from kpatchlint.settings.file import read_nearest
from kpatchlint.settings.keys import KEYS, Kind, Value, parse_value
from kpatchlint.settings.process import parse_severities, read_environment, read_git_config
from kpatchlint.settings.records import Layer, Origin, Setting, Settings
from kpatchlint.tree.base import find_top


def settle(flags: Mapping[str, Value], severities: Sequence[str], *, is_isolated: bool = False) -> Settings:
    """Everything that is set, for a command called in the current folder.

    Flags win over the environment, that over git config, and that over the nearest file at or above the current
    folder (or the tree, when the current folder is not in it) up to the top of the tree.

    Args:
        flags: key -> value, as given on the command line.
        severities: values of ``--severity``, RULE=LEVEL[,RULE=LEVEL].
        is_isolated: flags only.

    Raises:
        SettingError: a source has an unknown key or a wrong value.
    """
    here = os.getcwd()
    given = Layer(
        {name: Setting(value, Origin.FLAG, f"flag --{name}", here) for name, value in flags.items()},
        tuple(each for raw in severities for each in parse_severities(raw, "flag --severity")),
    )
    if is_isolated:
        return _merge([given], ())
    environment = read_environment(os.environ, here)
    tree = _named_tree(given, environment)
    git = read_git_config(tree or here)
    tree = tree or _named_tree(git)
    start, top = _search(here, tree)
    layer, file = read_nearest(start, top)
    return _merge([layer, git, environment, given], (file,) if file else ())


def build_policy(settings: Settings) -> Policy:
    """The severities of *settings* and the baseline that they name.

    Raises:
        SettingError: the baseline cannot be read.
        BaselineError: it is none.
    """
    return Policy(adjustments=settings.adjustments, baseline=read_baseline(settings))


def read_baseline(settings: Settings) -> Baseline | None:
    """The baseline that *settings* name, None when they name none."""
    setting = settings.values["baseline"]
    name = settings.text("baseline")
    if name is None:
        return None
    try:
        with open(name, "rb") as stream:
            data = stream.read(FILE_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or "not a file name"
        raise SettingError(setting.where, f"baseline {name}: {said}") from None
    return parse_baseline(data, name)


def read_kernel_config(settings: Settings) -> Mapping[str, str] | None:
    """The options of the kernel configuration that *settings* name, None when they name none.

    Raises:
        UsageError: it cannot be read, or is none.
    """
    name = settings.text("config")
    if name is None:
        return None
    try:
        text = Path(name).read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or "not a file name"
        raise SettingError(settings.values["config"].where, f"{name}: {said}") from None
    return parse_config(text, name)


def _named_tree(*layers: Layer) -> str | None:
    """The tree that the first of these layers names, as a path from the current folder."""
    for layer in layers:
        setting = layer.values.get("tree")
        if setting is not None and isinstance(setting.value, str):
            return os.path.join(setting.folder, os.path.expanduser(setting.value))
    return None


def _search(here: str, tree: str | None) -> tuple[Path, Path]:
    """Where the search for a file starts and where it ends: at the top of the tree, never above it."""
    top = Path(os.path.realpath(find_top(here) if tree is None else tree))
    start = Path(os.path.realpath(here))
    return (start if start.is_relative_to(top) else top), top


def _merge(layers: Sequence[Layer], files: tuple[str, ...]) -> Settings:
    values: dict[str, Setting] = {}
    for key in KEYS:
        values[key.name] = Setting(key.default, Origin.DEFAULT, "default")
        for layer in layers:
            setting = layer.values.get(key.name)
            if setting is None:
                continue
            value = setting.value
            if setting.origin is Origin.FLAG:
                value = parse_value(key, value, setting.where) if value is not None else None
            if key.kind is Kind.PATH and isinstance(value, str):
                value = os.path.normpath(os.path.join(setting.folder, os.path.expanduser(value)))
            values[key.name] = Setting(value, setting.origin, setting.where, setting.folder)
    return Settings(values, tuple(a for layer in layers for a in layer.adjustments), files)
