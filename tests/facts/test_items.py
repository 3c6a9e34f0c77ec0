# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands outside functions is cut into declarations, with their names and initialisers."""

import pytest

from kpatchlint.facts.items import find_items


@pytest.mark.parametrize(
    ("source", "name", "head"),
    [
        pytest.param(b"static int x = 1;", "x", b"static int x ", id="a plain variable"),
        pytest.param(b"int a[4] __initdata = { 1 };", "a", b"int a[4] __initdata ", id="an attribute after the name"),
        pytest.param(b"char __initdata line[80];", "line", b"char __initdata line[80];", id="an attribute before it"),
        pytest.param(
            b"static struct t __setup_x __used __section(f(g(h))) = { };",
            "__setup_x",
            b"static struct t __setup_x __used __section(f(g(h))) ",
            id="a name that looks like an attribute",
        ),
        pytest.param(b"void (*__initdata late)(void);", "late", b"void (*__initdata late)(void);", id="a pointer"),
        pytest.param(b"struct s { int a; } v = { 1 };", "v", b"struct s { int a; } v ", id="a struct of its own"),
        pytest.param(b"struct s { int a; };", "", b"struct s { int a; };", id="only a type"),
        pytest.param(b'MODULE_LICENSE("x;=");', "", b'MODULE_LICENSE("   ");', id="a macro, its string left out"),
    ],
)
def test_items_have_a_name_and_a_head(source: bytes, name: str, head: bytes) -> None:
    (item,) = find_items(source)
    assert (item.name, item.head) == (name, head)


def test_functions_directives_and_comments_are_no_items() -> None:
    source = b"/* int a; */\n#define X int b;\nstatic int f(void)\n{\n\tint c = 1;\n\treturn c;\n}\nint d;\n"
    assert [item.name for item in find_items(source)] == ["d"]


def test_offsets_count_from_the_start_of_the_file() -> None:
    source = b"int a;\n\n/* x */ int b = 2;\n"
    (_, item) = find_items(source)
    assert source[item.start :] == b"int b = 2;\n"
    assert item.value is not None
    assert source[item.value :] == b"= 2;\n"


def test_a_brace_in_the_first_column_ends_what_a_condition_left_open() -> None:
    source = b"struct t a = {\n#ifdef X\n\t.x = {\n#else\n\t.y = {\n#endif\n\t},\n};\nint b;\n"
    assert [item.name for item in find_items(source)] == ["a", "b"]
