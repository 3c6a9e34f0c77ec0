# SPDX-License-Identifier: GPL-2.0-or-later
"""What the rules say of an example over a small tree is held against its marks."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from kpatchlint.engine import judge_series
from kpatchlint.findings.records import Finding, State
from kpatchlint.rules.examples import find_expectations
from kpatchlint.rules.place import place_example
from kpatchlint.rules.records import Example, Expectation, Mark
from kpatchlint.tree.records import PlacedPatch, Tree

_ARCH = "arm64"


@dataclass(frozen=True, slots=True)
class MemoryTree:
    """A tree that is nowhere but here."""

    files: Mapping[str, bytes]

    @property
    def kind(self) -> str:
        """As a plain directory, for whoever asks."""
        return "directory"

    @property
    def revision(self) -> str | None:
        """None: nothing here has a history."""
        return None

    def read(self, path: str) -> bytes | None:
        """The bytes of one file."""
        return self.files.get(path)

    def listing(self) -> Mapping[str, str]:
        """Path -> hash of the content."""
        return {path: hashlib.sha1(content, usedforsecurity=False).hexdigest() for path, content in self.files.items()}


def judge_example(example: Example, base: Tree) -> list[str]:
    """Run all rules over the example; one sentence for each line that is not as marked, none when all are.

    A mark without ``via`` takes any path. ``expect-missing`` and ``expect-wrong`` are strict: once the rules get such a
    line right, the mark is what is wrong.
    """
    placed = place_example(example, base)
    marks = [mark for path in _paths(example, placed) for mark in _marks(path, placed.tree)]
    verdicts = judge_series([placed], base, _ARCH)
    found = [verdict.finding for verdict in verdicts if verdict.state is State.INTRODUCED]
    faults = []
    for mark in marks:
        twin = next((f for f in found if _matches(mark, f)), None)
        if twin is not None:
            found.remove(twin)
        if (twin is None) is not (mark.mark is Mark.MISSING):
            faults.append(_fault(mark, twin is not None))
    return faults + [f"not marked: {describe(finding)}" for finding in found]


def chain_of(finding: Finding) -> tuple[str, ...]:
    """The functions on the way from entry to fault, each once where steps follow one another in it."""
    names = [step.function for step in finding.chain]
    return tuple(name for index, name in enumerate(names) if index == 0 or names[index - 1] != name)


def describe(finding: Finding) -> str:
    """A finding in the words of a mark, to be pasted when it is right."""
    via = f" via {' > '.join(chain_of(finding))}" if finding.chain else ""
    return f"{finding.path}:{finding.line}: // expect: {finding.rule}{via} ({finding.message})"


def _paths(example: Example, placed: PlacedPatch) -> list[str]:
    return sorted({*(file.path for file in example.files), *(file.path for file in placed.files)})


def _marks(path: str, tree: Tree) -> tuple[Expectation, ...]:
    return find_expectations(path, (tree.read(path) or b"").decode("utf-8", "replace"))


def _matches(mark: Expectation, finding: Finding) -> bool:
    if (mark.path, mark.line, mark.rule) != (finding.path, finding.line, finding.rule):
        return False
    return mark.chain is None or mark.chain == chain_of(finding)


def _fault(mark: Expectation, is_found: bool) -> str:
    via = f" via {' > '.join(mark.chain)}" if mark.chain else ""
    said = f"{mark.path}:{mark.line}: {mark.rule}{via}"
    if is_found:
        return f"{said}: is reported now; make its mark 'expect'"
    if mark.mark is Mark.WRONG:
        return f"{said}: is not reported any more; remove its mark"
    return f"{said}: expected, not reported"
