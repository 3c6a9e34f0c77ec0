# SPDX-License-Identifier: GPL-2.0-or-later
"""What the user has given on the command line and what is configured become the parameters of a command."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from kpatchlint.settings.keys import Value
    from kpatchlint.settings.records import Setting, Settings

_F = TypeVar("_F", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Settled:
    """A command's parameters by name, configured ones filled in, and all settings, also those that are no parameter."""

    parameters: dict[str, object]
    settings: "Settings"


def policy_options(command: _F) -> _F:
    """The options on severities and suppression, for every command that judges code."""
    for option in (
        click.option("--isolated", is_flag=True, help="Read no configuration: no file, no git config, no environment."),
        click.option("--severity", metavar="RULE=LEVEL", multiple=True, help="error, warning, note or off for a rule."),
        click.option(
            "--baseline", metavar="FILE", help="Leave out what FILE accepts ('kpatchlint baseline' writes it)."
        ),
    ):
        command = option(command)
    return command


def settle_parameters(context: click.Context, *, without: Collection[str] = ()) -> Settled:
    """Read all settings for the command that is running.

    Args:
        context: the command's.
        without: keys that are meant for another command; their configured values are left alone.

    Raises:
        SettingError: a source has an unknown key or a wrong value.
    """
    from kpatchlint.settings.keys import KEYS
    from kpatchlint.settings.records import Origin
    from kpatchlint.settings.settle import settle

    options = {option.name: option for option in context.command.params if option.name}
    names = {key.name: key.name.replace("-", "_") for key in KEYS if key.name.replace("-", "_") in options}
    names = {key: name for key, name in names.items() if key not in without}
    flags = {
        key: _as_given(context.params[name])
        for key, name in names.items()
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }
    severities = context.params.get("severity") or ()
    settings = settle(flags, severities, is_isolated=bool(context.params.get("isolated")))
    parameters: dict[str, object] = dict(context.params)
    for key, name in names.items():
        setting = settings.values[key]
        if setting.origin not in (Origin.DEFAULT, Origin.FLAG):
            parameters[name] = _converted(options[name], setting, context)
    return Settled(parameters, settings)


def _as_given(value: object) -> "Value":
    """A value that click has converted, as the text that it was."""
    if isinstance(value, tuple):
        return tuple(str(getattr(each, "value", each)) for each in value)
    return value if isinstance(value, bool) else str(value)


def _converted(option: click.Parameter, setting: "Setting", context: click.Context) -> object:
    from kpatchlint.settings.errors import SettingError

    value = ",".join(setting.value) if isinstance(setting.value, tuple) else setting.value
    try:
        return option.type.convert(value, option, context)
    except click.BadParameter as error:
        raise SettingError(setting.where, error.message) from None
