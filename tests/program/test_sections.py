# SPDX-License-Identifier: GPL-2.0-or-later
"""What is thrown away after boot is told by marks, by declarations, and by the Makefile that moves a whole folder."""

import pytest

from tests.program.sample import build, function

USES = "static int __init seed(void) { return 4; }\nint start_early(void) { return seed(); }\n"


def uses(files: dict[str, str]) -> set[tuple[str, str]]:
    """(kind, target) of what start_early() refers to and should not."""
    program = build({"arch/arm64/kernel/pi/early.c": USES, **files})
    found = program.sections.mismatches(function(program, "start_early", "arch/arm64/kernel/pi/early.c"))
    return {(each.kind, each.target.name) for each in found}


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param({}, {("use", "seed")}, id="nothing says that it goes"),
        pytest.param(
            {"arch/arm64/kernel/pi/Makefile": "OBJCOPYFLAGS := --prefix-alloc-sections=.init\n"},
            set(),
            id="its folder goes",
        ),
        pytest.param(
            {"arch/arm64/include/asm/early.h": "int __init start_early(void);\n"}, set(), id="a header marks it"
        ),
        pytest.param(
            {"arch/arm64/include/asm/early.h": "int start_early(void);\n"}, {("use", "seed")}, id="a header does not"
        ),
    ],
)
def test_function_that_goes_with_what_it_uses(files: dict[str, str], found: set[tuple[str, str]]) -> None:
    assert uses(files) == found
