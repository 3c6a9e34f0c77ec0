# SPDX-License-Identifier: GPL-2.0-or-later
"""Symbols over all Kconfig files that the tree's top one leads to."""

from kpatchlint.dev.example import MemoryTree
from kpatchlint.facts.kconfig import parse_kconfig
from kpatchlint.program.kconfig import Kconfig, needed
from kpatchlint.program.open import Workshop
from kpatchlint.rules.vocabulary import own_vocabulary

FILES = {
    "Kconfig": b'source "mm/Kconfig"\nsource "arch/$(SRCARCH)/Kconfig"\nsource "drivers/Kconfig"\n',
    "mm/Kconfig": b"config CAN\n\tbool\nconfig HOT\n\tbool\n\tdepends on CAN\nconfig HOTR\n\tbool\n\tdepends on HOT\n",
    "arch/arm64/Kconfig": b"config ARM64\n\tdef_bool y\n\tselect CAN\n",
    "arch/x86/Kconfig": b"config X86\n\tdef_bool y\n\tselect HOT\n",
    "drivers/Kconfig": b"config DRIVER\n\tbool\n",
}


def kconfig() -> Kconfig:
    return Kconfig(Workshop(own_vocabulary(), "arm64").program(MemoryTree(FILES)).sources)


def test_files_of_the_architecture_and_not_of_drivers() -> None:
    assert kconfig().symbols() == ("ARM64", "CAN", "HOT", "HOTR")


def test_who_selects() -> None:
    assert [(d.path, line) for d, line in kconfig().selectors("CAN")] == [("arch/arm64/Kconfig", 3)]
    assert list(kconfig().selectors("HOT")) == []


def test_needs_are_followed() -> None:
    assert kconfig().needs("HOTR", "CAN")
    assert not kconfig().needs("CAN", "HOTR")
    assert not kconfig().needs("UNKNOWN", "CAN")


def test_only_what_is_needed_by_itself() -> None:
    (entry,) = parse_kconfig(b"config A\n\tbool\n\tdepends on B && !C\n\tdepends on D || E\n")
    assert needed(entry) == {"B", "!C"}
