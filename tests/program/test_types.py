# SPDX-License-Identifier: GPL-2.0-or-later
"""An expression and the struct behind it, through parameters, locals, members, casts, calls and container_of()."""

import pytest

from kpatchlint.facts.parse import parse_expression
from tests.program.sample import build, function

HEADER = """
struct flash_ops {
	int (*read)(struct flash *flash);
};

struct mtd;

struct flash {
	struct mtd *parent, *other;
	const struct flash_ops *ops; /* struct mtd *notes */
	struct {
		int a;
	} inner;
	spinlock_t lock;
	struct flash_ops spare[2];
};

#define to_flash(m) container_of(m, struct flash, parent)
struct flash *find_flash(int id);
"""
CODE = """
#include "flash.h"

static struct mtd *table[4];

struct flash *find_flash(int id)
{
	return 0;
}

void start(struct flash *f, void *opaque)
{
	struct mtd *m = opaque;
	int count;
}
"""


@pytest.mark.parametrize(
    ("expression", "tag"),
    [
        pytest.param("f", "flash", id="a parameter"),
        pytest.param("m", "mtd", id="a local"),
        pytest.param("table[2]", "mtd", id="an element of a variable of the file"),
        pytest.param("f->parent", "mtd", id="a member"),
        pytest.param("f->other", "mtd", id="the second declarator of a member"),
        pytest.param("f->ops", "flash_ops", id="a member with const"),
        pytest.param("(*f).spare[1]", "flash_ops", id="an array in what a pointer points to"),
        pytest.param("find_flash(3)->ops", "flash_ops", id="what a function returns"),
        pytest.param("to_flash(m)->parent", "mtd", id="a macro around container_of()"),
        pytest.param("container_of(m, struct flash, parent)", "flash", id="container_of() itself"),
        pytest.param("((struct mtd *)opaque)", "mtd", id="a cast"),
        pytest.param("&f->spare[0]", "flash_ops", id="an address"),
        pytest.param("opaque", "", id="void"),
        pytest.param("count", "", id="a number"),
        pytest.param("f->lock", "", id="a member of another kind of type"),
        pytest.param("f->inner", "", id="a struct without a tag"),
        pytest.param("f->nothing", "", id="no member at all"),
        pytest.param("unknown->ops", "", id="a variable from nowhere"),
    ],
)
def test_tag_of_an_expression(expression: str, tag: str) -> None:
    program = build({"drivers/flash/flash.h": HEADER, "drivers/flash/a.c": CODE})
    start = function(program, "start", "drivers/flash/a.c")
    assert program.walker.fields.types.tag_of(parse_expression(expression.encode()), start) == tag


def test_two_definitions_that_disagree_are_open() -> None:
    other = HEADER.replace("struct mtd *parent", "struct bus *parent")
    files = {"drivers/flash/flash.h": HEADER, "drivers/flash/other.h": other, "drivers/flash/a.c": CODE}
    program = build(files)
    start = function(program, "start", "drivers/flash/a.c")
    assert program.walker.fields.types.tag_of(parse_expression(b"f->parent"), start) == ""
    assert program.walker.fields.types.tag_of(parse_expression(b"f->ops"), start) == "flash_ops"
