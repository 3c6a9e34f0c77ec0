# SPDX-License-Identifier: GPL-2.0-or-later
"""What rules and vocabulary claim of the kernel is in a real kernel, word for word."""

from pathlib import Path

import pytest

from kpatchlint.program.vocabulary import Evidence
from kpatchlint.rules.load import own_rules
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.selftest.evidence import evidence_in, why_missing
from kpatchlint.tree.directory import DirectoryTree

RULES = [pytest.param(e, id=f"{rule.id}: {e.path}: {e.contains}") for rule in own_rules() for e in rule.evidence]
WORDS = [pytest.param(e, id=f"{e.path}: {e.contains}") for e in dict.fromkeys(evidence_in(own_vocabulary()))]


@pytest.mark.parametrize("evidence", [*RULES, *WORDS])
def test_evidence_is_in_the_kernel(evidence: Evidence, tree_6_12: Path) -> None:
    assert why_missing(evidence, DirectoryTree(str(tree_6_12))) == ""


@pytest.mark.parametrize("part", ["contexts", "holds", "locks", "sleepers", "trusted", "predicates"])
def test_every_part_of_the_vocabulary_has_evidence(part: str) -> None:
    entries = getattr(own_vocabulary(), part)
    assert entries
    assert any(list(evidence_in(entry)) for entry in entries)
