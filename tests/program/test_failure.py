# SPDX-License-Identifier: GPL-2.0-or-later
"""What a path does once a call has failed."""

import pytest

from kpatchlint.dev.example import MemoryTree
from kpatchlint.facts import ir
from kpatchlint.program.callers import calls_of
from kpatchlint.program.failure import fails_without, names_leading_to, used_untested
from kpatchlint.program.open import Workshop
from kpatchlint.program.program import Program
from kpatchlint.program.scope import functions_of
from kpatchlint.rules.vocabulary import own_vocabulary


def program_of(source: str) -> Program:
    return Workshop(own_vocabulary(), "arm64").program(MemoryTree({"mm/a.c": source.encode()}))


def at_of(program: Program, function: str, name: str) -> int:
    (found,) = (f for f in functions_of("mm/a.c", program.sources.read("mm/a.c")) if f.name == function)
    return next(c.at for c in calls_of(found.body) if isinstance(c.callee, ir.Name) and c.callee.id == name)


@pytest.mark.parametrize(
    ("after", "left"),
    [
        pytest.param("return ret;", True, id="nothing is done"),
        pytest.param("if (ret) undo(); return ret;", False, id="undone when it failed"),
        pytest.param("if (!ret) return 0; undo(); return ret;", False, id="success leaves early"),
        pytest.param("if (ret < 0) { undo(); return ret; } return 0;", False, id="tested against zero"),
        pytest.param("if (!ret) undo(); return ret;", True, id="undone when it worked"),
        pytest.param("if (ret) goto out; return 0; out: if (n) undo(); return ret;", True, id="undone sometimes"),
        pytest.param("if (ret) warn(); if (ret) undo(); return ret;", False, id="asked for twice"),
    ],
)
def test_what_a_failure_leaves(after: str, left: bool) -> None:
    program = program_of(f"int f(int n) {{ int ret; ret = make(n); {after} }}\n")
    (function,) = functions_of("mm/a.c", program.sources.read("mm/a.c"))
    graph = program.walker.graph(function)
    assert fails_without(graph, at_of(program, "f", "make"), "ret", {"undo"}) is left


@pytest.mark.parametrize(
    ("after", "used"),
    [
        pytest.param("use(n); return ret;", True, id="at once"),
        pytest.param("if (ret) return ret; use(n); return 0;", False, id="after a test"),
        pytest.param("if (n) use(n); return ret;", True, id="after another test"),
    ],
)
def test_use_before_the_test(after: str, used: bool) -> None:
    program = program_of(f"int f(int n) {{ int ret = make(n); {after} }}\n")
    (function,) = functions_of("mm/a.c", program.sources.read("mm/a.c"))
    graph = program.walker.graph(function)
    assert used_untested(graph, at_of(program, "f", "make"), "ret", at_of(program, "f", "use")) is used


def test_names_that_lead_to_a_call_are_followed_up() -> None:
    source = """\
static int low(void *p) { make(p); return 0; }
static void middle(void) { hand_on(low, 0); }
static void high(void) { middle(); }
static void highest(void) { high(); }
static void other(void) { unmake(); }
"""
    assert names_leading_to(program_of(source), {"make"}) == {"make", "low", "middle", "high"}
