# SPDX-License-Identifier: GPL-2.0-or-later
"""A .config becomes the values of its options."""

import pytest

from kpatchlint.program.config import parse_config
from kpatchlint.text.errors import UsageError


def test_options_have_their_values() -> None:
    text = '# Linux/arm64\nCONFIG_ARM64=y\nCONFIG_KVM=m\nCONFIG_NR_CPUS=64\nCONFIG_LSM="a,b"\n# CONFIG_EFI is not set\n'
    assert dict(parse_config(text, ".config")) == {
        "CONFIG_ARM64": "y",
        "CONFIG_KVM": "m",
        "CONFIG_NR_CPUS": "64",
        "CONFIG_LSM": "a,b",
        "CONFIG_EFI": "n",
    }


def test_another_file_is_refused_by_its_name() -> None:
    with pytest.raises(UsageError, match="notes is no kernel configuration"):
        parse_config("CONFIG is what we need\n", "notes")
