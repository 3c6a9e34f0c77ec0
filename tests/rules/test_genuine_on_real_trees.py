# SPDX-License-Identifier: GPL-2.0-or-later
"""What a reading of untouched kernels found is reported at its line, and nothing else in the same files."""

from pathlib import Path

import pytest

from kpatchlint.program.open import Workshop
from kpatchlint.program.scope import Scope, functions_of
from kpatchlint.rules.load import find_rule, own_rules
from kpatchlint.rules.shapes import bind
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.tree.base import overlay_tree
from kpatchlint.tree.directory import DirectoryTree
from tests.rules.test_page_tables_on_real_trees import findings, program_with
from tests.rules.test_page_tables_on_real_trees import functions_of as some_of

MMU = "arch/arm64/mm/mmu.c"
CPUFEATURE = "arch/arm64/kernel/cpufeature.c"
PAGEATTR = "arch/arm64/mm/pageattr.c"
VMALLOC = "mm/vmalloc.c"
KASAN = "mm/kasan/init.c"

GENUINE = [
    # A free for each shadow page of the areas that are taken back, under the lock of all free areas.
    pytest.param("6.12", "range-done-under-spinlock", (VMALLOC,),
                 {("pcpu_get_vm_areas", 4886), ("pcpu_get_vm_areas", 4937)}, id="shadow freed under a global lock"),
    pytest.param("6.1", "range-done-under-spinlock", (VMALLOC,),
                 {("__purge_vmap_area_lazy", 1839), ("pcpu_get_vm_areas", 4038), ("pcpu_get_vm_areas", 4088)},
                 id="shadow freed under a global lock, and the purge"),
    pytest.param("6.12", "allocation-failure-fatal", (MMU, "mm/sparse.c"), {("__pgd_pgtable_alloc", 479)},
                 id="BUG_ON(no table)"),
    pytest.param("6.1", "allocation-failure-fatal", (MMU, "mm/sparse.c"), {("__pgd_pgtable_alloc", 419)},
                 id="BUG_ON(no table), older"),
    pytest.param("6.12", "allocation-in-raw-atomic", (CPUFEATURE,),
                 {("__kpti_install_ng_mappings", 1901), ("__kpti_install_ng_mappings", 1931)},
                 id="pages in stop_machine()"),
    pytest.param("6.1", "allocation-in-raw-atomic", (CPUFEATURE,),
                 {("kpti_install_ng_mappings", 1754), ("kpti_install_ng_mappings", 1784)},
                 id="pages in stop_machine(), through a table"),
    pytest.param("6.12", "freed-while-mapped", ("kernel/bpf/arena.c", "mm/kasan/shadow.c", VMALLOC),
                 {("existing_page_cb", 160)}, id="freed with its pte as it was"),
    pytest.param("6.12", "contiguous-cleared-in-part", (MMU, VMALLOC), {("unmap_hotplug_pmd_range", 913)},
                 id="one of a group of blocks"),
    pytest.param("6.1", "contiguous-cleared-in-part", (MMU, VMALLOC), {("unmap_hotplug_pmd_range", 955)},
                 id="one of a group of blocks, older"),
    pytest.param("6.1", "ttbr1-swapped-unmasked", ("arch/arm64/include/asm/mmu_context.h",),
                 {("cpu_replace_ttbr1", 174)}, id="exceptions on the idmap"),
    pytest.param("6.12", "range-walked-without-rest", (MMU, VMALLOC, KASAN, "mm/memory.c"),
                 {("unmap_hotplug_pmd_range", 904), ("free_empty_pmd_table", 1059), ("kasan_remove_pmd_table", 385)},
                 id="no rest in a range"),
    pytest.param("6.1", "range-walked-without-rest", (MMU, VMALLOC, KASAN, "mm/hugetlb_vmemmap.c"),
                 {("unmap_hotplug_pmd_range", 946), ("free_empty_pmd_table", 1101), ("kasan_remove_pmd_table", 366)},
                 id="no rest in a range, older"),
]  # fmt: skip


def tree_of(request: pytest.FixtureRequest, version: str) -> Path:
    tree: Path = request.getfixturevalue(f"tree_{version.replace('.', '_')}")
    return tree


def reported(
    tree: Path, rule: str, paths: tuple[str, ...], edit: tuple[str, str, str] | None = None
) -> set[tuple[str, int]]:
    """(function, line) of what the rule says of files as they are, or with the text behind a word changed in one."""
    base = DirectoryTree(str(tree))
    changed = {}
    if edit is not None:
        text = (base.read(paths[0]) or b"").decode()
        at = text.index(edit[0])
        assert edit[1] in text[at:]
        changed[paths[0]] = (text[:at] + text[at:].replace(edit[1], edit[2], 1)).encode()
    program = Workshop(own_vocabulary(), "arm64").program(overlay_tree(base, changed))
    functions = tuple(f for path in paths for f in functions_of(path, program.sources.read(path)))
    bound = bind(find_rule(rule, own_rules()))
    found = bound.shape.check(program, Scope(functions, whole=True), bound.rule, bound.params)
    return {(f.function, f.line) for f in found}


@pytest.mark.parametrize(("version", "rule", "paths", "expected"), GENUINE)
def test_what_reading_found_is_reported(
    request: pytest.FixtureRequest, version: str, rule: str, paths: tuple[str, ...], expected: set[tuple[str, int]]
) -> None:
    assert reported(tree_of(request, version), rule, paths) == expected


@pytest.mark.parametrize("version", ["6.12", "6.1"])
def test_invalidation_that_a_caller_does_for_all_entries_makes_a_warning(
    request: pytest.FixtureRequest, version: str
) -> None:
    path = "mm/kasan/shadow.c"
    program = program_with(tree_of(request, version), path)
    found = findings(program, "free-before-tlb-flush", some_of(program, path))
    assert [(f.function, f.severity.value) for f in found] == [("kasan_depopulate_vmalloc_pte", "warning")]
    assert found[0].notes == ("`kasan_release_vmalloc()` invalidates later, once for all entries",)


SILENT = [
    pytest.param("stopped-result-dropped",
                 (CPUFEATURE, "arch/arm64/kernel/patching.c", "kernel/time/timekeeping.c", "kernel/cpu.c"),
                 id="callbacks that return 0, or whose result is used"),
    pytest.param("removed-in-other-size", ("drivers/virtio/virtio_mem.c",), id="virtio-mem, through two helpers"),
    pytest.param("removed-in-other-size", ("drivers/dax/kmem.c",), id="dax"),
    pytest.param("removed-in-other-size", ("drivers/acpi/acpi_memhotplug.c",), id="ACPI"),
    pytest.param("range-done-under-spinlock", ("mm/hugetlb_vmemmap.c", "mm/kasan/shadow.c"),
                 id="a lock for each entry, and a table of fixed size"),
    pytest.param("live-attributes-changed", (PAGEATTR, MMU, "arch/arm64/kernel/efi.c"), id="changes that are allowed"),
    pytest.param("temporary-page-kept", (CPUFEATURE, MMU, "arch/arm64/mm/trans_pgd.c"), id="freed or kept pages"),
    pytest.param("user-entry-flushed-after-unlock",
                 ("mm/mremap.c", "mm/huge_memory.c", "mm/hugetlb.c", "mm/migrate_device.c", "mm/rmap.c"),
                 id="flushed in time, gathered, or by the caller"),
]  # fmt: skip


@pytest.mark.parametrize("version", ["6.12", "6.1"])
@pytest.mark.parametrize(("rule", "paths"), SILENT)
def test_correct_code_is_left_alone(
    request: pytest.FixtureRequest, version: str, rule: str, paths: tuple[str, ...]
) -> None:
    assert reported(tree_of(request, version), rule, paths) == set()


def test_lock_around_one_group_of_ptes_is_left_alone(tree_6_12: Path) -> None:
    """copy_pte_range() puts folios under two locks: of one table, and it stops when somebody waits."""
    assert reported(tree_6_12, "range-done-under-spinlock", ("mm/memory.c",)) == set()


FLUSH = "\tif (force_flush)\n\t\tflush_tlb_range(vma, old_end - len, old_end);\n"
PMD_FLUSH = "\t\tif (force_flush)\n\t\t\tflush_pmd_tlb_range(vma, old_addr, old_addr + PMD_SIZE);\n"


@pytest.mark.parametrize(
    ("path", "edit", "function"),
    [
        pytest.param("mm/mremap.c", ("static int move_ptes", FLUSH, ""), "move_ptes", id="never"),
        pytest.param("mm/huge_memory.c", ("bool move_huge_pmd", PMD_FLUSH, ""), "move_huge_pmd", id="never, huge"),
        pytest.param(
            "mm/userfaultfd.c",
            (
                "static int move_zeropage_pte",
                "ptep_clear_flush(src_vma, src_addr, src_pte);\n\tset_pte_at(mm, dst_addr, dst_pte, zero_pte);\n"
                "\tdouble_pt_unlock(dst_ptl, src_ptl);\n",
                "ptep_get_and_clear(mm, src_addr, src_pte);\n\tset_pte_at(mm, dst_addr, dst_pte, zero_pte);\n"
                "\tdouble_pt_unlock(dst_ptl, src_ptl);\n\tflush_tlb_page(src_vma, src_addr);\n",
            ),
            "move_zeropage_pte",
            id="after an unlock with a name of its own",
        ),
    ],
)  # fmt: skip
def test_moved_entry_without_an_invalidation_in_time(
    tree_6_12: Path, path: str, edit: tuple[str, str, str], function: str
) -> None:
    assert {name for name, _ in reported(tree_6_12, "user-entry-flushed-after-unlock", (path,), edit)} == {function}


CHANGES = """
static int change_one(pte_t *ptep, unsigned long addr, void *data)
{
	pte_t pte = READ_ONCE(*ptep);

	set_pte(ptep, %s);
	return 0;
}

int change_all(unsigned long addr, unsigned long size)
{
	return apply_to_page_range(&init_mm, addr, size, change_one, NULL);
}
"""


@pytest.mark.parametrize("version", ["6.12", "6.1"])
@pytest.mark.parametrize(
    ("value", "is_found"),
    [
        pytest.param("pte_mknoncont(pte)", True, id="out of a contiguous range"),
        pytest.param("clear_pte_bit(pte, __pgprot(PTE_NG))", True, id="global again"),
        pytest.param("set_pte_bit(pte, __pgprot(PTE_NG))", False, id="not global any more"),
        pytest.param("pte_wrprotect(pte)", False, id="a permission"),
        pytest.param("clear_pte_bit(pte, __pgprot(PTE_VALID))", False, id="taken down"),
    ],
)
def test_attributes_of_a_live_entry(request: pytest.FixtureRequest, version: str, value: str, is_found: bool) -> None:
    program = program_with(tree_of(request, version), PAGEATTR, more=CHANGES % value)
    found = findings(program, "live-attributes-changed", some_of(program, PAGEATTR))
    assert [f.function for f in found] == ["change_one"] * is_found
