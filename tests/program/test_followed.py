# SPDX-License-Identifier: GPL-2.0-or-later
"""Pointers that may be NULL, and the first place that follows them untested."""

import pytest

from kpatchlint.dev.example import MemoryTree
from kpatchlint.program.followed import find_followed
from kpatchlint.program.open import Workshop
from kpatchlint.rules.vocabulary import own_vocabulary


@pytest.mark.parametrize(
    ("body", "is_found"),
    [
        pytest.param("p = make(); return *p;", True, id="at once"),
        pytest.param("p = make(); return p->a;", True, id="by a member"),
        pytest.param("p = make(); return p[1];", True, id="by an index"),
        pytest.param("p = make(); if (!p) return 0; return *p;", False, id="tested"),
        pytest.param("p = make(); if (p == NULL) return 0; return *p;", False, id="compared with NULL"),
        pytest.param("p = make(); BUG_ON(!p); return *p;", False, id="or it stops"),
        pytest.param("p = make(); if (flag && p) return *p; return 0;", False, id="one of two conditions"),
        pytest.param("p = make(); if (flag) return *p; if (p) return *p; return 0;", True, id="on one path"),
        pytest.param("p = make(); p = other; return *p;", False, id="got another value"),
        pytest.param("p = make(); use(p); return 0;", False, id="handed on"),
        pytest.param("p = make(); use(&p->a); return 0;", False, id="only an address in it"),
        pytest.param("p = make(); READ(p); return 0;", True, id="a macro follows it"),
        pytest.param("p = steal(); return *p;", False, id="another call"),
    ],
)
def test_followed(body: str, is_found: bool) -> None:
    path = "mm/a.c"
    code = f"#define READ(x) use(*(x))\nint f(int *p, int *other, int flag)\n{{\n{body}\n}}\n"
    program = Workshop(own_vocabulary(), "arm64").program(MemoryTree({path: code.encode()}))
    (function,) = program.resolver.in_file(path, "f")
    found = list(find_followed(program.walker.graph(function), frozenset({"make"})))
    assert bool(found) is is_found
