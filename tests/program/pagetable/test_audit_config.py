# SPDX-License-Identifier: GPL-2.0-or-later
"""Kconfig and Makefiles become whether an architecture can have a function at all."""

import pytest

from kpatchlint.program.pagetable.audit_config import Configuration
from tests.program.pagetable.test_events import program_of

TOP = 'source "arch/$(SRCARCH)/Kconfig"\nsource "mm/Kconfig"\n'
ARCH = "config ARM64\n\tdef_bool y\n\tselect HAVE_THIS\n"
OTHER = "config X86\n\tdef_bool y\n\tselect HAVE_THAT\n"


@pytest.mark.parametrize(
    ("kconfig", "off"),
    [
        pytest.param('config WALK\n\tbool "Walk"\n', "", id="anybody may switch it on"),
        pytest.param("config WALK\n\tdefault y\n", "", id="on by default"),
        pytest.param("config WALK\n\tbool\n", "WALK", id="nothing selects it"),
        pytest.param("config HAVE_THIS\n\tbool\n\tselect WALK\nconfig WALK\n\tbool\n", "", id="selected by turns"),
        pytest.param("config HAVE_THAT\n\tbool\n\tselect WALK\nconfig WALK\n\tbool\n", "WALK", id="by another one"),
        pytest.param('config WALK\n\tbool "Walk"\n\tdepends on HAVE_THIS\n', "WALK", id="depends on what is nowhere"),
        pytest.param(
            'config HAVE_THIS\n\tbool\nconfig WALK\n\tbool "Walk"\n\tdepends on HAVE_THIS\n', "", id="depends on ours"
        ),
        pytest.param(
            'config HAVE_THAT\n\tbool\nconfig WALK\n\tbool "Walk"\n\tdepends on HAVE_THAT\n', "WALK", id="on theirs"
        ),
        pytest.param(
            'config HAVE_THAT\n\tbool\nconfig WALK\n\tbool "Walk"\n\tdepends on HAVE_THAT || ARM64\n',
            "",
            id="on either",
        ),
        pytest.param('  config WALK\n\tbool "Walk"\n', "", id="indented"),
        pytest.param("", "WALK", id="nobody defines it"),
    ],
)
@pytest.mark.parametrize("by", ["#if", "Makefile", "folder"])
def test_option(kconfig: str, off: str, by: str) -> None:
    path = "mm/walk/a.c" if by == "folder" else "mm/a.c"
    code = "void walk(void)\n{\n}\n"
    files = {
        "Kconfig": TOP,
        "arch/arm64/Kconfig": ARCH,
        "arch/x86/Kconfig": OTHER,
        "mm/Kconfig": kconfig,
        "mm/Makefile": {"Makefile": "obj-$(CONFIG_WALK) += a.o\n", "folder": "obj-$(CONFIG_WALK) += walk/\n"}.get(
            by, ""
        ),
        path: f"#ifdef CONFIG_WALK\n{code}#endif\n" if by == "#if" else code,
    }
    program = program_of(files)
    (function,) = program.resolver.in_file(path, "walk")
    assert Configuration(program).off(function) == (f"CONFIG_{off} cannot be set" if off else "")


def test_a_tree_without_kconfig_rules_nothing_out() -> None:
    program = program_of({"mm/a.c": "#ifdef CONFIG_WALK\nvoid walk(void)\n{\n}\n#endif\n"})
    (function,) = program.resolver.in_file("mm/a.c", "walk")
    assert Configuration(program).off(function) == ""


def test_an_option_that_must_be_off_rules_nothing_out() -> None:
    program = program_of({"Kconfig": "", "mm/a.c": "#ifndef CONFIG_WALK\nvoid walk(void)\n{\n}\n#endif\n"})
    (function,) = program.resolver.in_file("mm/a.c", "walk")
    assert Configuration(program).off(function) == ""
