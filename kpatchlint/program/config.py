# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel's .config becomes the values of its options."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from kpatchlint.text.errors import UsageError

_SET = re.compile(r"^(CONFIG_\w+)=(.*)$", re.MULTILINE)
_NOT_SET = re.compile(r"^# (CONFIG_\w+) is not set$", re.MULTILINE)


def parse_config(text: str, name: str) -> Mapping[str, str]:
    """Option -> "y", "m", "n" (not set) or its text, e.g. ``CONFIG_NR_CPUS`` -> "64".

    Args:
        text: the file as scripts/kconfig writes it.
        name: what the user calls the file, for the message.

    Raises:
        UsageError: no line of it sets or unsets an option.
    """
    values = {option: value.strip('"') for option, value in _SET.findall(text)}
    values |= dict.fromkeys(_NOT_SET.findall(text), "n")
    if not values:
        raise UsageError(f"{name} is no kernel configuration: no line of it sets an option")
    return MappingProxyType(values)
