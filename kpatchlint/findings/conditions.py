# SPDX-License-Identifier: GPL-2.0-or-later
"""The conditions of a finding are held against a kernel configuration."""

import re
from collections.abc import Iterable, Mapping

_OPTION = re.compile(r"!?CONFIG_\w+")


def contradicts(conditions: Iterable[str], config: Mapping[str, str]) -> bool:
    """Whether *config* rules out one of *conditions*.

    "CONFIG_X" needs an option that is on (y, m, or a value), "!CONFIG_X" one that is off. An option that the
    configuration does not name is off, as in a build (scripts/kconfig leaves out what cannot be chosen). Conditions
    in other words are left alone: nobody can tell.
    """
    for condition in conditions:
        if _OPTION.fullmatch(condition):
            is_on = config.get(condition.removeprefix("!"), "n") != "n"
            if is_on == condition.startswith("!"):
                return True
    return False
