# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a path reaches a call without a test that could have turned it away."""

import pytest

from kpatchlint.dev.example import MemoryTree
from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.program.callers import calls_of
from kpatchlint.program.guarded import (
    comes_too_late,
    is_left_without,
    is_never_followed,
    is_reached_untested,
    is_reached_without,
)
from kpatchlint.program.open import Workshop
from kpatchlint.rules.vocabulary import own_vocabulary


def mentions_length(test: ir.Expr) -> bool:
    return "len" in show(test)


@pytest.mark.parametrize(
    ("body", "is_untested"),
    [
        pytest.param("go();", True, id="no test"),
        pytest.param("if (len < 4) return; go();", False, id="an early return"),
        pytest.param("if (len > 4) go();", False, id="under the condition"),
        pytest.param("if (len > 4) note(); go();", True, id="a test that decides nothing"),
        pytest.param("if (other) return; go();", True, id="another test"),
        pytest.param("if (other || len < 4) return; go();", False, id="one of two reasons to return"),
        pytest.param("if (other && len < 4) return; go();", True, id="only together with another"),
        pytest.param("if (other) { if (len < 4) return; } go();", True, id="on one path only"),
        pytest.param("do { go(); } while (len < 4);", True, id="a loop that asks afterwards"),
        pytest.param("while (len < 4) { go(); }", False, id="a loop that asks before"),
        pytest.param("if (len < 4) goto out; go(); out: note();", False, id="by goto"),
        pytest.param("do { if (len < 4) continue; go(); } while (other);", False, id="in each round of a loop"),
        pytest.param("stay();", False, id="no such call"),
    ],
)
def test_reached_untested(body: str, is_untested: bool) -> None:
    path = "mm/a.c"
    tree = MemoryTree({path: f"void f(int len, int other)\n{{\n{body}\n}}\n".encode()})
    program = Workshop(own_vocabulary(), "arm64").program(tree)
    (function,) = program.resolver.in_file(path, "f")
    places = [c.at for c in calls_of(function.body) if show(c.callee) == "go"] or [0]
    assert is_reached_untested(program.walker.graph(function), places[0], mentions_length) is is_untested


@pytest.mark.parametrize(
    ("body", "is_left", "is_never"),
    [
        pytest.param("go(); wait();", False, False, id="followed"),
        pytest.param("go();", True, True, id="not followed"),
        pytest.param("wait(); go();", True, True, id="it came before"),
        pytest.param("go(); if (len) wait();", True, False, id="on one path"),
        pytest.param("go(); if (len) return; wait();", True, False, id="one path leaves early"),
        pytest.param("while (len) go(); wait();", False, False, id="after the loop"),
        pytest.param("while (len) { wait(); go(); }", True, False, id="in the next round only"),
        pytest.param("stay();", False, False, id="no such call"),
    ],
)
def test_followed_by(body: str, is_left: bool, is_never: bool) -> None:
    path = "mm/a.c"
    tree = MemoryTree({path: f"void f(int len, int other)\n{{\n{body}\n}}\n".encode()})
    program = Workshop(own_vocabulary(), "arm64").program(tree)
    (function,) = program.resolver.in_file(path, "f")
    at = next((c.at for c in calls_of(function.body) if show(c.callee) == "go"), 0)
    graph = program.walker.graph(function)
    assert (is_left_without(graph, at, ("wait",)), is_never_followed(graph, at, ("wait",))) == (is_left, is_never)


@pytest.mark.parametrize(
    ("body", "exposed", "late"),
    [
        pytest.param("go(); unlock(); flush();", True, True, id="behind the end"),
        pytest.param("go(); flush(); unlock();", True, False, id="before the end"),
        pytest.param("go(); if (len) flush(); unlock(); flush();", True, False, id="before it on some path"),
        pytest.param("mask(); go(); unlock();", False, False, id="never"),
        pytest.param("if (len) mask(); go(); unlock(); if (other) flush();", True, True, id="behind it on some path"),
        pytest.param("flush(); mask(); go(); unlock();", False, False, id="only before the call"),
    ],
)
def test_before_and_behind(body: str, exposed: bool, late: bool) -> None:
    path = "mm/a.c"
    tree = MemoryTree({path: f"void f(int len, int other)\n{{\n{body}\n}}\n".encode()})
    program = Workshop(own_vocabulary(), "arm64").program(tree)
    (function,) = program.resolver.functions("f", path)
    graph = program.walker.graph(function)
    at = next(c.at for c in calls_of(function.body) if show(c.callee) == "go")
    assert is_reached_without(graph, at, {"mask"}) is exposed
    assert comes_too_late(graph, at, {"unlock"}, {"flush"}) is late
