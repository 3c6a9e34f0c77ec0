# SPDX-License-Identifier: GPL-2.0-or-later
"""A name at a place reaches what C and the kernel's build would take there."""

import pytest

from tests.program.sample import build

STATIC = "static int work(void)\n{\n\treturn mine();\n}\n"
GLOBAL = "int work(void)\n{\n\treturn theirs();\n}\n"
WEAK = "int __weak work(void)\n{\n\treturn weak();\n}\n"
STUB = "static inline int work(void)\n{\n\treturn 0;\n}\n"
EMPTY = "static inline int work(void) { return -ENOSYS; }\n"
REAL_INLINE = "static inline int work(void)\n{\n\treturn theirs();\n}\n"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param({"mm/a.c": STATIC, "mm/b.c": GLOBAL}, ["mm/a.c"], id="static beats global"),
        pytest.param({"mm/a.c": "", "mm/b.c": STATIC}, [], id="another file's static is out of sight"),
        pytest.param({"mm/a.c": "", "mm/b.c": GLOBAL}, ["mm/b.c"], id="a global is reached from anywhere"),
        pytest.param({"mm/a.c": "", "mm/b.c": GLOBAL, "mm/c.c": WEAK}, ["mm/b.c"], id="weak loses"),
        pytest.param({"mm/a.c": "", "mm/c.c": WEAK}, ["mm/c.c"], id="weak alone is taken"),
        pytest.param({"mm/a.c": "", "mm/b.c": GLOBAL, "include/linux/w.h": STUB}, ["mm/b.c"], id="a stub loses"),
        pytest.param({"mm/a.c": "", "mm/b.c": GLOBAL, "include/linux/w.h": EMPTY}, ["mm/b.c"], id="so does an error"),
        pytest.param({"mm/a.c": "", "include/linux/w.h": STUB}, ["include/linux/w.h"], id="a stub alone is taken"),
        pytest.param(
            {"mm/a.c": "", "include/asm-generic/w.h": REAL_INLINE, "arch/arm64/include/asm/w.h": REAL_INLINE},
            ["arch/arm64/include/asm/w.h"],
            id="the architecture's beats asm-generic's",
        ),
        pytest.param(
            {"mm/a.c": "", "arch/arm64/mm/w.c": GLOBAL, "arch/x86/mm/w.c": GLOBAL},
            ["arch/arm64/mm/w.c"],
            id="another architecture is out of scope",
        ),
        pytest.param({"mm/a.c": "", "mm/w.h": REAL_INLINE}, ["mm/w.h"], id="the folder's own header"),
        pytest.param({"mm/a.c": "", "drivers/w.h": REAL_INLINE}, [], id="a header of another folder is out of sight"),
        pytest.param(
            {"mm/a.c": '#include "../drivers/w.h"\n', "drivers/w.h": REAL_INLINE},
            ["drivers/w.h"],
            id="unless it is included",
        ),
        pytest.param({"mm/a.c": "", "mm/b.c": GLOBAL, "mm/c.c": GLOBAL}, ["mm/b.c", "mm/c.c"], id="two stay two"),
        pytest.param({"mm/a.c": "int work(void);\n"}, [], id="a prototype is no definition"),
        pytest.param(
            {"mm/a.c": "int __alias(other_one) work(void);\nstatic int other_one(void)\n{\n\treturn mine();\n}\n"},
            ["mm/a.c"],
            id="an alias reaches what it stands for",
        ),
        pytest.param({"mm/a.c": "", "tools/b.c": GLOBAL}, [], id="tools are out of scope"),
    ],
)
def test_functions(files: dict[str, str], found: list[str]) -> None:
    program = build(files)
    assert [function.path for function in program.resolver.functions("work", "mm/a.c")] == found


def test_alias_has_the_name_of_its_target() -> None:
    code = "extern int __alias(do_work) work(void);\nint do_work(void)\n{\n\treturn mine();\n}\n"
    (found,) = build({"mm/a.c": code}).resolver.functions("work", "mm/a.c")
    assert found.name == "do_work"


def test_early_twin_is_the_function_itself() -> None:
    (found,) = build({"mm/a.c": "", "mm/b.c": GLOBAL}).resolver.functions("__pi_work", "mm/a.c")
    assert found.name == "work"


def test_each_branch_of_an_option_is_possible() -> None:
    code = f"#ifdef CONFIG_X\n{GLOBAL}#else\nint work(void)\n{{\n\treturn others();\n}}\n#endif\n"
    assert len(build({"mm/a.c": code}).resolver.functions("work", "mm/a.c")) == 2


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param({"mm/a.c": "#define WORK 1\n", "include/linux/w.h": "#define WORK 2\n"}, ["1"], id="own first"),
        pytest.param({"mm/a.c": "", "include/linux/w.h": "#define WORK 2\n"}, ["2"], id="a header's"),
        pytest.param({"mm/a.c": "", "mm/b.c": "#define WORK 2\n"}, [], id="another file's is out of sight"),
        pytest.param(
            {
                "mm/a.c": "",
                "include/asm-generic/w.h": "#define WORK 1\n",
                "arch/arm64/include/asm/w.h": "#define WORK 2\n",
            },
            ["2"],
            id="the architecture's beats asm-generic's",
        ),
        pytest.param(
            {"mm/a.c": "", "include/uapi/linux/w.h": "#define WORK 1\n", "include/linux/w.h": "#define WORK 2\n"},
            ["2"],
            id="the kernel's beats user space's",
        ),
        pytest.param(
            {"mm/a.c": "", "arch/x86/include/asm/w.h": "#define WORK 1\n"}, [], id="another architecture's is out"
        ),
    ],
)
def test_macros(files: dict[str, str], found: list[str]) -> None:
    program = build(files)
    assert [m.macro.body.decode() for m in program.resolver.macros("WORK", "mm/a.c")] == found


def test_architecture_can_be_chosen() -> None:
    files = {"mm/a.c": "", "arch/arm64/mm/w.c": GLOBAL, "arch/x86/mm/w.c": GLOBAL}
    (found,) = build(files, arch="x86").resolver.functions("work", "mm/a.c")
    assert found.path == "arch/x86/mm/w.c"
