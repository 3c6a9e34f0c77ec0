# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether an architecture builds a file at all."""

import pytest

from kpatchlint.dev.example import MemoryTree
from kpatchlint.program.open import Workshop
from kpatchlint.program.program import Program
from kpatchlint.rules.vocabulary import own_vocabulary

MAKEFILE = "obj-y += a.o \\\n\tb.o\nobj-$(CONFIG_FAST)\t+= fast.o\nobj-$(CONFIG_ANY) += any.o\n"
KCONFIG = """\
config FAST
	def_bool y
	depends on ARCH_WANT_FAST && SMALL

config ARCH_WANT_FAST
	bool

config ANY
	bool "any"
"""


@pytest.mark.parametrize(
    ("path", "arch_text", "kconfig", "missing"),
    [
        pytest.param("mm/fast.c", "config ARM64\n", KCONFIG, "ARCH_WANT_FAST", id="what it needs is not selected"),
        pytest.param("mm/fast.c", "config ARM64\n\tselect ARCH_WANT_FAST if X\n", KCONFIG, "", id="selected"),
        pytest.param("mm/any.c", "config ARM64\n", KCONFIG, "", id="the user may choose it"),
        pytest.param("mm/b.c", "config ARM64\n", KCONFIG, "", id="always built"),
        pytest.param("mm/other.c", "config ARM64\n", KCONFIG, "", id="in no Makefile"),
        pytest.param("mm/fast.h", "config ARM64\n", KCONFIG, "", id="a header"),
        pytest.param(
            "mm/fast.c", "config ARM64\n", KCONFIG.replace("FAST\n\tbool\n", "FAST\n\tdef_bool y\n"), "", id="on anyway"
        ),
        pytest.param(
            "mm/fast.c", "config ARM64\n", KCONFIG.replace("&& SMALL", "|| SMALL"), "", id="there is another way"
        ),
    ],
)
def test_missing_symbol(path: str, arch_text: str, kconfig: str, missing: str) -> None:
    assert program_of(kconfig, arch_text).options.missing_for(path) == missing


def program_of(kconfig: str, arch_text: str) -> Program:
    files = {
        "Kconfig": 'source "mm/Kconfig"\n',
        "mm/Kconfig": kconfig,
        "mm/Makefile": MAKEFILE,
        "arch/arm64/Kconfig": arch_text,
    }
    return Workshop(own_vocabulary(), "arm64").program(MemoryTree({p: t.encode() for p, t in files.items()}))


def test_files_that_hang_on_a_symbol() -> None:
    options = program_of(KCONFIG, "config ARM64\n").options
    assert list(options.files_needing("ARCH_WANT_FAST")) == ["mm/fast.c"]
    assert list(options.files_needing("ANY")) == []
