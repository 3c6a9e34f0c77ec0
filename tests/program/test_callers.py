# SPDX-License-Identifier: GPL-2.0-or-later
"""Backward: who calls a function, who passes it on, and in which context the kernel enters it."""

import pytest

from kpatchlint.program.contexts import ancestors, entries, holders
from kpatchlint.program.scope import Scope
from tests.program.sample import build, function

CHAIN = """
static void low_one(void)
{
	might_sleep();
}
static void mid_one(void)
{
	low_one();
}
void top_one(void)
{
	mid_one();
}
static int by_pointer(void)
{
	return run(low_one);
}
/* low_one() is named here */
static int unrelated(int x)
{
	return x;
}
"""


def names(functions: object) -> list[str]:
    return [f.name for f in functions]  # type: ignore[attr-defined]  # any of the iterables of functions here


def test_users_call_it_or_pass_it_on() -> None:
    program = build({"mm/a.c": CHAIN})
    assert names(program.callers.users(function(program, "low_one"))) == ["mid_one", "by_pointer"]


def test_users_in_other_files_mean_this_function() -> None:
    files = {
        "mm/a.c": "void shared(void)\n{\n}\n",
        "mm/b.c": "void caller_b(void)\n{\n\tshared();\n}\n",
        "mm/c.c": "static void shared(void)\n{\n}\nvoid caller_c(void)\n{\n\tshared();\n}\n",
        "arch/x86/mm/d.c": "void caller_d(void)\n{\n\tshared();\n}\n",
    }
    program = build(files)
    assert names(program.callers.users(function(program, "shared"))) == ["caller_b"]


def test_ancestors_come_nearest_first_and_once() -> None:
    program = build({"mm/a.c": CHAIN})
    assert names(ancestors(program, [function(program, "low_one")])) == ["low_one", "mid_one", "by_pointer", "top_one"]


def test_ancestors_of_a_ring_come_to_an_end() -> None:
    code = "void ping(void)\n{\n\tpong();\n}\nvoid pong(void)\n{\n\tping();\n}\n"
    program = build({"mm/a.c": code})
    assert sorted(names(ancestors(program, [function(program, "ping")]))) == ["ping", "pong"]


REGISTERING = """
static int callback(void *unused)
{
	work();
	return 0;
}
static void work(void)
{
	might_sleep();
}
int begin(void)
{
	return stop_machine(callback, NULL, NULL);
}
"""


def test_a_callback_is_entered_in_the_context_that_it_is_registered_for() -> None:
    program = build({"mm/a.c": REGISTERING})
    (entry,) = program.callers.entries(function(program, "callback"))
    assert (entry.context.id, entry.by.name, entry.call) == ("stop-machine", "begin", "stop_machine")
    assert entry.by.text[entry.at :].startswith(b"stop_machine(callback")


@pytest.mark.parametrize("argument", ["callback", "&callback", "x ? callback : callback", "(cpu_stop_fn_t)callback"])
def test_the_argument_may_be_spelled_in_other_ways(argument: str) -> None:
    code = REGISTERING.replace("stop_machine(callback", f"stop_machine({argument}")
    program = build({"mm/a.c": code})
    assert len(program.callers.entries(function(program, "callback"))) == 1


def test_another_argument_is_no_entry() -> None:
    program = build({"mm/a.c": REGISTERING.replace("callback, NULL", "other, callback")})
    assert program.callers.entries(function(program, "callback")) == ()


@pytest.mark.parametrize(
    ("changed", "found"),
    [("callback", 1), ("work", 1), ("begin", 1)],
    ids=["the callback changes", "what it calls changes", "what registers it changes"],
)
def test_entries_of_changed_code(changed: str, found: int) -> None:
    program = build({"mm/a.c": REGISTERING})
    scope = Scope((function(program, changed),))
    assert [e.function.name for e in entries(program, scope, "stop-machine")] == ["callback"] * found
    assert list(entries(program, scope, "timer")) == []


def test_entries_of_unrelated_code_are_none() -> None:
    program = build({"mm/a.c": REGISTERING + "int other(void)\n{\n\treturn 0;\n}\n"})
    assert list(entries(program, Scope((function(program, "other"),)), "stop-machine")) == []


def test_a_whole_tree_has_all_its_entries() -> None:
    files = {"mm/a.c": REGISTERING, "kernel/b.c": REGISTERING.replace("begin", "begin_b")}
    program = build(files)
    found = entries(program, Scope((), whole=True), "stop-machine")
    assert sorted((e.function.path, e.by.name) for e in found) == [("kernel/b.c", "begin_b"), ("mm/a.c", "begin")]


def test_a_table_of_functions_is_followed_back() -> None:
    files = {
        "mm/a.c": "static int do_run(void)\n{\n\tmight_sleep();\n}\nstruct ops ops = {\n\t.run_it = do_run,\n};\n",
        "mm/b.c": "int core(struct ops *o)\n{\n\treturn o->run_it();\n}\n",
    }
    program = build(files)
    assert "core" in names(program.callers.users(function(program, "do_run")))


def test_a_table_whose_field_has_two_letters_is_followed_too() -> None:
    files = {
        "mm/a.c": "static int do_run(void)\n{\n\tmight_sleep();\n}\nstruct ops ops = {\n\t.fn = do_run,\n};\n",
        "mm/b.c": "int core(struct ops *o)\n{\n\treturn o->fn();\n}\n",
    }
    program = build(files)
    assert "core" in names(program.callers.users(function(program, "do_run")))


def test_holders_are_those_that_may_hold_a_lock_over_changed_code() -> None:
    code = """
static void low_one(void)
{
	might_sleep();
}
void with_lock(void)
{
	spin_lock(&l);
	low_one();
	spin_unlock(&l);
}
void without(void)
{
	low_one();
}
"""
    program = build({"mm/a.c": code})
    found = [f.name for f, _ in holders(program, Scope((function(program, "low_one"),)))]
    assert found == ["with_lock"]
