# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults made in a tree's own code: where they are put, and that the rules find their way to them."""

from collections.abc import Iterator

import pytest

from kpatchlint.program.open import Workshop
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.selftest.records import Health, Kind, Outcome
from kpatchlint.selftest.spots import Spot, beside_init_code, in_callbacks, in_unlocking_code, under_hold, without_guard
from kpatchlint.tree.records import Tree
from tests.selftest.sample import report_on, small_tree

STOPPED = """\
static int flip(int n)
{
	return n + 1;
}

static int flip_all(void *unused)
{
	return flip(1);
}

void start(void)
{
	stop_machine(flip_all, NULL, NULL);
}
"""
LOCKED = """\
void spin_lock(spinlock_t *lock) { lock->taken = 1; }
void spin_unlock(spinlock_t *lock) { lock->taken = 0; }

static void add(struct row *row)
{
	row->n++;
}

int put(struct row *row, int n)
{
	spin_lock(&row->lock);
	if (n < 0) {
		spin_unlock(&row->lock);
		return -22;
	}
	add(row);
	spin_unlock(&row->lock);
	return 0;
}
"""
BOOT = """\
static int __init read_size(void)
{
	return 1;
}
"""
MASKED = """\
static void chip_mask(struct irq_data *data)
{
	data->n++;
}

static struct irq_chip chip = {
	.irq_mask = chip_mask,
};
"""


def places(spots: Iterator[Spot], tree: Tree) -> list[str]:
    """Each spot as the line that it changes, with what it says of the place."""
    found = []
    for spot in spots:
        source = spot.edit(tree.read(spot.path) or b"").decode()
        line = spot.line or source[: spot.start].count("\n") + 1
        found.append(f"{spot.where}: {source.splitlines()[line - 1].strip()}")
    return found


def test_sleep_is_put_into_callbacks_and_what_they_call() -> None:
    tree = small_tree({"kernel/flip.c": STOPPED})
    program = Workshop(own_vocabulary(), "arm64").program(tree)
    assert places(in_callbacks("stop-machine", b" msleep(1);", program), tree) == [
        "flip(), called by flip_all(): { msleep(1);",
        "flip_all(): { msleep(1);",
    ]


def test_callbacks_are_also_those_that_a_table_holds() -> None:
    tree = small_tree({"drivers/chip.c": MASKED})
    program = Workshop(own_vocabulary(), "arm64").program(tree)
    assert places(in_callbacks("irq-chip", b" msleep(1);", program), tree) == ["chip_mask(): { msleep(1);"]


def test_sleep_is_put_under_a_lock_and_below_it() -> None:
    tree = small_tree({"mm/rows.c": LOCKED.replace("if (n < 0) {\n\t\tspin_unlock(&row->lock);", "if (n < 0) {")})
    program = Workshop(own_vocabulary(), "arm64").program(tree)
    assert places(under_hold("spin", b" msleep(1);", program, own_vocabulary()), tree) == [
        "add(), called by put(): { msleep(1);",
        "put(): spin_lock(&row->lock); msleep(1);",
    ]


@pytest.mark.parametrize(
    ("again", "line"),
    [
        pytest.param(False, "put(): ;", id="the first unlock is taken away"),
        pytest.param(True, "put(): spin_unlock(&row->lock); spin_unlock(&row->lock);", id="the last one is doubled"),
    ],
)
def test_unlock_is_taken_away_or_doubled(again: bool, line: str) -> None:
    tree = small_tree({"mm/rows.c": LOCKED})
    program = Workshop(own_vocabulary(), "arm64").program(tree)
    assert places(in_unlocking_code(again, program, own_vocabulary()), tree) == [line]


def test_call_of_boot_code_is_put_at_the_end_of_its_file() -> None:
    tree = small_tree({"mm/boot.c": BOOT})
    program = Workshop(own_vocabulary(), "arm64").program(tree)
    assert places(beside_init_code(program), tree) == ["read_size(): read_size();"]


@pytest.mark.parametrize(
    ("rule", "path", "code"),
    [
        pytest.param("gfp-sleep-in-stop-machine", "kernel/flip.c", STOPPED, id="a callback of stop_machine()"),
        pytest.param("lock-kept-on-one-way-out", "mm/rows.c", LOCKED, id="an unlock that is gone"),
        pytest.param("unlock-of-what-is-not-held", "mm/rows.c", LOCKED, id="an unlock too many"),
        pytest.param("init-code-called-later", "mm/boot.c", BOOT, id="boot code"),
    ],
)
def test_fault_in_real_code_is_found_where_there_is_such_code(rule: str, path: str, code: str) -> None:
    without, with_it = (report_on(rule, small_tree(more)) for more in ({}, {path: code}))
    assert [p.outcome for p in with_it.plants if p.kind is Kind.REAL_CODE] == [Outcome.FOUND]
    (missed,) = (p for p in without.plants if p.kind is Kind.REAL_CODE)
    assert (missed.outcome, missed.why) == (Outcome.MISSED, "there is no such code in this kernel")
    assert (without.health, without.is_trusted) == (Health.MISSES, False)


def test_guard_is_taken_away() -> None:
    guard = "int refuse(void) { return early_section(0); }\nvoid arch_remove_memory(int start) { unmap(start); }\n"
    setup = "int set_up(void) { return register_memory_notifier(0); }\n"
    header = "int register_memory_notifier(void *nb) { return 0; }\nint early_section(void *at) { return 0; }\n"
    more = {"arch/arm64/kernel/guard.c": guard + setup, "include/linux/memory.h": header}
    program = Workshop(own_vocabulary(), "arm64").program(small_tree(more))
    (spot,) = without_guard("arch_remove_memory", ("register_memory_notifier", "early_section"), program)
    assert b"return planted(0);" in spot.edit((guard + setup).encode())
    report = report_on("boot-memory-removable", small_tree(more))
    assert [p.outcome for p in report.plants if p.kind is not Kind.NEAR_MISS] == [Outcome.FOUND]
    assert report.health is Health.FOUND


def test_kind_of_lock_that_this_kernel_does_not_have_is_not_held_against_the_rule() -> None:
    report = report_on("sleep-under-spinlock", small_tree({"mm/rows.c": LOCKED}))
    outcomes = {p.title.partition(":")[0]: p.outcome for p in report.plants if p.kind is Kind.REAL_CODE}
    assert outcomes == {
        "spin": Outcome.FOUND,
        "raw": Outcome.UNFIT,
        "rwlock": Outcome.UNFIT,
        "bit": Outcome.UNFIT,
    }
    assert (report.health, report.is_trusted) == (Health.IN_PART, True)
