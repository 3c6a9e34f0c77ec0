# SPDX-License-Identifier: GPL-2.0-or-later
"""The struct behind an expression, as far as declarations show it."""

import pytest

from kpatchlint.facts.parse import parse_expression
from kpatchlint.program.structs import Structs
from tests.program.sample import build, function

HEADER = """
struct list { struct list *next, *prev; };
/* struct decoy { struct wrong inner; }; */
struct inner {
	int number; /* struct wrong number; */
	const struct leaf *leaf;
	call_t call;
};
struct outer {
	struct {
		struct inner hidden;
	};
	struct inner first, *second;
	struct inner many[4];
	struct list list;
};
"""
CODE = """
#include "types.h"
static struct outer of_file;
static DEFINE_PER_CPU(struct inner, of_cpu);
static struct outer *find(int n)
{
	return 0;
}
void user(struct outer *o, const struct inner *i, unsigned int n)
{
	struct outer local, *other;
	if (n) {
		struct inner *nested = container_of(o, struct inner, leaf);
	}
}
"""


@pytest.mark.parametrize(
    ("text", "struct"),
    [
        ("o", "outer"),
        ("i", "inner"),
        ("local", "outer"),
        ("other", "outer"),
        ("nested", "inner"),
        ("of_file", "outer"),
        ("of_cpu", "inner"),
        ("&o->first", "inner"),
        ("o->second", "inner"),
        ("(*o).second->leaf", "leaf"),
        ("o->many[n].call", "call_t"),
        ("o->hidden", "inner"),
        ("o->list.next->prev", "list"),
        ("find(n)->first", "inner"),
        ("((struct inner *)o)->leaf", "leaf"),
        ("container_of(i, struct outer, first)", "outer"),
        ("o->nowhere", ""),
        ("nobody->first", ""),
        ("o->first.nothing.more", ""),
    ],
)
def test_declarations_show_the_struct(text: str, struct: str) -> None:
    program = build({"mm/a.c": CODE, "mm/types.h": HEADER})
    assert Structs(program.resolver).tag_of(parse_expression(text.encode()), function(program, "user")) == struct


def test_headers_are_followed_through_headers() -> None:
    files = {
        "mm/a.c": "#include <linux/one.h>\nvoid f(struct outer *o)\n{\n}\n",
        "include/linux/one.h": '#include "two.h"\n',
        "include/linux/two.h": HEADER,
    }
    program = build(files)
    assert Structs(program.resolver).tag_of(parse_expression(b"o->second"), function(program, "f")) == "inner"


def test_headers_in_a_ring_come_to_an_end() -> None:
    files = {
        "mm/a.c": '#include "one.h"\nvoid f(struct outer *o)\n{\n}\n',
        "mm/one.h": '#include "two.h"\n',
        "mm/two.h": '#include "one.h"\n',
    }
    program = build(files)
    assert Structs(program.resolver).tag_of(parse_expression(b"o->second"), function(program, "f")) == ""
