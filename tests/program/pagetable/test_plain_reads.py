# SPDX-License-Identifier: GPL-2.0-or-later
"""Entries that a walk reads as plain memory."""

import pytest

from kpatchlint.program.pagetable.plain_reads import plain_reads
from tests.program.sample import build, function


@pytest.mark.parametrize(
    ("body", "names"),
    [
        pytest.param("pmd_t v = *pmd; return pmd_none(v);", ("pmd",), id="into a variable"),
        pytest.param("return pmd_none(*pmd) || pmd_bad(*pmd);", ("pmd",), id="twice, told once"),
        pytest.param("pmd_t v = READ_ONCE(*pmd); return pmd_none(v);", (), id="once"),
        pytest.param("return pmd_none(pmdp_get(pmd));", (), id="by a helper"),
        pytest.param("*pmd = __pmd(0); return 0;", (), id="a write"),
        pytest.param("*pmd = pmd_mkold(*pmd); return 0;", ("pmd",), id="read to be written"),
        pytest.param("return *count;", (), id="something else"),
        pytest.param("pte_t *pte = pte_offset_kernel(pmd, 0); return pte_none(*pte);", ("pte",), id="a local"),
    ],
)
def test_entries_read_with_a_bare_star(body: str, names: tuple[str, ...]) -> None:
    program = build({"mm/a.c": f"int f(pmd_t *pmd, int *count)\n{{\n{body}\n}}\n"})
    assert plain_reads(function(program, "f")) == names
