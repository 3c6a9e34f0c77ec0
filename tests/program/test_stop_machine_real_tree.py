# SPDX-License-Identifier: GPL-2.0-or-later
"""Every stop_machine() callback of two real kernels, judged: nothing in them sleeps, so no error may be said."""

from pathlib import Path

import pytest

from kpatchlint.findings.records import Severity
from kpatchlint.program import Program, Scope
from kpatchlint.program.open import Workshop
from kpatchlint.rules.run import own_bound_rules
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.tree.base import open_tree

CONTEXTS = ("stop-machine", "cpu-stopper")
RULES = ("gfp-sleep-in-stop-machine", "sleep-in-stop-machine", "sleep-in-cpu-stopper")


@pytest.fixture(params=["6.12", "6.1"])
def tree(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue("tree_6_12" if request.param == "6.12" else "tree_6_1")
    return path


def open_program(tree: Path, arch: str) -> Program:
    return Workshop(own_vocabulary(), arch).program(open_tree(str(tree), None))


@pytest.mark.parametrize("arch", ["arm64", "x86", "powerpc", "s390"])
def test_no_callback_of_the_untouched_tree_is_an_error(tree: Path, arch: str) -> None:
    program = open_program(tree, arch)
    callbacks = {e.function.name for context in CONTEXTS for e in program.callers.all_entries(context)}
    assert {"take_cpu_down", "migration_cpu_stop", "change_clocksource"} <= callbacks
    rules = [bound for bound in own_bound_rules() if bound.rule.id in RULES]
    assert len(rules) == len(RULES)
    scope = Scope((), whole=True)
    found = [f for b in rules for f in b.shape.check(program, scope, b.rule, b.params)]
    assert [f"{f.path}:{f.line} {f.message}" for f in found if f.severity is Severity.ERROR] == []


def test_kpti_callback_is_found_and_its_allocators_are_told_apart(tree: Path) -> None:
    """It allocates with GFP_ATOMIC, passes the mutex by an alias, and hands on an allocator that does not allocate."""
    program = open_program(tree, "arm64")
    callbacks = {e.function.name: e.function for e in program.callers.all_entries("stop-machine")}
    name = "__kpti_install_ng_mappings"
    if name in callbacks:  # in 6.1 the work is done in a cpu_enable() op instead
        program.sleeps.start()
        assert program.sleeps.of(callbacks[name], (), frozenset({"atomic", "irqs_off"}), 0, True) == ()
    mapping = program.resolver.functions("__create_pgd_mapping", "arch/arm64/mm/mmu.c")
    program.sleeps.start()
    assert [s.primitive[0] for s in program.sleeps.of(mapping[0], (), frozenset({"atomic"}), 0, True)] == ["mutex_lock"]
