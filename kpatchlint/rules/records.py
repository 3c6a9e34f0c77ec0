# SPDX-License-Identifier: GPL-2.0-or-later
"""A rule as its file states it: what it looks for, how sure it is, why, and the examples that are its tests."""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass

from kpatchlint.findings.records import Confidence, Severity
from kpatchlint.program.vocabulary import Evidence

KINDS = (
    "sleep-in-atomic",
    "page-table-size",
    "nonleaf-clear",
    "reader-safety",
    "bbm",
    "partial-unmap",
    "tlb-missing",
    "ttbr1-runtime",
    "section-mismatch",
    "lock-imbalance",
    "lock-order",
    "ret-ignored",
    "error-rollback",
    "hotplug-contract",
    "kconfig",
    "barrier",
    "hygiene",
)


class Mark(enum.Enum):
    """What an example says of a line: reported, wrongly not reported, wrongly reported."""

    EXPECT = "expect"
    MISSING = "expect-missing"
    WRONG = "expect-wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One ``// expect: rule via a > b`` on one line (from 1). ``chain`` is None when any path will do."""

    path: str
    line: int
    rule: str
    mark: Mark = Mark.EXPECT
    chain: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleFile:
    """One C block of an example; ``line`` is that of its first code line in the rule file."""

    path: str
    source: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One ``###`` of "Examples": files as they are, and the diff over them when the example is a patch.

    ``line`` is that of the heading in the rule file. ``is_alone``: it is about what its whole tree lacks, so
    that it is no fault when it is laid over another one.
    """

    title: str
    line: int
    files: tuple[ExampleFile, ...]
    diff: str | None = None
    is_alone: bool = False

    def shows(self, rule: str) -> bool:
        """Whether the fault that *rule* is about is in it; other rules may have something to say in any example."""
        mark = re.compile(rf"(?://|#) expect(?:-missing)?: {re.escape(rule)}(?![\w-])")
        return any(mark.search(text) for text in (*(file.source for file in self.files), self.diff or ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule file. ``kind`` is the JSON contract's ``class``; ``params`` are as written, see ``shapes``.

    ``sections`` maps each ``##`` heading to its text; ``path`` is the file's, below rules/; ``text`` all of it.
    """

    id: str
    title: str
    kind: str
    check: str
    severity: Severity
    confidence: Confidence
    params: Mapping[str, object]
    evidence: tuple[Evidence, ...]
    sections: Mapping[str, str]
    examples: tuple[Example, ...]
    path: str
    text: str
