# SPDX-License-Identifier: GPL-2.0-or-later
"""Work for every piece of a range that the caller names."""

import pytest

from kpatchlint.program.callers import calls_of
from kpatchlint.program.range_work import RangeWork
from tests.program.sample import build, function

WALK = "void g(long a, long end) { for (; a < end; a++) free_page(a); }\n"
WORKS, RESTS = frozenset({"free_page"}), frozenset({"cond_resched"})


@pytest.mark.parametrize(
    ("code", "path"),
    [
        pytest.param("void f(long a, long end) { do { free_page(a); } while (a++ != end); }", ["f"], id="here"),
        pytest.param("void f(long a, int nr) { for (int i = 0; i < nr; i++) free_page(a); }", ["f"], id="counted"),
        pytest.param(
            "void f(long a, long size) { long last = a + size; while (a < last) free_page(a++); }",
            ["f"],
            id="by a variable",
        ),
        pytest.param(
            "void g(long a) { free_page(a); }\nvoid f(long a, long end) { for (; a < end; a++) g(a); }",
            ["f", "g"],
            id="in a function that the loop calls",
        ),
        pytest.param(
            WALK + "void f(long a, long size) { g(a, a + size); }",
            ["f", "g"],
            id="the range is handed on",
        ),
        pytest.param(
            "int one(long a) { free_page(a); return 0; }\nvoid f(long a, long size) { visit(a, size, one); }",
            ["f", "one"],
            id="a function is handed on with it",
        ),
        pytest.param("void f(long a) { for (int i = 0; i < 512; i++) free_page(a); }", None, id="a constant range"),
        pytest.param(
            "void f(long a, long end) { for (; a < end; a++) { free_page(a); cond_resched(); } }", None, id="it rests"
        ),
        pytest.param("void f(long a, long end) { for (; a < end; a++) look(a); }", None, id="other work"),
        pytest.param("void f(long a, long end) { while (look(a)) free_page(a); }", None, id="another loop"),
        pytest.param("void f(long a, char *end) { while (a < end) free_page(a); }", None, id="a pointer is no range"),
        pytest.param("void f(long a, long end) { if (a < end) f(a, end); }", None, id="it calls itself"),
    ],
)
def test_work_of_a_function(code: str, path: list[str] | None) -> None:
    program = build({"mm/a.c": code})
    work = RangeWork(program, WORKS, RESTS).of(function(program, "f"))
    assert (None if work is None else [*(f.name for f, _ in work.way), work.function.name]) == path


@pytest.mark.parametrize(
    ("args", "is_found"), [("a, size", True), ("a, a + 8", True), ("0, 8", False), ("A, B", False)]
)
def test_constant_range_is_no_range(args: str, is_found: bool) -> None:
    code = WALK + f"void f(long a, long size) {{ g({args}); }}"
    program = build({"mm/a.c": code})
    by = function(program, "f")
    (call,) = calls_of(by.body)
    assert (RangeWork(program, WORKS, RESTS).of_call(by, call) is not None) is is_found


def test_loop_of_the_function_itself_counts_behind_an_offset() -> None:
    code = "void f(long a, long end) { for (; a < end; a++) free_page(a); take(); }"
    program = build({"mm/a.c": code})
    by, ranges = function(program, "f"), RangeWork(program, WORKS, RESTS)
    assert ranges.in_loop(by, 0) is not None
    assert ranges.in_loop(by, code.index("take")) is None
