# SPDX-License-Identifier: GPL-2.0-or-later
"""The reader audit over real kernels, beside what reading the source by hand gave.

A row of the table is a walker, whoever uses it, what the walk does, where it goes, and the verdicts against tables
being taken out of the linear map, the memory map, vmalloc and KASAN's shadow.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from kpatchlint.program.open import Workshop
from kpatchlint.program.pagetable.audit import Auditor
from kpatchlint.program.pagetable.audit_records import Audit, Verdict
from kpatchlint.program.pagetable.audit_verdict import Clear
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.tree.directory import DirectoryTree

RANGES = ("linear", "vmemmap", "vmalloc", "kasan")
_LETTERS = {
    "U": Verdict.UNSERIALISED,
    "D": Verdict.DYING,
    "L": Verdict.LOCKED,
    "O": Verdict.OWNED,
    "-": Verdict.OTHER_RANGE,
    "B": Verdict.BOOT,
    "N": Verdict.NOT_BUILT,
}

Key = tuple[str, str, str, str]  # walker, user, kind, ranges joined by "+" ("" is any)

BY_HAND_6_12 = [
    ("walk_pgd_range", "ptdump_check_wx", "reads", "", "LLLL"),
    ("walk_pgd_range", "ptdump_show", "reads", "", "LLLL"),
    ("walk_pgd_range", "__hugetlb_vmemmap_optimize_folio", "writes", "vmemmap", "NNNN"),
    ("vmalloc_to_page", "vmalloc_to_page", "reads", "modules+vmalloc", "--O-"),
    ("vmap_range_noflush", "ioremap_page_range", "clears", "vmalloc", "--O-"),
    ("vmap_range_noflush", "pci_remap_iospace", "clears", "pci-io", "----"),
    ("vmap_small_pages_range_noflush", "vmap", "writes", "vmalloc", "--O-"),
    ("__vunmap_range_noflush", "free_unmap_vmap_area", "writes", "vmalloc", "--O-"),
    ("__apply_to_page_range", "change_memory_common", "writes", "linear", "O---"),
    ("__apply_to_page_range", "change_memory_common", "writes", "vmalloc", "--O-"),
    ("__apply_to_page_range", "set_direct_map_invalid_noflush", "writes", "linear", "O---"),
    ("__apply_to_page_range", "set_direct_map_default_noflush", "writes", "linear", "O---"),
    ("__apply_to_page_range", "__kernel_map_pages", "writes", "linear", "O---"),
    ("__apply_to_page_range", "kfence_guarded_alloc", "writes", "linear", "O---"),
    ("__apply_to_page_range", "vmap_pfn", "writes", "vmalloc", "--O-"),
    ("__apply_to_page_range", "kasan_populate_vmalloc", "writes", "kasan", "---O"),
    ("__apply_to_page_range", "arena_map_free", "writes", "vmalloc", "--O-"),
    ("__apply_to_page_range", "xenbus_map_ring_pv", "writes", "vmalloc", "NNNN"),
    ("kernel_page_present", "kernel_page_present", "reads", "linear", "L---"),
    ("show_pte", "el1_abort", "reads", "", "DDDD"),
    ("perf_get_pgtable_size", "perf_prepare_sample", "reads", "", "UUUU"),
    ("copy_page_tables", "machine_kexec_post_load", "reads", "linear", "U---"),
    ("copy_page_tables", "swsusp_arch_resume", "reads", "linear", "L---"),
    ("__create_pgd_mapping_locked", "arch_add_memory", "writes", "linear", "L---"),
    ("__create_pgd_mapping_locked", "mark_rodata_ro", "writes", "image", "----"),
    ("__create_pgd_mapping_locked", "mark_linear_text_alias_ro", "writes", "linear", "B---"),
    ("unmap_hotplug_range", "__remove_pgd_mapping", "writes", "linear", "L---"),
    ("unmap_hotplug_range", "vmemmap_free", "writes", "vmemmap", "-L--"),
    ("free_empty_tables", "__remove_pgd_mapping", "clears", "linear", "L---"),
    ("free_empty_tables", "vmemmap_free", "clears", "vmemmap", "-L--"),
    ("vmemmap_pgd_populate", "vmemmap_populate", "writes", "vmemmap", "-L--"),
    ("compound_section_tail_page", "vmemmap_populate_compound_pages", "reads", "", "NNNN"),
    ("shadow_mapped", "kasan_mem_notifier", "reads", "kasan", "---L"),
    ("kasan_populate_early_shadow", "kasan_add_zero_shadow", "writes", "kasan", "---L"),
    ("kasan_remove_zero_shadow", "kasan_remove_zero_shadow", "clears", "kasan", "---U"),
    ("get_gate_page", "get_gate_page", "reads", "", "NNNN"),
    ("kmap_get_pte", "kmap_get_pte", "reads", "fixmap", "NNNN"),
    ("pcpu_populate_pte", "pcpu_page_first_chunk", "writes", "vmalloc", "--B-"),
    ("__create_pgd_mapping_locked", "paging_init", "writes", "linear", "B---"),
    ("__create_pgd_mapping_locked", "fixmap_remap_fdt", "writes", "fixmap", "----"),
    ("early_fixmap_init", "early_fixmap_init", "writes", "fixmap", "----"),
    ("kasan_pgd_populate", "kasan_init_shadow", "writes", "kasan", "---B"),
    ("clone_next_level", "clone_next_level", "reads", "", "BBBB"),
    ("fixmap_pte", "__set_fixmap", "writes", "fixmap", "----"),
]

BY_HAND_6_1 = [
    ("copy_page_tables", "machine_kexec_post_load", "reads", "linear", "U---"),
    ("copy_page_tables", "swsusp_arch_resume", "reads", "linear", "L---"),
    ("perf_get_pgtable_size", "perf_prepare_sample", "reads", "", "UUUU"),
    ("walk_pgd_range", "ptdump_check_wx", "reads", "", "LLLL"),
    ("vmemmap_pgd_populate", "vmemmap_populate", "writes", "vmemmap", "-L--"),
    ("free_empty_tables", "__remove_pgd_mapping", "clears", "linear", "L---"),
    ("kasan_remove_zero_shadow", "kasan_remove_zero_shadow", "clears", "kasan", "---U"),
    ("vmalloc_to_page", "vmalloc_to_page", "reads", "modules+vmalloc", "--O-"),
    ("find_num_contig", "vmap", "reads", "vmalloc", "--O-"),
]

# Rows that nobody keeps away from some range, other than those above, each read in the source:
# kasan_release_vmalloc() walks the shadow of an area that is being freed, which hot-removal does not touch; the crash
# kernel's memory is reserved at boot and cannot be taken offline.
JUDGED_FALSE = {"kasan_release_vmalloc", "arch_kexec_protect_crashkres", "arch_kexec_unprotect_crashkres"}


def audit_of(tree: Path) -> Audit:
    program = Workshop(own_vocabulary(), "arm64").program(DirectoryTree(str(tree)))
    return Auditor(program).audit([Clear(name) for name in RANGES])


@pytest.fixture(scope="module")
def audit_6_12(tree_6_12: Path) -> Audit:
    return audit_of(tree_6_12)


@pytest.fixture(scope="module")
def audit_6_1(tree_6_1: Path) -> Audit:
    return audit_of(tree_6_1)


def verdicts_of(audit: Audit) -> Mapping[Key, tuple[Verdict, ...]]:
    return {
        (row.place.function, use.place.function, row.kind.value, "+".join(row.ranges)): tuple(
            use.judgements[name].verdict for name in RANGES
        )
        for row in audit.rows
        for use in row.uses
    }


def expected(row: tuple[str, str, str, str, str]) -> tuple[Key, tuple[Verdict, ...]]:
    return row[:4], tuple(_LETTERS[letter] for letter in row[4])


@pytest.mark.parametrize("row", BY_HAND_6_12, ids=lambda row: f"{row[1]}() down to {row[0]}(): {row[3] or 'any'}")
def test_row_of_6_12(audit_6_12: Audit, row: tuple[str, str, str, str, str]) -> None:
    key, verdicts = expected(row)
    assert verdicts_of(audit_6_12).get(key) == verdicts


@pytest.mark.parametrize("row", BY_HAND_6_1, ids=lambda row: f"{row[1]}() down to {row[0]}(): {row[3] or 'any'}")
def test_row_of_6_1(audit_6_1: Audit, row: tuple[str, str, str, str, str]) -> None:
    key, verdicts = expected(row)
    assert verdicts_of(audit_6_1).get(key) == verdicts


@pytest.mark.parametrize("version", ["6.12", "6.1"])
def test_what_nothing_keeps_away_is_what_was_found_by_hand(version: str, request: pytest.FixtureRequest) -> None:
    audit: Audit = request.getfixturevalue(f"audit_{version.replace('.', '_')}")
    open_users = {
        use.place.function
        for row in audit.rows
        for use in row.uses
        if any(judgement.verdict is Verdict.UNSERIALISED for judgement in use.judgements.values())
    }
    assert open_users - JUDGED_FALSE == {
        "machine_kexec_post_load",
        "perf_prepare_sample",
        "kasan_remove_zero_shadow",
    }


def test_tables_of_guests_and_processes_are_no_rows(audit_6_12: Audit) -> None:
    named = {row.place.function for row in audit_6_12.rows}
    assert not named & {"get_user_mapping_size", "__get_locked_pte", "mm_find_pmd", "copy_page_range"}


def test_the_way_in_without_the_hotplug_lock_is_named(audit_6_12: Audit) -> None:
    """memremap.c takes back KASAN's shadow after it has let the lock go."""
    (row,) = (row for row in audit_6_12.rows if row.place.function == "kasan_remove_zero_shadow")
    free = [entry for use in row.uses for entry in use.entries if not entry.guards]
    assert free
    assert {entry.path[-1].function for entry in free} == {"pagemap_range"}
    assert {entry.path[-1].path for entry in free} == {"mm/memremap.c"}
