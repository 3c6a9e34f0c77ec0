# SPDX-License-Identifier: GPL-2.0-or-later
"""A Kconfig file becomes its entries, whatever else is in it."""

import re
from pathlib import Path

import pytest

from kpatchlint.facts.kconfig import Attribute, Entry, parse_kconfig

FILE = b"""\
# a comment
menu "Things"

config FIRST
\tbool "The first"   # and a comment
\tdepends on ARCH && \\
\t\t!SECOND
\tselect THIRD if FOURTH
\thelp
\t  This depends on the weather.
\t  select nothing.

if FIRST

menuconfig SECOND
\tdef_bool y if THIRD
\tdefault n
endif

source "elsewhere/Kconfig"
\tdepends on NOTHING
endmenu
"""


def test_entries_with_all_that_is_said_of_them() -> None:
    first, second = parse_kconfig(FILE)
    assert first == Entry(
        symbol="FIRST",
        line=4,
        type="bool",
        prompt=Attribute('"The first"', "", 5),
        depends=[Attribute("ARCH &&  \t\t!SECOND", "", 6)],
        selects=[Attribute("THIRD", "FOURTH", 8)],
    )
    assert second == Entry(
        symbol="SECOND",
        line=15,
        around=("FIRST",),
        type="bool",
        defaults=[Attribute("y", "THIRD", 16), Attribute("n", "", 17)],
    )


def test_what_a_mail_left_without_indentation() -> None:
    (entry,) = parse_kconfig(b"config A\n bool\n depends on !B\n select C\n")
    assert ([d.value for d in entry.depends], [s.value for s in entry.selects]) == (["!B"], ["C"])


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xfe config \\\n", id="no text"),
        pytest.param(b"config\nconfig A B\nselect X\nendif\n", id="no entry"),
    ],
)
def test_what_is_not_understood_is_passed_over(source: bytes) -> None:
    assert parse_kconfig(source) == ()


@pytest.mark.parametrize("path", ["arch/arm64/Kconfig", "init/Kconfig", "fs/Kconfig", "mm/Kconfig"])
def test_a_real_file_loses_no_entry_and_no_select(path: str, tree_6_12: Path) -> None:
    source = (tree_6_12 / path).read_bytes()
    entries = parse_kconfig(source)
    assert len(entries) == len(re.findall(rb"^[ \t]*(?:menu)?config \w+$", source, re.MULTILINE))
    assert sum(len(e.selects) for e in entries) == len(re.findall(rb"^\tselect ", source, re.MULTILINE))
