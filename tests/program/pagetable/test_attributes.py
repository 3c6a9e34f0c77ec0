# SPDX-License-Identifier: GPL-2.0-or-later
"""Bits of entries by the tree's own macros, and what a new value changes."""

import pytest

from kpatchlint.facts.parse import parse_expression
from kpatchlint.program.pagetable.attributes import Attributes
from kpatchlint.program.program import Program
from tests.program.sample import build, function

BITS = """
#define PTE_VALID (_AT(pteval_t, 1) << 0)
#define PTE_RDONLY (_AT(pteval_t, 1) << 7)
#define PTE_DBM (_AT(pteval_t, 1) << 51)
#define PTE_WRITE (PTE_DBM)
#define PTE_SOFT _AT(pteval_t, (BIT(63) | GENMASK(58, 55)))
#define PTE_ODD (odd ? PTE_VALID : 0)
#define PTE_LOOP PTE_LOOP
"""
CODE = """
bool is_safe(u64 old, u64 new)
{
	pteval_t mask = PTE_RDONLY | PTE_WRITE;

	if (old)
		mask |= PTE_SOFT;
	return ((old ^ new) & ~mask) == 0;
}

static pte_t pte_mkvalid(pte_t pte) { return set_bits(pte, __pgprot(PTE_VALID)); }
"""


def program_of(more: str = "") -> Program:
    return build({"arch/arm64/include/asm/bits.h": BITS, "mm/a.c": CODE + more})


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("PTE_RDONLY", 1 << 7),
        ("PTE_WRITE | PTE_VALID", 1 << 51 | 1),
        ("PTE_SOFT", 1 << 63 | 0xF << 55),
        ("__pgprot(PTE_VALID)", 1),
        ("~PTE_VALID & 3", 2),
        ("PTE_ODD", None),
        ("PTE_LOOP", None),
        ("PTE_UNHEARD_OF", None),
        ("BIT(99)", None),
        ("f(PTE_VALID)", None),
    ],
)
def test_bits_of_an_expression(text: str, bits: int | None) -> None:
    assert Attributes(program_of().resolver).bits(parse_expression(text.encode()), "mm/a.c") == bits


def test_what_may_change_is_all_that_the_architectures_check_ever_lets_pass() -> None:
    attributes = Attributes(program_of().resolver)
    assert attributes.allowed("is_safe", "mask") == 1 << 7 | 1 << 51 | 1 << 63 | 0xF << 55
    assert attributes.allowed("is_safe", "other") is None
    assert attributes.allowed("no_such_check", "mask") is None


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        ("set(p, set_bits(*p, __pgprot(PTE_RDONLY)));", [("set_bits", 1 << 7, False)]),
        ("pte_t n = clear_bits(*p, PTE_VALID); set(p, n);", [("clear_bits", 1, True)]),
        ("pte_t n = *p; n = set_bits(n, PTE_VALID); set(p, n);", [("set_bits", 1, False)]),
        ("set(p, pte_mkvalid(*p));", [("pte_mkvalid", 1, False)]),
        ("set(p, set_bits(*p, mask));", []),
        ("set(p, *p);", []),
    ],
)
def test_changes_behind_a_value(body: str, changes: list[tuple[str, int, bool]]) -> None:
    program = program_of(f"void f(pte_t *p, u64 mask) {{ {body} }}\n")
    by = function(program, "f")
    found = Attributes(program.resolver).changes(
        by,
        parse_expression(body[body.index("set(p, ") + 7 : -2].encode()),
        frozenset({"set_bits"}),
        frozenset({"clear_bits"}),
    )
    assert [(c.call, c.bits, c.is_clear) for c in found] == changes
