# SPDX-License-Identifier: GPL-2.0-or-later
"""Entries that get another value, and tables taken out of use, while walkers may still be there."""

import pytest

from kpatchlint.program.pagetable.changes import Changes
from tests.program.pagetable.test_events import PATH, program_of


def changes_in(body: str) -> Changes:
    code = f"int f(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, int flag)\n{{\n{body}\nreturn 0;\n}}\n"
    program = program_of({PATH: code})
    (function,) = program.resolver.in_file(PATH, "f")
    return program.page_tables.changes(function)


@pytest.mark.parametrize(
    ("body", "is_open"),
    [
        pytest.param("set_pmd(pmd, pfn_pmd(addr, 0));", True, id="over anything"),
        pytest.param("if (pmd_none(*pmd)) set_pmd(pmd, pfn_pmd(addr, 0));", False, id="where there was none"),
        pytest.param("if (!pmd_present(*pmd)) set_pmd(pmd, pfn_pmd(addr, 0));", False, id="not present"),
        pytest.param("BUG_ON(!pmd_none(*pmd)); set_pmd(pmd, pfn_pmd(addr, 0));", False, id="or it stops"),
        pytest.param("WARN_ON(!pmd_none(*pmd)); set_pmd(pmd, pfn_pmd(addr, 0));", True, id="it only warns"),
        pytest.param("if (!pmd_none(*pmd)) BUG(); set_pmd(pmd, pfn_pmd(addr, 0));", False, id="or it stops by hand"),
        pytest.param("pmd_clear(pmd); flush_tlb_all(); set_pmd(pmd, pfn_pmd(addr, 0));", False, id="broken first"),
        pytest.param("pmd_t n = pfn_pmd(addr, 0); n = pmd_mkdirty(n); set_pmd(pmd, n);", True, id="through a variable"),
        pytest.param("pmd_t n = *pmd; set_pmd(pmd, pmd_mkdirty(n));", False, id="made of the old value"),
        pytest.param("pmd_t n = *pmd; set_pmd(pmd, pfn_pmd(pmd_pfn(n), 0));", False, id="the same frame again"),
        pytest.param(
            "pmd_t old = *pmd; set_pmd(pmd, pfn_pmd(addr, 0)); BUG_ON(!pgattr_change_is_safe(pmd_val(old), 0));",
            False,
            id="checked right after",
        ),
        pytest.param(
            "if (!pgattr_change_is_safe(pmd_val(*pmd), 0)) return 1; set_pmd(pmd, pfn_pmd(addr, 0));",
            False,
            id="checked before",
        ),
        pytest.param(
            "if (pgattr_change_is_safe(pmd_val(*pmd), 0)) return 1; set_pmd(pmd, pfn_pmd(addr, 0));",
            True,
            id="checked the wrong way round",
        ),
    ],
)
def test_overwrite(body: str, is_open: bool) -> None:
    assert bool(changes_in(body).overwrites) is is_open


TAKE = "pmd_t old = pmdp_collapse_flush(0, addr, pmd);"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        pytest.param(f"{TAKE} tlb_remove_table_sync_one(); use(&old);", [], id="walkers have left"),
        pytest.param(f"{TAKE} use(&old); tlb_remove_table_sync_one();", [True], id="used before they have left"),
        pytest.param(f"{TAKE} if (flag) return 1; tlb_remove_table_sync_one();", [False], id="one path forgets"),
        pytest.param(f"{TAKE} pte_free_defer(mm, pmd_pgtable(old));", [], id="the freeing waits"),
        pytest.param(f"{TAKE} use(&addr); tlb_remove_table_sync_one();", [], id="something else is used"),
        pytest.param(
            "int skipped = 0; pmd_t old; if (flag) skipped = 1; else old = pmdp_collapse_flush(0, addr, pmd); "
            "if (!skipped) pte_free_defer(mm, pmd_pgtable(old));",
            [],
            id="a flag says that there is nothing to do",
        ),
    ],
)
def test_detached_table(body: str, found: list[bool]) -> None:
    assert [reuse.again is not None for reuse in changes_in(body).reuses] == found
