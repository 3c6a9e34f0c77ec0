# SPDX-License-Identifier: GPL-2.0-or-later
"""The sleeping rules over code of a real kernel that a shallower reading takes for a fault."""

from pathlib import Path

import pytest

from kpatchlint.findings.records import Severity
from kpatchlint.program.open import Workshop
from kpatchlint.program.scope import Scope, functions_of
from kpatchlint.rules.load import own_rules
from kpatchlint.rules.run import find_all
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.tree.directory import DirectoryTree

SLEEPING = frozenset(rule.id for rule in own_rules() if rule.kind == "sleep-in-atomic")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        # pcpu_balance_populated(): drops pcpu_lock around each allocation with a mask kept in a const local.
        ("mm/percpu.c", "GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN"),
        # lpfc_create_device_data(): "atomic_create" chooses the mask, and callers under a lock pass true.
        ("drivers/scsi/lpfc/lpfc_scsi.c", "memory_flags = GFP_KERNEL;"),
    ],
    ids=["a lock that is dropped for a while", "a mask that a constant argument chooses"],
)
def test_correct_code_is_left_alone(tree_6_12: Path, path: str, said: str) -> None:
    tree = DirectoryTree(str(tree_6_12))
    source = tree.read(path)
    assert source is not None
    assert said.encode() in source
    program = Workshop(own_vocabulary(), "arm64").program(tree)
    found = find_all(program, Scope(tuple(functions_of(path, source)), whole=True), SLEEPING)
    assert not program.is_exhausted
    assert [f for f in found if f.severity is not Severity.NOTE] == []
