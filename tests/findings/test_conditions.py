# SPDX-License-Identifier: GPL-2.0-or-later
"""Which conditions a configuration rules out."""

import pytest

from kpatchlint.findings.conditions import contradicts

CONFIG = {"CONFIG_ON": "y", "CONFIG_MODULE": "m", "CONFIG_OFF": "n", "CONFIG_NR_CPUS": "64"}


@pytest.mark.parametrize(
    ("condition", "is_ruled_out"),
    [
        pytest.param("CONFIG_ON", False, id="needs what is on"),
        pytest.param("CONFIG_MODULE", False, id="needs what is a module"),
        pytest.param("CONFIG_NR_CPUS", False, id="needs what has a value"),
        pytest.param("CONFIG_OFF", True, id="needs what is off"),
        pytest.param("CONFIG_UNNAMED", True, id="needs what the file does not name"),
        pytest.param("!CONFIG_ON", True, id="needs off what is on"),
        pytest.param("!CONFIG_MODULE", True, id="needs off what is a module"),
        pytest.param("!CONFIG_OFF", False, id="needs off what is off"),
        pytest.param("!CONFIG_UNNAMED", False, id="needs off what the file does not name"),
        pytest.param("CONFIG_NR_CPUS > 64", False, id="other words are left alone"),
        pytest.param("defined(MODULE)", False, id="a macro that is no option"),
    ],
)
def test_contradicts(condition: str, is_ruled_out: bool) -> None:
    assert contradicts([condition], CONFIG) is is_ruled_out
    assert contradicts(["CONFIG_ON", condition], CONFIG) is is_ruled_out


def test_nothing_needed_is_never_ruled_out() -> None:
    assert not contradicts([], CONFIG)
