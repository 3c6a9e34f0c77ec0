# SPDX-License-Identifier: GPL-2.0-or-later
"""Small trees become the walks of the kernel's tables in them, and what becomes of each when tables are taken out."""

from collections.abc import Mapping

import pytest

from kpatchlint.program.pagetable.audit import Auditor
from kpatchlint.program.pagetable.audit_records import Audit, Kind, Row, Verdict
from kpatchlint.program.pagetable.audit_verdict import Clear
from tests.program.pagetable.test_events import PATH, program_of

LINEAR = (Clear("linear"),)

WALKER = """
static int look_at(unsigned long addr)
{
	pmd_t *pmdp = pmd_offset(pud_offset(p4d_offset(pgd_offset_k(addr), addr), addr), addr);

	return pmd_none(READ_ONCE(*pmdp));
}
"""


def audit_of(code: str, clears: tuple[Clear, ...] = LINEAR, more: Mapping[str, str] | None = None) -> Audit:
    return Auditor(program_of({PATH: code, **(more or {})})).audit(clears)


def row_of(code: str, clears: tuple[Clear, ...] = LINEAR) -> Row:
    (row,) = audit_of(code, clears).rows
    return row


def verdict_of(code: str, where: str = "linear") -> Verdict:
    return row_of(code, (Clear(where),)).judgements[where].verdict


SYSCALL = "SYSCALL_DEFINE1(look, unsigned long, n)\n{\n%s\nreturn 0;\n}\n"


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        pytest.param("look_at(__va(n));", Verdict.UNSERIALISED, id="nothing held"),
        pytest.param("look_at(n);", Verdict.UNSERIALISED, id="any address"),
        pytest.param(
            "rcu_read_lock(); look_at(__va(n)); rcu_read_unlock();", Verdict.UNSERIALISED, id="RCU is no help"
        ),
        pytest.param(
            "spin_lock(&init_mm.page_table_lock); look_at(__va(n)); spin_unlock(&init_mm.page_table_lock);",
            Verdict.UNSERIALISED,
            id="nor is the page table lock",
        ),
        pytest.param(
            "get_online_mems(); look_at(__va(n)); put_online_mems();", Verdict.LOCKED, id="hotplug locked out"
        ),
        pytest.param(
            "get_online_mems(); put_online_mems(); look_at(__va(n));", Verdict.UNSERIALISED, id="let go before"
        ),
        pytest.param("if (n) get_online_mems(); look_at(__va(n));", Verdict.UNSERIALISED, id="on one path only"),
        pytest.param(
            "mmap_write_lock(&init_mm); look_at(__va(n));", Verdict.UNSERIALISED, id="a lock of another range"
        ),
        pytest.param("look_at(VMALLOC_START);", Verdict.OTHER_RANGE, id="another range"),
        pytest.param("struct page *p = find(n); look_at(page_address(p));", Verdict.OWNED, id="its own memory"),
        pytest.param('look_at(n); panic("gone");', Verdict.DYING, id="and then the kernel stops"),
        pytest.param('if (n) panic("gone"); look_at(n);', Verdict.UNSERIALISED, id="it stopped only if"),
    ],
)
def test_what_is_held_where_the_walk_begins(body: str, verdict: Verdict) -> None:
    assert verdict_of(WALKER + SYSCALL % body) is verdict


@pytest.mark.parametrize(
    ("taken", "verdict"),
    [
        pytest.param("mmap_write_lock(&init_mm);", Verdict.LOCKED, id="exclusively"),
        pytest.param("mmap_read_lock(&init_mm);", Verdict.UNSERIALISED, id="shared, as those who clear hold it"),
        pytest.param("mmap_write_lock(current->mm);", Verdict.UNSERIALISED, id="of a process"),
    ],
)
def test_the_kernels_mmap_lock(taken: str, verdict: Verdict) -> None:
    assert verdict_of(WALKER + SYSCALL % f"{taken} look_at(VMALLOC_START);", "vmalloc") is verdict


def test_a_lock_of_every_caller_is_held() -> None:
    code = f"""{WALKER}
static void middle(unsigned long pfn) {{ look_at(__va(pfn)); }}
{SYSCALL % "mem_hotplug_begin(); middle(n); mem_hotplug_done();"}
void other(unsigned long n) {{ get_online_mems(); middle(n); put_online_mems(); }}
"""
    judgement = row_of(code).judgements["linear"]
    assert judgement.verdict is Verdict.LOCKED
    assert "other()" in judgement.why
    assert "sys_look()" in judgement.why or "SYSCALL_DEFINE1()" in judgement.why


def test_one_caller_without_the_lock_is_enough() -> None:
    code = f"""{WALKER}
static void middle(unsigned long pfn) {{ look_at(__va(pfn)); }}
void locked(unsigned long n) {{ get_online_mems(); middle(n); put_online_mems(); }}
void bare(unsigned long n) {{ middle(n); }}
"""
    judgement = row_of(code).judgements["linear"]
    assert judgement.verdict is Verdict.UNSERIALISED
    assert "bare()" in judgement.why


def test_a_notifier_runs_under_the_lock_of_those_who_call_it() -> None:
    code = f"""{WALKER}
static int notify(struct notifier_block *nb, unsigned long what, void *data) {{ return look_at(__va(what)); }}
static int __init setup(void) {{ return hotplug_memory_notifier(notify, 0); }}
"""
    assert verdict_of(code) is Verdict.LOCKED


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("static void __init setup(void) { look_at(PAGE_OFFSET); }", id="discarded code"),
        pytest.param(
            "static int setup(void) { return look_at(PAGE_OFFSET); }\nlate_initcall(setup);",
            id="an initcall that stays",
        ),
    ],
)
def test_boot_is_over_when_tables_are_taken_out(code: str) -> None:
    assert verdict_of(WALKER + code) is Verdict.BOOT


def test_code_behind_a_test_that_never_holds_is_not_there() -> None:
    code = f"""{WALKER}
static inline int in_gate(unsigned long addr) {{ return 0; }}
void f(unsigned long addr) {{ if (in_gate(addr)) look_at(addr); }}
"""
    assert verdict_of(code) is Verdict.NOT_BUILT


def test_code_of_an_option_that_the_architecture_lacks_is_not_there() -> None:
    more = {"Kconfig": "config HIGH\n\tbool\n"}
    code = f"#ifdef CONFIG_HIGH\n{WALKER}\n#endif\nvoid f(unsigned long addr) {{ look_at(addr); }}\n"
    (row,) = audit_of(code, more=more).rows
    assert row.judgements["linear"].verdict is Verdict.NOT_BUILT


# -- whose tables --------------------------------------------------------------------------------------------------

GENERIC = """
struct walk { struct mm_struct *mm; pgd_t *pgd; };
static int step(struct walk *walk, unsigned long addr)
{
	pgd_t *pgd = walk->pgd ? walk->pgd + pgd_index(addr) : pgd_offset(walk->mm, addr);
	return pgd_none(*pgd);
}
int walk_it(struct mm_struct *mm, unsigned long addr)
{
	struct walk walk = { .mm = mm };
	return step(&walk, addr);
}
"""


@pytest.mark.parametrize(
    ("code", "users"),
    [
        pytest.param("void f(unsigned long a) { walk_it(&init_mm, a); }", ["f"], id="the kernel's, handed down"),
        pytest.param("void f(struct vm_area_struct *v) { walk_it(v->vm_mm, 0); }", [], id="a user's"),
        pytest.param("void f(void) { walk_it(current->mm, 0); }", [], id="the current process's"),
        pytest.param(
            "void f(unsigned long a) { struct mm_struct *m = current->mm; if (!m) m = &init_mm; walk_it(m, a); }",
            ["f"],
            id="the kernel's for want of another",
        ),
        pytest.param(
            "struct info { struct mm_struct *mm; };\nstatic struct info kernel = { .mm = &init_mm };\n"
            "int show(struct seq_file *m) { struct info *info = m->private; return walk_it(info->mm, 0); }",
            ["show"],
            id="a field that a table of the tree sets",
        ),
    ],
)
def test_the_root_is_followed_to_whoever_names_it(code: str, users: list[str]) -> None:
    rows = audit_of(GENERIC + code).rows
    assert [use.place.function for row in rows for use in row.uses] == users
    assert {row.place.function for row in rows} <= {"step"}


def test_a_static_table_is_walked_without_its_root() -> None:
    code = """
static pte_t kept_pte[4][PTRS_PER_PTE];
static pte_t *slot(unsigned long addr) { return &kept_pte[0][pte_index(addr)]; }
void set_slot(int idx) { set_pte(slot(__fix_to_virt(idx)), __pte(0)); }
"""
    row = row_of(code)
    assert (row.root, row.ranges, row.kind) == ("kept_pte", ("fixmap",), Kind.WRITES)


# -- what it does --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param("return pmd_none(*pmdp);", Kind.READS, id="looks"),
        pytest.param("set_pmd(pmdp, __pmd(0)); return 0;", Kind.WRITES, id="sets"),
        pytest.param("down(pmdp); return 0;", Kind.WRITES, id="hands the entry to code that sets"),
        pytest.param(
            "pmd_clear(pmdp); pte_free_kernel(&init_mm, table); return 0;", Kind.CLEARS, id="takes tables out"
        ),
    ],
)
def test_kind(body: str, kind: Kind) -> None:
    code = f"""
static void down(pmd_t *p) {{ set_pmd(p, __pmd(1)); }}
int f(unsigned long addr)
{{
	pmd_t *pmdp = pmd_off_k(addr);
	pte_t *table = pte_offset_kernel(pmdp, addr);
	{body}
}}
"""
    assert row_of(code).kind is kind


def test_a_callback_that_is_handed_down_counts() -> None:
    code = """
typedef int (*fn_t)(pte_t *ptep, unsigned long addr);
int apply(unsigned long addr, fn_t fn) { return fn(virt_to_kpte(addr), addr); }
static int change(pte_t *ptep, unsigned long addr) { set_pte(ptep, __pte(1)); return 0; }
static int look(pte_t *ptep, unsigned long addr) { return pte_none(*ptep); }
void f(void) { apply(PAGE_OFFSET, change); }
void g(void) { apply(PAGE_OFFSET, look); }
"""
    kinds = {use.place.function: row.kind for row in audit_of(code).rows for use in row.uses}
    assert kinds == {"f": Kind.WRITES, "g": Kind.READS}


# -- a clear of one's own --------------------------------------------------------------------------------------------

CLEARING = """
void take_out(unsigned long pfn)
{
	unsigned long addr = __va(pfn);
	pmd_t *pmdp = pmd_off_k(addr);
	pte_t *table = pte_offset_kernel(pmdp, addr);

	%s
	pmd_clear(pmdp);
	flush_tlb_all();
	pte_free_kernel(&init_mm, table);
}
"""


@pytest.mark.parametrize(
    ("lock", "verdict"),
    [
        pytest.param("", Verdict.UNSERIALISED, id="takes nothing: the reader's lock is in vain"),
        pytest.param("mem_hotplug_begin();", Verdict.LOCKED, id="takes it exclusively"),
        pytest.param("get_online_mems();", Verdict.UNSERIALISED, id="both share it"),
    ],
)
def test_a_reader_is_judged_by_what_the_clear_holds(lock: str, verdict: Verdict) -> None:
    reader = WALKER + "void f(unsigned long n) { get_online_mems(); look_at(__va(n)); put_online_mems(); }"
    auditor = Auditor(program_of({PATH: CLEARING % lock + reader}))
    clears = auditor.clears_by([found.walk.walker for found in auditor.found()])
    assert [clear.range for clear in clears] == ["linear"]
    judged = {row.place.function: row.judgements["linear"] for row in auditor.audit(clears).rows}
    assert judged["take_out"].verdict is Verdict.ITSELF
    assert judged["look_at"].verdict is verdict
    assert judged["look_at"].in_vain is (verdict is Verdict.UNSERIALISED)


def test_code_that_takes_nothing_out_makes_no_clear() -> None:
    auditor = Auditor(program_of({PATH: WALKER + SYSCALL % "look_at(n);"}))
    assert auditor.clears_by([found.walk.walker for found in auditor.found()]) == ()


def test_a_tree_without_walks_has_no_rows() -> None:
    assert audit_of("int f(void) { return 0; }").rows == ()
