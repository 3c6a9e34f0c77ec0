# SPDX-License-Identifier: GPL-2.0-or-later
"""What was planted in a tree, what came of it, and what that says of each rule."""

import enum
from dataclasses import dataclass

from kpatchlint.engine import TreeUsed
from kpatchlint.program.vocabulary import Evidence
from kpatchlint.rules.records import Rule


class Kind(enum.Enum):
    """What is planted: a rule's bad example, code that looks like one, or a small fault in the tree's own code."""

    BUG = "bug"
    NEAR_MISS = "near-miss"
    REAL_CODE = "real-code"


class Outcome(enum.Enum):
    """What came of a plant.

    UNFIT: it calls what this kernel does not have. FOREIGN: it is code of another architecture. Neither is run.
    """

    FOUND = "found"
    MISSED = "missed"
    SILENT = "silent"
    FALSE = "false"
    UNFIT = "unfit"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """One thing planted for a rule. ``title`` is the example's, or says where in the tree's code; ``why`` may be ""."""

    title: str
    kind: Kind
    outcome: Outcome
    why: str = ""


class Health(enum.Enum):
    """What a rule is worth on a tree, worst first.

    DEAD: none of its faults is found. MISSES: some are not. FALSE: a near miss is reported. IN_PART: what could be
    tried is as it should be, but the kernel lacks names that the rule goes by; another version may have them. FOREIGN:
    it is about another architecture.
    """

    DEAD = "dead"
    MISSES = "misses"
    FALSE = "false"
    IN_PART = "in part"
    FOREIGN = "other arch"
    FOUND = "found"


@dataclass(frozen=True, slots=True)
class MissingEvidence:
    """A claim of a rule or of the vocabulary that this tree does not show, and what is missing."""

    evidence: Evidence
    why: str


@dataclass(frozen=True, slots=True)
class MissingWords:
    """A part of the vocabulary of which this tree has no word at all. ``part`` is e.g. "context timer"."""

    part: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleReport:
    """One rule over one tree."""

    rule: Rule
    plants: tuple[Plant, ...]
    missing: tuple[MissingEvidence, ...] = ()

    @property
    def health(self) -> Health:
        """What the plants say together."""
        outcomes = {plant.outcome for plant in self.plants}
        bugs = {plant.outcome for plant in self.plants if plant.kind is Kind.BUG}
        faults = {plant.outcome for plant in self.plants if plant.kind is not Kind.NEAR_MISS}
        if Outcome.FOUND not in (bugs or faults):  # real code speaks for a rule whose examples cannot be planted
            is_foreign = Outcome.FOREIGN in bugs and Outcome.MISSED not in bugs
            return Health.FOREIGN if is_foreign else Health.DEAD
        if Outcome.MISSED in faults:
            return Health.MISSES
        if Outcome.FALSE in outcomes:
            return Health.FALSE
        return Health.IN_PART if Outcome.UNFIT in faults else Health.FOUND

    @property
    def is_trusted(self) -> bool:
        """Whether this rule's silence means something on this tree, as far as its names are there, and its reports."""
        return self.health in (Health.FOUND, Health.IN_PART, Health.FOREIGN)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """Every rule over one tree, by id, and what of the shared vocabulary the tree does not bear out."""

    rules_digest: str
    tree: TreeUsed
    rules: tuple[RuleReport, ...]
    missing_evidence: tuple[MissingEvidence, ...]
    missing_words: tuple[MissingWords, ...]
    elapsed_s: float
