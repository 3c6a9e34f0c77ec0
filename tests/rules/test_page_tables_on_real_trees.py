# SPDX-License-Identifier: GPL-2.0-or-later
"""The page-table rules over real kernels: silent where the kernel is right, loud when a few lines make it wrong."""

from pathlib import Path
from zlib import crc32

import pytest

from kpatchlint.facts.spans import all_functions
from kpatchlint.findings.records import Finding
from kpatchlint.program.code import Function
from kpatchlint.program.open import Workshop
from kpatchlint.program.program import Program
from kpatchlint.program.scope import FileVersions, Scope, build_scopes
from kpatchlint.rules.load import find_rule, own_rules
from kpatchlint.rules.shapes import bind
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.tree.base import overlay_tree
from kpatchlint.tree.directory import DirectoryTree

MMU = "arch/arm64/mm/mmu.c"

DROP_TABLE = """
void drop_linear_table(unsigned long addr)
{
	pmd_t *pmdp = pmd_off_k(addr);
	pmd_t pmd = READ_ONCE(*pmdp);
	pte_t *table = pte_offset_kernel(pmdp, 0UL);

	if (%s)
		return;
	pmd_clear(pmdp);
	%s(addr, addr + PAGE_SIZE);
	%s;
}
"""


def program_with(tree: Path, path: str = MMU, more: str = "", edit: tuple[str, str] = ("", "")) -> Program:
    """The tree with one file edited and code appended to it, in memory."""
    base = DirectoryTree(str(tree))
    text = (base.read(path) or b"").decode()
    assert edit[0] in text
    changed = {path: (text.replace(*edit, 1) + more).encode()}
    return Workshop(own_vocabulary(), "arm64").program(overlay_tree(base, changed))


def functions_of(program: Program, path: str, *names: str) -> tuple[Function, ...]:
    source = program.sources.read(path) or b""
    spans = [s for s in all_functions(source) if not names or s.name in names]
    return tuple(Function(path, s, source, crc32(source[s.start : s.end])) for s in spans)


def findings(program: Program, rule: str, functions: tuple[Function, ...]) -> list[Finding]:
    bound = bind(find_rule(rule, own_rules()))
    return list(bound.shape.check(program, Scope(functions), bound.rule, bound.params))


@pytest.mark.parametrize(
    ("test", "free", "is_found"),
    [
        pytest.param("pmd_none(pmd)", "pte_free_kernel(&init_mm, table)", True, id="a table, and no lock"),
        pytest.param("!pmd_sect(pmd)", "__free_pages(pmd_page(pmd), 9)", False, id="a block"),
        pytest.param("!pmd_leaf(pmd)", "__free_pages(pmd_page(pmd), 9)", False, id="a block by another name"),
    ],
)
def test_new_code_that_frees_a_table(tree_6_12: Path, test: str, free: str, is_found: bool) -> None:
    program = program_with(tree_6_12, more=DROP_TABLE % (test, "flush_tlb_kernel_range", free))
    found = findings(program, "nonleaf-clear-unaudited", functions_of(program, MMU, "drop_linear_table"))
    assert [f.function for f in found] == ["drop_linear_table"] * is_found


SILENT = [
    pytest.param(MMU, (), id="unmapping of hotplugged memory"),
    pytest.param("arch/arm64/mm/trans_pgd.c", (), id="private tables"),
    pytest.param("arch/arm64/kernel/cpufeature.c", (), id="a temporary pgd in stop_machine()"),
    pytest.param("mm/mremap.c", (), id="tables of a process that are moved"),
    pytest.param("mm/hugetlb.c", (), id="shared tables of processes"),
    pytest.param("mm/memory.c", ("free_pte_range", "free_pmd_range", "free_pud_range"), id="teardown of a process"),
    pytest.param("mm/debug_vm_pgtable.c", (), id="a self-test with an mm of its own"),
    pytest.param("arch/arm64/mm/kasan_init.c", (), id="boot code"),
]


@pytest.mark.parametrize(("path", "names"), SILENT)
def test_untouched_kernel_is_silent(tree_6_12: Path, path: str, names: tuple[str, ...]) -> None:
    program = program_with(tree_6_12, path)
    functions = functions_of(program, path, *names)
    assert functions
    for rule in ("nonleaf-clear-unaudited", "free-before-tlb-flush", "table-freed-after-leaf-flush"):
        assert findings(program, rule, functions) == []


@pytest.mark.parametrize("version", ["6.12", "6.1"])
def test_shadow_of_device_memory_is_removed_unlocked_on_an_error_path(
    request: pytest.FixtureRequest, version: str
) -> None:
    """pagemap_range() removes the shadow after mem_hotplug_done(): known, and real."""
    tree: Path = request.getfixturevalue(f"tree_{version.replace('.', '_')}")
    program = program_with(tree, "mm/kasan/init.c")
    found = findings(program, "nonleaf-clear-unaudited", functions_of(program, "mm/kasan/init.c"))
    assert [f.function for f in found] == ["kasan_free_pte", "kasan_free_pmd", "kasan_free_pud", "kasan_free_p4d"]
    assert {(f.chain[0].path, f.chain[0].function) for f in found} == {("mm/memremap.c", "pagemap_range")}


def test_promotion_to_huge_vmap_is_locked_in_6_12_only(tree_6_12: Path, tree_6_1: Path) -> None:
    for tree, count in ((tree_6_12, 0), (tree_6_1, 2)):
        program = program_with(tree)
        functions = functions_of(program, MMU, "pmd_free_pte_page", "pud_free_pmd_page")
        assert len(findings(program, "nonleaf-clear-unaudited", functions)) == count


@pytest.mark.parametrize(
    ("edit", "rule", "function"),
    [
        pytest.param(
            ("\tpmd_clear(pmdp);\n\t__flush_tlb_kernel_pgtable(addr);\n", "\tpmd_clear(pmdp);\n"),
            "free-before-tlb-flush",
            "pmd_free_pte_page",
            id="a table without invalidation",
        ),
        pytest.param(
            ("__flush_tlb_kernel_pgtable(addr);", "flush_tlb_kernel_range(addr, addr + PAGE_SIZE);"),
            "table-freed-after-leaf-flush",
            "pmd_free_pte_page",
            id="a table with the last level invalidated",
        ),
        pytest.param(
            ("\t\t\tflush_tlb_kernel_range(addr, addr + PAGE_SIZE);\n\t\t\tfree_hotplug_page_range(pte_page(pte),",
             "\t\t\tfree_hotplug_page_range(pte_page(pte),"),
            "free-before-tlb-flush",
            "unmap_hotplug_pte_range",
            id="a page without invalidation",
        ),
    ],
)  # fmt: skip
def test_few_lines_make_it_wrong(tree_6_12: Path, edit: tuple[str, str], rule: str, function: str) -> None:
    program = program_with(tree_6_12, edit=edit)
    found = findings(program, rule, functions_of(program, MMU))
    assert [f.function for f in found] == [function]


CHECK = (
    "\t/* Only allow permission changes for now */\n"
    "\tif (!pgattr_change_is_safe(READ_ONCE(pmd_val(*pmdp)),\n"
    "\t\t\t\t   pmd_val(new_pmd)))\n"
    "\t\treturn 0;\n"
)


@pytest.mark.parametrize("version", ["6.12", "6.1"])
def test_huge_mapping_without_its_check(request: pytest.FixtureRequest, version: str) -> None:
    tree: Path = request.getfixturevalue(f"tree_{version.replace('.', '_')}")
    for edit, expected in ((("", ""), []), ((CHECK, ""), ["pmd_set_huge"])):
        program = program_with(tree, edit=edit)
        found = findings(program, "live-block-overwritten", functions_of(program, MMU))
        assert [f.function for f in found] == expected


@pytest.mark.parametrize("version", ["6.12", "6.1"])
def test_block_of_a_gigabyte_is_cleared_for_a_part_of_it(request: pytest.FixtureRequest, version: str) -> None:
    tree: Path = request.getfixturevalue(f"tree_{version.replace('.', '_')}")
    program = program_with(tree)
    found = findings(program, "block-cleared-in-part", functions_of(program, MMU))
    assert [f.function for f in found] == ["unmap_hotplug_pud_range"]


SELECT = ("config ARM64\n", "config ARM64\n\tselect ARCH_WANT_OPTIMIZE_HUGETLB_VMEMMAP\n")


def test_pages_of_the_memmap_are_swapped_live_once_arm64_selects_it(tree_6_12: Path) -> None:
    path = "mm/hugetlb_vmemmap.c"
    for edit, expected in ((("", ""), []), (SELECT, ["vmemmap_remap_pte", "vmemmap_restore_pte"])):
        program = program_with(tree_6_12, "arch/arm64/Kconfig", edit=edit)
        found = findings(program, "live-pfn-changed", functions_of(program, path))
        assert [f.function for f in found] == expected


def test_patch_that_selects_an_option_brings_the_code_behind_it_into_scope(tree_6_12: Path) -> None:
    path = "arch/arm64/Kconfig"
    before, after = (program_with(tree_6_12, path, edit=edit) for edit in (("", ""), SELECT))
    file = FileVersions(path, path, before.sources.read(path), after.sources.read(path))
    for scope in build_scopes(before, after, [file]):
        assert {"mm/hugetlb_vmemmap.c"} == {f.path for f in scope.functions}
        assert "vmemmap_remap_pte" in {f.name for f in scope.functions}


@pytest.mark.parametrize("version", ["6.12", "6.1"])
@pytest.mark.parametrize(
    "rule", ["ttbr1-replaced-at-run-time", "hotplug-result-dropped", "vmemmap-block-for-part-of-section"]
)
def test_untouched_kernel_keeps_the_contracts(request: pytest.FixtureRequest, version: str, rule: str) -> None:
    tree: Path = request.getfixturevalue(f"tree_{version.replace('.', '_')}")
    program = program_with(tree)
    paths = (MMU, "arch/arm64/mm/kasan_init.c", "arch/arm64/kernel/cpufeature.c", "arch/arm64/kernel/suspend.c",
             "mm/memory_hotplug.c", "mm/memremap.c", "mm/sparse-vmemmap.c", "mm/sparse.c")  # fmt: skip
    functions = tuple(f for path in paths for f in functions_of(program, path))
    assert findings(program, rule, functions) == []


def test_sync_before_a_collapsed_table_is_read_again(tree_6_12: Path) -> None:
    path = "mm/khugepaged.c"
    for edit, expected in (
        (("", ""), []),
        (
            ("\tmmu_notifier_invalidate_range_end(&range);\n\ttlb_remove_table_sync_one();\n", ""),
            ["collapse_huge_page"],
        ),
    ):
        program = program_with(tree_6_12, path, edit=edit)
        found = findings(program, "user-table-reused-early", functions_of(program, path))
        assert [f.function for f in found] == expected


TLBFLUSH = "arch/arm64/include/asm/tlbflush.h"
PGTABLE = "arch/arm64/include/asm/pgtable.h"


@pytest.mark.parametrize(
    ("path", "edit", "rule", "expected"),
    [
        pytest.param(TLBFLUSH, ("", ""), "tlbi-not-completed", [], id="invalidations as they are"),
        pytest.param(
            TLBFLUSH,
            ("\t__tlbi(vmalle1is);\n\t__tlbi_sync_s1ish();\n", "\t__tlbi(vmalle1is);\n"),
            "tlbi-not-completed",
            ["flush_tlb_all"],
            id="an invalidation that nobody waits for",
        ),
        pytest.param(PGTABLE, ("", ""), "entry-not-published", [], id="setters as they are"),
        pytest.param(
            PGTABLE,
            ("\tif (pmd_valid(pmd)) {\n\t\tdsb(ishst);\n", "\tif (pmd_valid(pmd)) {\n"),
            "entry-not-published",
            ["set_pmd"],
            id="an entry without a barrier",
        ),
    ],
)  # fmt: skip
def test_barriers_of_primitives(
    tree_6_12: Path, path: str, edit: tuple[str, str], rule: str, expected: list[str]
) -> None:
    program = program_with(tree_6_12, path, edit=edit)
    functions = functions_of(program, path)
    assert {"flush_tlb_all", "set_pmd"} & {f.name for f in functions}
    assert [f.function for f in findings(program, rule, functions)] == expected
