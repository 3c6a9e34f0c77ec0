# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a function may sleep: certain, doubtful for a said reason, or not at all."""

import pytest

from kpatchlint.program.program import Program
from kpatchlint.program.sleeps import DoubtKind, Sink
from kpatchlint.program.values import Value
from tests.program.sample import build, function, value_of


def sinks(code: str, context: frozenset[str] = frozenset()) -> tuple[Sink, ...]:
    """How ``start()`` of mm/a.c may sleep."""
    return of(build({"mm/a.c": code}), context=context)


def of(program: Program, context: frozenset[str] = frozenset(), **values: Value) -> tuple[Sink, ...]:
    program.sleeps.start()
    return program.sleeps.of(function(program, "start"), values.items(), context, 0, True)


def chains(found: tuple[Sink, ...]) -> set[str]:
    return {" > ".join(hop.target for hop in sink.hops) for sink in found}


@pytest.mark.parametrize(
    ("body", "ways"),
    [
        pytest.param("might_sleep();", {"might_sleep"}, id="an annotation"),
        pytest.param("mutex_lock(&m);", {"mutex_lock"}, id="a sleeping lock"),
        pytest.param("spin_lock(&l); spin_unlock(&l);", set(), id="a spinning lock"),
        pytest.param("kmalloc(8, GFP_KERNEL);", {"kmalloc"}, id="an allocation"),
        pytest.param("kmalloc(8, GFP_ATOMIC);", set(), id="an atomic one"),
        pytest.param("kmalloc(8, GFP_KERNEL & ~__GFP_DIRECT_RECLAIM);", set(), id="one whose bit is cleared"),
        pytest.param("kmalloc(8, flags);", set(), id="one with an unknown mask"),
        pytest.param("kmalloc(8, flags | GFP_KERNEL);", {"kmalloc"}, id="one with the bit added"),
        pytest.param("might_sleep_if(1);", {"might_sleep_if"}, id="a condition that holds"),
        pytest.param("might_sleep_if(0);", set(), id="one that does not"),
        pytest.param("might_sleep_if(flags & __GFP_DIRECT_RECLAIM);", set(), id="one that is open"),
        pytest.param("printk(x);", set(), id="what is trusted"),
        pytest.param("if (in_atomic()) return; might_sleep();", {"might_sleep"}, id="a question that is open"),
        pytest.param("if (0) might_sleep();", set(), id="never reached"),
        pytest.param("return; might_sleep();", set(), id="behind a return"),
        pytest.param("x = sizeof(kmalloc(8, GFP_KERNEL));", set(), id="in sizeof"),
    ],
)
def test_a_body_on_its_own(body: str, ways: set[str]) -> None:
    found = sinks(f"void start(gfp_t flags)\n{{\n\t{body}\n}}\n")
    assert chains(found) == ways
    assert all(not sink.doubts for sink in found)


def test_context_rules_out_what_asks_for_it() -> None:
    code = "void start(void)\n{\n\tif (in_interrupt())\n\t\treturn;\n\tmight_sleep();\n}\n"
    assert chains(sinks(code)) == {"might_sleep"}
    assert chains(sinks(code, frozenset({"in_interrupt", "atomic"}))) == set()


LOW = "static void *low(gfp_t gfp)\n{\n\treturn kmalloc(8, gfp);\n}\n"
MID = LOW + "static void *mid(gfp_t flags)\n{\n\treturn low(flags | __GFP_ZERO);\n}\n"


@pytest.mark.parametrize(
    ("argument", "ways"),
    [("GFP_KERNEL", {"mid > low > kmalloc"}), ("GFP_ATOMIC", set()), ("other", set())],
)
def test_a_mask_travels_through_parameters(argument: str, ways: set[str]) -> None:
    assert chains(sinks(f"{MID}void start(void)\n{{\n\tmid({argument});\n}}\n")) == ways


def test_each_caller_is_judged_with_its_own_mask() -> None:
    program = build({"mm/a.c": f"{MID}void start(gfp_t gfp)\n{{\n\tmid(gfp);\n}}\n"})
    assert chains(of(program, gfp=value_of(program, "GFP_KERNEL"))) == {"mid > low > kmalloc"}
    assert chains(of(program, gfp=value_of(program, "GFP_ATOMIC"))) == set()


def test_the_mask_that_decided_is_kept() -> None:
    (sink,) = sinks("void start(void)\n{\n\tkmalloc(8, GFP_KERNEL | __GFP_ZERO);\n}\n")
    assert str(sink.mask) == "___GFP_DIRECT_RECLAIM|___GFP_KSWAPD_RECLAIM|___GFP_ZERO"
    assert sink.hops[-1].note == "GFP_KERNEL | __GFP_ZERO"


def test_a_function_pointer_travels_through_parameters() -> None:
    code = """
static void *alloc_one(void)
{
	return kmalloc(8, GFP_KERNEL);
}
static void walk_all(void *(*alloc)(void))
{
	alloc();
}
void start(void)
{
	walk_all(alloc_one);
}
"""
    (sink,) = sinks(code)
    assert chains((sink,)) == {"walk_all > alloc_one > kmalloc"}
    assert "`alloc` is alloc_one() here" in sink.hops[1].note
    assert not sink.doubts


def test_a_function_pointer_that_nobody_knows_leads_nowhere() -> None:
    assert sinks("void start(void (*alloc)(void))\n{\n\talloc();\n}\n") == ()


def test_a_pointer_in_an_object_built_in_place_is_followed() -> None:
    code = """
static void do_it(void)
{
	might_sleep();
}
static void run(struct ops *o)
{
	o->run_it();
}
void start(void)
{
	struct ops o = { .run_it = do_it };

	run(&o);
}
"""
    assert chains(sinks(code)) == {"run > do_it > might_sleep"}


def test_an_annotation_is_a_contract_and_its_body_is_not_entered() -> None:
    code = "static void low(gfp_t gfp)\n{\n\tmight_alloc(gfp);\n\tmutex_lock(&m);\n}\n"
    found = sinks(f"{code}void start(void)\n{{\n\tlow(GFP_KERNEL);\n}}\n")
    assert "low > might_alloc" in chains(found)


def test_two_definitions_of_which_one_sleeps_are_a_doubt() -> None:
    files = {
        "mm/b.c": "void work(void)\n{\n\tmight_sleep();\n}\n",
        "mm/c.c": "void work(void)\n{\n\tspin(x);\n\tturn(x);\n}\n",
    }
    (sink,) = of(build({"mm/a.c": "void start(void)\n{\n\twork();\n}\n", **files}))
    assert [doubt.kind for doubt in sink.doubts] == [DoubtKind.CALLEE]


def test_a_flag_of_the_caller_is_a_doubt_until_it_is_known() -> None:
    code = "static void low(bool can_sleep)\n{\n\tif (can_sleep)\n\t\tmight_sleep();\n}\n"
    (sink,) = sinks(f"{code}void start(bool b)\n{{\n\tlow(b);\n}}\n")
    assert [doubt.kind for doubt in sink.doubts] == [DoubtKind.CALLER]
    (sink,) = sinks(f"{code}void start(void)\n{{\n\tlow(true);\n}}\n")
    assert not sink.doubts
    assert sinks(f"{code}void start(void)\n{{\n\tlow(false);\n}}\n") == ()


def test_a_slot_that_may_be_filled_already_is_a_doubt() -> None:
    code = "void start(pmd_t *pmd)\n{\n\tif (pmd_none(*pmd))\n\t\tkmalloc(8, GFP_KERNEL);\n}\n"
    (sink,) = sinks(code)
    assert [doubt.kind for doubt in sink.doubts] == [DoubtKind.STATE]


def test_whether_it_is_the_running_task_is_a_doubt() -> None:
    (sink,) = sinks("void start(void *k)\n{\n\tif (k != current)\n\t\tmight_sleep();\n}\n")
    assert [doubt.kind for doubt in sink.doubts] == [DoubtKind.CALLER]


def test_a_certain_way_is_told_before_a_doubtful_one() -> None:
    code = """
static void low(bool can_sleep)
{
	if (can_sleep)
		might_sleep();
}
static void high(void)
{
	low(true);
}
void start(bool can_sleep)
{
	low(can_sleep);
	high();
}
"""
    (sink,) = sinks(code)
    assert chains((sink,)) == {"high > low > might_sleep"}
    assert not sink.doubts


def test_locks_of_the_caller_that_were_let_go_on_the_way_are_said() -> None:
    (sink,) = sinks("void start(void)\n{\n\tspin_unlock(&l);\n\tmight_sleep();\n\tspin_lock(&l);\n}\n")
    assert sink.dropped == {"spin"}


def test_recursion_comes_to_an_end() -> None:
    code = "void start(int a)\n{\n\tstart(a - 1);\n\tmight_sleep();\n}\n"
    assert "might_sleep" in chains(sinks(code))


def test_a_chain_of_many_calls_is_followed_to_a_bound() -> None:
    code = "static void f0(void)\n{\n\tmight_sleep();\n}\n"
    for number in range(1, 40):
        code += f"static void f{number}(void)\n{{\n\tf{number - 1}();\n}}\n"
    assert chains(sinks(f"{code}void start(void)\n{{\n\tf9();\n}}\n")) != set()
    assert chains(sinks(f"{code}void start(void)\n{{\n\tf39();\n}}\n")) == set()


def test_only_the_corridor_to_changed_code_is_followed() -> None:
    code = """
static void left(void)
{
	might_sleep();
}
static void right(void)
{
	mutex_lock(&m);
}
void start(void)
{
	left();
	right();
}
"""
    program = build({"mm/a.c": code})
    changed = function(program, "left")
    program.sleeps.stay_in([function(program, "start")], [changed], {})
    program.sleeps.start()
    found = program.sleeps.of(function(program, "start"), (), frozenset(), 0, False)
    assert chains(found) == {"left > might_sleep"}


def test_an_answer_does_not_depend_on_what_was_asked_before() -> None:
    """A question that was cut off by the depth of its asker must not be remembered as an answer."""
    code = "static void f0(void)\n{\n\tmight_sleep();\n}\n"
    for number in range(1, 40):
        code += f"static void f{number}(void)\n{{\n\tf{number - 1}();\n}}\n"
    program = build({"mm/a.c": f"{code}void start(void)\n{{\n\tf8();\n}}\n"})
    program.sleeps.start()
    program.sleeps.of(function(program, "f18"), (), frozenset(), 0, True)
    assert chains(of(program)) != set()


def test_an_answer_does_not_depend_on_where_a_ring_was_entered() -> None:
    code = """
static void ping(int a)
{
	pong(a);
}
static void pong(int a)
{
	ping(a);
	might_sleep();
}
void start(int a)
{
	pong(a);
}
"""
    program = build({"mm/a.c": code})
    before = chains(of(program))
    program = build({"mm/a.c": code})
    program.sleeps.start()
    program.sleeps.of(function(program, "ping"), (), frozenset(), 0, True)
    assert chains(of(program)) == before


def test_the_last_reference_is_a_doubt() -> None:
    code = """
static void release(struct kref *k)
{
	mutex_lock(&m);
}
static void put(struct kref *k)
{
	if (refcount_dec_and_test(&k->refcount))
		release(k);
}
void start(struct kref *k)
{
	put(k);
}
"""
    (sink,) = sinks(code)
    assert [doubt.kind for doubt in sink.doubts] == [DoubtKind.STATE]


@pytest.mark.parametrize(("filled", "kinds"), [("dev->log", [DoubtKind.STATE]), ("dev->other", [])])
def test_what_the_first_who_comes_fills_is_a_doubt(filled: str, kinds: list[DoubtKind]) -> None:
    code = f"void start(struct dev *dev)\n{{\n\tif (dev->log)\n\t\treturn;\n\t{filled} = kmalloc(8, GFP_KERNEL);\n}}\n"
    (sink,) = sinks(code)
    assert [doubt.kind for doubt in sink.doubts] == kinds


def test_one_of_several_behind_a_pointer_is_a_doubt_of_its_own() -> None:
    code = """
static void hard(void)
{
	might_sleep();
}
static void soft(void)
{
	spin(x);
}
static struct ops one = { .enter = hard };
static struct ops two = { .enter = soft };
void start(struct ops *o)
{
	o->enter();
}
"""
    (sink,) = sinks(code)
    assert [doubt.kind for doubt in sink.doubts] == [DoubtKind.TARGET]


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("if (m->ops->flush)", id="an operation that the object may not have"),
        pytest.param("if (!map_initialized(m))", id="done once, by a function that says so"),
        pytest.param("if (!m->core.initialized)", id="done once, by a field that says so"),
    ],
)
def test_what_the_object_is_like_is_a_doubt(condition: str) -> None:
    program = build({"mm/a.c": f"void start(struct map *m)\n{{\n\t{condition}\n\t\tmutex_lock(&m->lock);\n}}\n"})
    (sink,) = program.sleeps.of(function(program, "start"), (), frozenset(), 0, True)
    assert [doubt.kind for doubt in sink.doubts] == [DoubtKind.STATE]


def test_the_way_beside_one_that_lets_the_lock_go_is_a_doubt() -> None:
    code = """static void *nodes(struct tree *t, gfp_t gfp) { return kmalloc(8, gfp); }
void start(struct tree *t, gfp_t gfp)
{
	if (t->own_lock) {
		spin_unlock(&t->lock);
		nodes(t, gfp);
		spin_lock(&t->lock);
	} else {
		nodes(t, gfp);
	}
}
"""
    program = build({"mm/a.c": code})
    mask = value_of(program, "GFP_KERNEL")
    found = program.sleeps.of(function(program, "start"), (("gfp", mask),), frozenset(), 0, True)
    assert {(bool(sink.dropped), bool(sink.doubts)) for sink in found} == {(True, False), (False, True)}
