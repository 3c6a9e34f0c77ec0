# SPDX-License-Identifier: GPL-2.0-or-later
"""Paths through a function become clears and frees, in their order, with what invalidation came between."""

from collections.abc import Mapping

import pytest

from kpatchlint.dev.example import MemoryTree
from kpatchlint.program.open import Workshop
from kpatchlint.program.pagetable.events import Freed, Reach
from kpatchlint.program.pagetable.marks import Fact
from kpatchlint.program.program import Program
from kpatchlint.rules.vocabulary import own_vocabulary

PATH = "mm/example.c"


def program_of(files: Mapping[str, str]) -> Program:
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    return Workshop(own_vocabulary(), "arm64").program(tree)


def frees_in(body: str, before: str = "") -> list[Freed]:
    code = f"{before}\nvoid f(pmd_t *pmdp, pte_t *ptep, unsigned long addr, int flag)\n{{\n{body}\n}}\n"
    program = program_of({PATH: code})
    (function,) = program.resolver.in_file(PATH, "f")
    return sorted(program.page_tables.events(function).frees, key=lambda f: f.at)


@pytest.mark.parametrize(
    ("body", "reaches"),
    [
        pytest.param("pmd_clear(pmdp); free_page(table);", [Reach.NOWHERE], id="nothing in between"),
        pytest.param("pmd_clear(pmdp); flush_tlb_all(); free_page(table);", [Reach.TABLE], id="everything"),
        pytest.param(
            "pmd_clear(pmdp); flush_tlb_kernel_range(addr, addr); free_page(table);", [Reach.LEAF], id="last level"
        ),
        pytest.param(
            "flush_tlb_all(); pmd_clear(pmdp); free_page(table);", [Reach.NOWHERE], id="invalidated too early"
        ),
        pytest.param(
            "pmd_clear(pmdp); if (flag) flush_tlb_all(); free_page(table);",
            [Reach.NOWHERE, Reach.TABLE],
            id="on one path only",
        ),
        pytest.param(
            "pmd_clear(pmdp); if (flag) flush_tlb_all(); if (flag) free_page(table);",
            [Reach.TABLE],
            id="the same condition twice",
        ),
        pytest.param("pmd_clear(pmdp); free_page(addr);", [], id="something else is freed"),
        pytest.param("pmd_clear(pmdp); table = other(); free_page(table);", [], id="the variable got another value"),
        pytest.param("pmd_clear(pmdp); pmdp++; free_page(pmdp);", [], id="the entry's name moved on"),
    ],
)
def test_what_comes_between_clear_and_free(body: str, reaches: list[Reach]) -> None:
    found = frees_in(f"pte_t *table = pte_offset_kernel(pmdp, addr);\n{body}")
    assert sorted((f.reach for f in found), key=lambda r: r.value) == sorted(reaches, key=lambda r: r.value)


@pytest.mark.parametrize(
    ("test", "was"),
    [
        pytest.param("if (!pmd_sect(pmd)) return;", Fact.LEAF, id="a block, by its own test"),
        pytest.param("if (pmd_sect(pmd)) return;", None, id="no block, or no telling"),
        pytest.param("if (!pmd_table(*pmdp)) return;", Fact.TABLE, id="a table, read again"),
        pytest.param("if (pmd_none(pmd) || !pmd_leaf(pmd)) return;", Fact.LEAF, id="two tests"),
        pytest.param("if (flag && !pmd_table(pmd)) return; if (!flag) return;", Fact.TABLE, id="under a condition"),
        pytest.param("if (!pmd_sect(other)) return;", None, id="another entry's test"),
    ],
)
def test_tests_on_the_path_tell_leaf_from_table(test: str, was: Fact | None) -> None:
    body = f"pmd_t pmd = READ_ONCE(*pmdp);\n{test}\npmd_clear(pmdp); put_page(pmd_page(pmd));"
    assert {f.clear.was for f in frees_in(body)} == {was}


@pytest.mark.parametrize(
    ("helper", "call", "is_found"),
    [
        pytest.param("void drop(void *p) { free_page((unsigned long)p); }", "drop(table)", True, id="frees it"),
        pytest.param(
            "void low(void *p) { kfree(p); }\nvoid drop(void *p) { low(p); }", "drop(table)", True, id="two calls down"
        ),
        pytest.param(
            "void drop(struct page *page) { __free_page(page); }", "drop(virt_to_page(table))", True, id="by its page"
        ),
        pytest.param("void drop(void *p) { note(p); }", "drop(table)", False, id="frees nothing"),
        pytest.param("void drop(void *p, void *q) { kfree(q); }", "drop(table, 0)", False, id="frees the other one"),
    ],
)
def test_helpers_free_their_argument(helper: str, call: str, is_found: bool) -> None:
    found = frees_in(f"pte_t *table = pte_offset_kernel(pmdp, addr);\npmd_clear(pmdp); {call};", helper)
    assert bool(found) is is_found


def test_helper_that_invalidates_counts() -> None:
    helper = "static void settle(unsigned long addr) { flush_tlb_all(); }"
    found = frees_in("pte_t *t = pte_offset_kernel(pmdp, addr); pmd_clear(pmdp); settle(addr); free_page(t);", helper)
    assert [f.reach for f in found] == [Reach.TABLE]


def test_free_before_the_clear_is_told_apart() -> None:
    (found,) = frees_in("pte_t *t = pte_offset_kernel(pmdp, addr); free_page(t); pmd_clear(pmdp);")
    assert found.early


def test_table_that_came_as_a_parameter_belongs_to_the_entry_of_the_level_above() -> None:
    (found,) = frees_in("pte_free_kernel(&init_mm, ptep); pmd_clear(pmdp);")
    assert (found.early, found.is_table, found.clear.entry) == (True, True, "pmdp")
