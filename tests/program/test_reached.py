# SPDX-License-Identifier: GPL-2.0-or-later
"""What a function leads to by name: calls, functions that are handed on, tables, and what is trusted."""

from kpatchlint.program.reached import reached
from tests.program.sample import build, function

CODE = """
struct ops { void (*run)(void); };
void far(void) {}
void low(void) { far(); }
static void handed(void) {}
void run_it(void) {}
static struct ops table = { .run = run_it };
void top(struct ops *ops, void (*low_by_name)(void))
{
	low();
	low();
	each(&handed);
	low_by_name();
	ops->run();
}
"""


def names(deep: int, through_fields: bool = False) -> list[str]:
    program = build({"mm/a.c": CODE})
    return [r.function.name for r in reached(program, function(program, "top"), deep, through_fields=through_fields)]


def test_nearest_first_and_each_once() -> None:
    assert names(2) == ["top", "low", "handed", "far"]


def test_no_deeper_than_asked() -> None:
    assert names(0) == ["top"]
    assert names(1) == ["top", "low", "handed"]


def test_tables_only_where_wanted() -> None:
    assert names(1, through_fields=True) == ["top", "low", "handed", "run_it"]


def test_way_is_the_calls_down() -> None:
    program = build({"mm/a.c": CODE})
    (found,) = (r for r in reached(program, function(program, "top"), 2) if r.function.name == "far")
    assert [(f.name, f.code_at(at)) for f, at in found.way] == [
        ("top", "low();"),
        ("low", "void low(void) { far(); }"),
    ]


def test_what_is_trusted_is_entered_in_its_own_file_only() -> None:
    files = {
        "mm/a.c": "void f(void) { printk(1); }\n",
        "mm/b.c": "void printk(int a) { deep(); }\nvoid deep(void) {}\n",
    }
    program = build(files)
    assert [r.function.name for r in reached(program, function(program, "f"), 3)] == ["f"]
    own = build({"mm/a.c": files["mm/a.c"] + files["mm/b.c"]})
    assert [r.function.name for r in reached(own, function(own, "f"), 3)] == ["f", "printk", "deep"]


def test_own_file_only_where_wanted() -> None:
    program = build(
        {"mm/a.c": "void near(void) { far(); }\nvoid f(void) { near(); far(); }\n", "mm/b.c": "void far(void) {}\n"}
    )
    by = function(program, "f")
    assert [r.function.name for r in reached(program, by, 2)] == ["f", "near", "far"]
    assert [r.function.name for r in reached(program, by, 2, own_file=True)] == ["f", "near"]
