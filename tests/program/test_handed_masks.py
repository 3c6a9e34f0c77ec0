# SPDX-License-Identifier: GPL-2.0-or-later
"""A mask that a function allocates with is a promise of its caller; one that it ignores or clears is none."""

import pytest

from tests.program.sample import build, function

CALLS = "int use(struct port *p) { spin_lock(&p->lock); send(p, %s); spin_unlock(&p->lock); return 0; }\n"
HCD = "int send(struct port *p, gfp_t mask) { return p->ops->enqueue(p, mask); }\n"


def sinks(code: str, mask: str = "GFP_KERNEL") -> list[tuple[str, bool]]:
    """What may sleep in ``use()`` under its lock, and whether that is certain."""
    program = build({"mm/a.c": code + CALLS % mask})
    found = program.sleeps.of(function(program, "use"), (), frozenset(), 0, True)
    return [(sink.hops[-1].target, not sink.doubts) for sink in found]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        pytest.param(HCD, [("send", False)], id="handed through a pointer"),
        pytest.param(
            "int send(struct port *p, gfp_t mask) { return kmalloc(4, mask) ? 0 : 1; }",
            [("kmalloc", True)],
            id="a proven path says more",
        ),
        pytest.param("int send(struct port *p, gfp_t mask) { return 0; }", [], id="not used"),
        pytest.param(
            "int send(struct port *p, gfp_t mask) { mask &= ~__GFP_DIRECT_RECLAIM; return p->ops->enqueue(p, mask); }",
            [],
            id="the callee forbids it",
        ),
        pytest.param(
            "int send(struct port *p, gfp_t mask) { mask &= ~__GFP_ZERO; return p->ops->enqueue(p, mask); }",
            [("send", False)],
            id="the callee clears another bit",
        ),
        pytest.param(
            "int send(struct port *p, gfp_t mask) { spin_unlock(&p->lock); p->ops->enqueue(p, mask);"
            " spin_lock(&p->lock); return 0; }",
            [],
            id="the callee lets the lock go first",
        ),
    ],
)
def test_mask_that_lets_the_callee_sleep(code: str, found: list[tuple[str, bool]]) -> None:
    assert sinks(code) == found


def test_mask_that_does_not_reclaim_is_no_promise() -> None:
    assert sinks(HCD, "GFP_ATOMIC") == []


def test_mask_of_the_caller_is_the_callers() -> None:
    code = HCD.replace("send", "give") + "int send(struct port *p, gfp_t mask) { return give(p, mask); }\n"
    assert sinks(code) == [("send", False)]
