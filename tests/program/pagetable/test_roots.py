# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose tables an entry is of, through variables, parameters and callers."""

import pytest

from kpatchlint.facts.parse import parse_expression
from kpatchlint.program.pagetable.roots import Root
from tests.program.pagetable.test_events import PATH, program_of


@pytest.mark.parametrize(
    ("code", "roots"),
    [
        pytest.param("void f(void) { pmd_t *p = pmd_off_k(0); }", {Root.KERNEL}, id="the kernel's own"),
        pytest.param("void f(void) { pgd_t *p = pgd_offset(&init_mm, 0); }", {Root.KERNEL}, id="of init_mm"),
        pytest.param("void f(struct v *vma) { pgd_t *p = pgd_offset(vma->vm_mm, 0); }", {Root.USER}, id="a process's"),
        pytest.param("void f(void) { pgd_t *p = (pgd_t *)__get_free_page(0); }", {Root.PRIVATE}, id="a fresh page"),
        pytest.param(
            "void f(void) { pud_t *u = pud_offset(pgd_offset_k(0), 0); pmd_t *p = pmd_offset(u, 0); p++; }",
            {Root.KERNEL},
            id="two levels down",
        ),
        pytest.param(
            "static void f(pmd_t *p) { }\nvoid g(void) { f(pmd_off_k(0)); }", {Root.KERNEL}, id="the caller's"
        ),
        pytest.param(
            "static void f(pmd_t *p) { }\nvoid g(struct v *vma) { f(pmd_off_k(0)); f(pmd_off(vma->vm_mm, 0)); }",
            {Root.KERNEL, Root.USER},
            id="two callers",
        ),
        pytest.param("void f(pmd_t *p) { p = p + 1; f(p); }", set(), id="nobody tells, and it calls itself"),
    ],
)
def test_root(code: str, roots: set[Root]) -> None:
    program = program_of({PATH: code})
    (function,) = program.resolver.in_file(PATH, "f")
    assert program.page_tables.roots.of(function, parse_expression(b"p")) == roots
