# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables of functions, both ways, however the stores and calls are spelled."""

import pytest

from kpatchlint.facts import ir
from kpatchlint.program.code import Function
from kpatchlint.program.doubts import DoubtKind
from kpatchlint.program.statements import expressions_of
from tests.program.sample import build

_HEAD = "int get(void) { return 0; }\n"


def _get(path: str, text: str) -> tuple[frozenset[str], list[tuple[str, str]], list[str]]:
    """The fields that ``get`` is stored in, the tables it stands in, and who may call it through ``hook``."""
    program = build({path: _HEAD + text})
    function = program.resolver.in_file(path, "get")[0]
    fields = program.walker.fields
    callers: list[Function] = list(fields.callers("hook", function))
    return fields.fields_of(function, path), list(fields.tables_of(function, path)), [f.name for f in callers]


@pytest.mark.parametrize(
    "store",
    [
        pytest.param("static struct ops o = {\n\t.hook = get,\n};\n", id="a designated initialiser"),
        pytest.param("static struct ops o = {\n\t.hook\t=\n\t\t&get\n};\n", id="one over two lines, with an address"),
        pytest.param("void set(struct ops *o) { o->hook = get; }\n", id="an assignment through a pointer"),
        pytest.param("void set(struct ops *o) { o->sub.hook = get; }\n", id="an assignment to a part"),
    ],
)
def test_a_function_is_found_in_the_field_that_stores_it(store: str) -> None:
    assert _get("drivers/x/a.c", store)[0] == {"hook"}


@pytest.mark.parametrize(
    "store",
    [
        pytest.param("static struct ops o = {\n\t.hook = get_more,\n};\n", id="a longer name"),
        pytest.param("void set(struct ops *o) { o->hook = get(); }\n", id="its result"),
        pytest.param("void set(struct ops *o) { hook = get; }\n", id="a plain variable"),
        pytest.param("void set(struct ops *o) { if (o->hook == get) return; }\n", id="a comparison"),
    ],
)
def test_what_only_looks_like_a_store_is_none(store: str) -> None:
    assert _get("drivers/x/a.c", store)[0] == frozenset()


def test_a_table_has_its_struct_and_field() -> None:
    text = "static const struct file_ops mine = {\n\t.owner = OWNER,\n\t.hook = get,\n};\n"
    assert _get("drivers/x/a.c", text)[1] == [("file_ops", "hook")]


@pytest.mark.parametrize(
    ("call", "callers"),
    [
        pytest.param("o->hook()", ["run"], id="through a pointer"),
        pytest.param("(o->hook)()", ["run"], id="in parentheses"),
        pytest.param("o->hook_two()", [], id="a longer field"),
        pytest.param("use(o->hook)", [], id="the field handed on"),
    ],
)
def test_a_call_through_the_field_leads_back(call: str, callers: list[str]) -> None:
    text = f"static struct ops o = {{\n\t.hook = get,\n}};\nvoid run(struct ops *o) {{ {call}; }}\n"
    assert _get("drivers/x/a.c", text)[2] == callers


TWO_STRUCTS = """
struct red_ops {
	int (*hook)(int a);
};
struct blue_ops {
	int (*hook)(int a);
};
struct device_of_ours {
	struct red_ops red;
	struct blue_ops *blue;
};
"""
TABLES = """
#include "two.h"
static int red_hook(int a) { return 0; }
static int blue_hook(int a) { return 0; }
static int inner_hook(int a) { return 0; }
static int later_hook(int a) { return 0; }
static const struct red_ops reds[] = {
	{ .hook = red_hook },
};
static const struct blue_ops blue = { .hook = blue_hook };
static struct device_of_ours ours = { .red = { .hook = inner_hook } };
void set(struct device_of_ours *d)
{
	d->blue->hook = later_hook;
}
"""


@pytest.mark.parametrize(
    ("call", "targets"),
    [
        pytest.param("d->red.hook(1)", ["red_hook", "inner_hook"], id="a table of one struct and one inside another"),
        pytest.param("d->blue->hook(1)", ["blue_hook", "later_hook"], id="a table of the other and an assignment"),
    ],
)
def test_a_field_belongs_to_its_struct(call: str, targets: list[str]) -> None:
    user = f'#include "../x/two.h"\nvoid run(struct device_of_ours *d)\n{{\n\t{call};\n}}\n'
    program = build({"drivers/x/two.h": TWO_STRUCTS, "drivers/x/tables.c": TABLES, "drivers/y/user.c": user})
    (run,) = program.resolver.in_file("drivers/y/user.c", "run")
    (expr,) = expressions_of(run.body)
    assert isinstance(expr, ir.Call)
    assert isinstance(expr.callee, ir.Member)
    assert [f.name for f in program.walker.fields.behind(expr.callee, run)] == targets
    hook = program.resolver.in_file("drivers/x/tables.c", targets[0])[0]
    assert [f.name for f in program.walker.fields.callers("hook", hook)] == ["run"]


def test_a_table_that_a_macro_makes_has_its_struct() -> None:
    macro = "#define DEFINE_OPS(name) \\\nstatic const struct red_ops name ## _ops = { \\\n\t.hook = red_hook, \\\n}\n"
    user = '#include "two.h"\nvoid run(struct device_of_ours *d)\n{\n\td->red.hook(1);\n\td->blue->hook(1);\n}\n'
    hook = "static inline int red_hook(int a) { return 0; }\n"
    program = build({"drivers/x/two.h": TWO_STRUCTS + hook + macro, "drivers/x/user.c": user})
    (run,) = program.resolver.in_file("drivers/x/user.c", "run")
    callees = [e.callee for e in expressions_of(run.body) if isinstance(e, ir.Call)]
    behind = [program.walker.fields.behind(c, run) for c in callees if isinstance(c, ir.Member)]
    assert [[f.name for f in found] for found in behind] == [["red_hook"], []]


DRIVERS = 9  # more implementations of an operation than a call through it is followed to
OPS = "struct red_ops {\n\tint (*hook)(int a);\n};\nstruct core {\n\tconst struct red_ops *ops;\n};\n"


def _many_drivers(core: str) -> dict[str, str]:
    """A core that calls an operation which each of many drivers has."""
    files = {"drivers/x/ops.h": OPS, "drivers/x/core.c": '#include "ops.h"\n' + core}
    for number in range(DRIVERS):
        files[f"drivers/x/d{number}/driver.c"] = (
            '#include "../ops.h"\n'
            f"static int hook{number}(int a)\n{{\n\tmight_sleep();\n\treturn 0;\n}}\n"
            f"static const struct red_ops ops{number} = {{\n\t.hook = hook{number},\n}};\n"
        )
    return files


@pytest.mark.parametrize(
    ("parameter", "callers", "found"),
    [("struct core *c", ["run"], {"hook3"}), ("void *c", [], set())],
    ids=["the struct is known", "it is not"],
)
def test_of_many_implementations_the_one_that_is_wanted_is_followed(
    parameter: str, callers: list[str], found: set[str]
) -> None:
    program = build(_many_drivers(f"int run({parameter})\n{{\n\treturn c->ops->hook(1);\n}}\n"))
    (hook,) = program.resolver.in_file("drivers/x/d3/driver.c", "hook3")
    (run,) = program.resolver.in_file("drivers/x/core.c", "run")
    assert [f.name for f in program.walker.fields.callers("hook", hook)] == callers
    program.sleeps.stay_in([run, hook], [hook], {})
    program.sleeps.start()
    sinks = program.sleeps.of(run, (), frozenset(), 0, False)
    assert {sink.hops[0].target for sink in sinks} == found
    assert {doubt.kind for sink in sinks for doubt in sink.doubts} == ({DoubtKind.FAMILY} if found else set())
    program.sleeps.go_everywhere()
    assert program.sleeps.of(run, (), frozenset(), 0, True) == ()


def test_a_common_field_is_looked_for_in_the_folders_around() -> None:
    files = _many_drivers("int run(struct core *c)\n{\n\treturn c->ops->hook(1);\n}\n")
    files |= {f"net/n{number}.c": "void f(struct other *o)\n{\n\to->hook(1);\n}\n" for number in range(70)}
    program = build(files)
    (hook,) = program.resolver.in_file("drivers/x/d3/driver.c", "hook3")
    assert [f.name for f in program.walker.fields.callers("hook", hook)] == ["run"]
