# SPDX-License-Identifier: GPL-2.0-or-later
"""What rules and vocabulary claim of the kernel is in a real kernel, word for word."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from kpatchlint.facts.spans import find_functions
from kpatchlint.program.vocabulary import Evidence
from kpatchlint.rules.load import own_rules
from kpatchlint.rules.vocabulary import own_vocabulary


def evidence_in(value: object) -> Iterator[Evidence]:
    """Every piece of evidence anywhere inside a record."""
    if isinstance(value, Evidence):
        yield value
    elif isinstance(value, msgspec.Struct):
        for field in msgspec.structs.fields(value):
            yield from evidence_in(getattr(value, field.name))
    elif isinstance(value, tuple):
        for each in value:
            yield from evidence_in(each)


def text_of(evidence: Evidence, tree: Path) -> bytes:
    """The file, or the bodies of the functions called *symbol* in it."""
    file = tree / evidence.path
    assert file.is_file(), f"{evidence.path} is not in the tree"
    source = file.read_bytes()
    if evidence.symbol is None:
        return source
    spans = find_functions(source, evidence.symbol)
    assert spans, f"{evidence.path} has no function {evidence.symbol}()"
    return b"\n".join(source[span.start : span.end] for span in spans)


RULES = [pytest.param(e, id=f"{rule.id}: {e.path}: {e.contains}") for rule in own_rules() for e in rule.evidence]
WORDS = [pytest.param(e, id=f"{e.path}: {e.contains}") for e in dict.fromkeys(evidence_in(own_vocabulary()))]


@pytest.mark.parametrize("evidence", [*RULES, *WORDS])
def test_evidence_is_in_the_kernel(evidence: Evidence, tree_6_12: Path) -> None:
    assert evidence.contains.encode() in text_of(evidence, tree_6_12)


@pytest.mark.parametrize("part", ["contexts", "holds", "locks", "sleepers", "trusted", "predicates"])
def test_every_part_of_the_vocabulary_has_evidence(part: str) -> None:
    entries = getattr(own_vocabulary(), part)
    assert entries
    assert any(list(evidence_in(entry)) for entry in entries)
