# SPDX-License-Identifier: GPL-2.0-or-later
"""Other code that does the same in atomic context is a witness, unless it hands over something else."""

import pytest

from tests.program.sample import build, function, value_of

LOW = """
void *low(gfp_t gfp)
{
	return kmalloc(8, gfp);
}

void start(void)
{
	spin_lock(&l);
	low(GFP_KERNEL);
	spin_unlock(&l);
}
"""


def witness(code: str) -> str:
    """Who beside ``start()`` calls ``low()`` in atomic context with a mask that sleeps."""
    program = build({"mm/a.c": LOW + code})
    low = function(program, "low")
    program.sleeps.start()
    (sink,) = program.sleeps.of(low, (("gfp", value_of(program, "GFP_KERNEL")),), frozenset(), 0, True)
    return program.witness.other_caller(low, sink.primitive, {function(program, "start")})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param("spin_lock(&m); low(GFP_KERNEL); spin_unlock(&m);", "`other()` (mm/a.c)", id="under a lock"),
        pytest.param("rcu_read_lock(); low(GFP_KERNEL); rcu_read_unlock();", "`other()` (mm/a.c)", id="in RCU"),
        pytest.param("low(GFP_KERNEL);", "", id="with nothing held"),
        pytest.param("spin_lock(&m); low(GFP_ATOMIC); spin_unlock(&m);", "", id="with a mask that does not sleep"),
        pytest.param(
            "spin_lock(&m); low(GFP_KERNEL); spin_unlock(&m); low(GFP_KERNEL);", "", id="with and without the lock"
        ),
        pytest.param("spin_lock(&m); use(low); spin_unlock(&m);", "", id="handing it on only"),
    ],
)
def test_who_is_a_witness(body: str, said: str) -> None:
    assert witness(f"void other(void)\n{{\n\t{body}\n}}\n") == said


def test_a_callback_of_an_atomic_context_is_a_witness() -> None:
    tick = "static void tick(struct timer_list *t)\n{\n\tlow(GFP_KERNEL);\n}\n"
    assert witness(tick + "void init(void)\n{\n\ttimer_setup(&t, tick, 0);\n}\n") == "`tick()` (mm/a.c)"


def test_nobody_else_is_no_witness() -> None:
    assert witness("") == ""
