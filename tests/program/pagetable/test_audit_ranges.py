# SPDX-License-Identifier: GPL-2.0-or-later
"""An address becomes the part of the address space that it lies in, and whether somebody owns what is there."""

import pytest

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.program.callers import calls_of
from kpatchlint.program.pagetable.audit_ranges import Addresses
from tests.program.pagetable.test_events import PATH, program_of

BEFORE = """
struct vm_struct { void *addr; };
struct arena { struct vm_struct *area; };
static unsigned long start_of(struct arena *arena) { return arena ? (unsigned long)arena->area->addr + 8 : 0; }
static void *given(void *p, int n) { return p + n; }
"""


def places_of(body: str) -> set[str]:
    """Ranges of the address that the body passes to walk(): "linear", "vmalloc owned", "? param 0", ..."""
    head = "int f(unsigned long addr, struct page *page, struct arena *arena, void *buf, struct vm_struct *area)"
    program = program_of({PATH: f"{BEFORE}\n{head}\n{{\n{body}\nreturn 0;\n}}\n"})
    (function,) = program.resolver.in_file(PATH, "f")
    call = next(c for c in calls_of(function.body) if isinstance(c.callee, ir.Name) and show(c.callee) == "walk")
    origins = Addresses(program).at_call(function, call.at, call.args[0])
    return {
        f"{o.range or '?'}{' owned' if o.owned else ''}{f' param {o.param}' if o.param >= 0 else ''}" for o in origins
    }


@pytest.mark.parametrize(
    ("body", "places"),
    [
        pytest.param("walk(addr);", {"? param 0"}, id="a number that came in"),
        pytest.param("walk(buf);", {"? owned param 3"}, id="a pointer that came in"),
        pytest.param("walk((unsigned long)page_address(page));", {"linear owned"}, id="of a page that somebody has"),
        pytest.param("walk(__va(addr));", {"linear"}, id="of any frame"),
        pytest.param("walk((unsigned long)page);", {"vmemmap owned"}, id="of the struct page itself"),
        pytest.param("walk(PAGE_OFFSET);", {"linear"}, id="from a bound of the range"),
        pytest.param("unsigned long a = VMALLOC_START; walk(a);", {"vmalloc"}, id="through a variable"),
        pytest.param("unsigned long a; a = addr; a += PAGE_SIZE; walk(a);", {"? param 0"}, id="moved on by a page"),
        pytest.param("walk(addr & PAGE_MASK);", {"? param 0"}, id="rounded down"),
        pytest.param("walk(pmd_addr_end(VMALLOC_START, addr));", {"vmalloc"}, id="the end of an entry"),
        pytest.param("walk((unsigned long)area->addr);", {"vmalloc owned"}, id="of a mapping that exists"),
        pytest.param("walk(start_of(arena));", {"vmalloc owned"}, id="through a short function and two structs"),
        pytest.param("walk(given(buf, 3));", {"? owned param 3"}, id="through a function that gives it back"),
        pytest.param("walk(kasan_mem_to_shadow(buf));", {"kasan"}, id="KASAN's shadow"),
        pytest.param("walk(kasan_mem_to_shadow(area->addr));", {"kasan owned"}, id="the shadow of a mapping"),
        pytest.param(
            "if (!is_vmalloc_addr(buf)) return 0; walk(kasan_mem_to_shadow(buf));",
            {"kasan owned"},
            id="the shadow of what was tested to be one",
        ),
        pytest.param("walk(addr ? PAGE_OFFSET : VMALLOC_START);", {"linear", "vmalloc"}, id="one of two"),
        pytest.param("if (is_vmalloc_addr(buf)) walk(buf);", {"vmalloc owned"}, id="tested before"),
        pytest.param("if (!is_vmalloc_addr(buf)) return 1; walk(buf);", {"vmalloc owned"}, id="turned away before"),
        pytest.param("if (is_vmalloc_addr(buf)) return 1; walk(buf);", {"? owned param 3"}, id="turned away if it is"),
        pytest.param("WARN_ON(!is_vmalloc_addr(buf)); walk(buf);", {"vmalloc owned"}, id="asserted"),
        pytest.param(
            "WARN_ON((addr < PAGE_OFFSET) || (addr > PAGE_END)); walk(addr);", {"linear"}, id="between two bounds"
        ),
        pytest.param("WARN_ON(addr < PAGE_OFFSET); walk(addr);", {"? param 0"}, id="one bound says nothing"),
        pytest.param(
            "struct vm_struct *v = find_vm_area(buf); if (!v) return 1; walk(buf);", {"vmalloc owned"}, id="looked up"
        ),
        pytest.param("walk(12);", set(), id="a number is no address"),
    ],
)
def test_address(body: str, places: set[str]) -> None:
    assert places_of(body) == places


def test_an_address_that_comes_from_everywhere_is_of_nowhere() -> None:
    made = " ".join(f"a = thing{n}();" for n in range(20))
    assert places_of(f"unsigned long a; {made} walk(a);") == {"?"}
