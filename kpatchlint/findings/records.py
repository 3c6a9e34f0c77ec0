# SPDX-License-Identifier: GPL-2.0-or-later
"""A finding: what is wrong, where, along which path, and what to do instead."""

import enum
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kpatchlint.program.pagetable.audit_records import Audit


class Severity(enum.Enum):
    """ERROR: proven on MUST facts. WARNING: one MAY or heuristic step. NOTE: advice or audit."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Confidence(enum.Enum):
    """How sure the analysis is of its own reading, apart from how bad the fault would be."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class State(enum.Enum):
    """Where a finding is seen: only after the patch, only before it, or in both."""

    INTRODUCED = "introduced"
    FIXED = "fixed"
    PREEXISTING = "preexisting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step from entry to fault. ``code`` is the source text of the step, ``why`` what it contributes."""

    path: str
    line: int  # from 1, in the tree that was analysed
    function: str
    code: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one rule says of one place. ``kind`` is the JSON contract's ``class``.

    ``audit``: who else may be in the page tables that the code takes apart, for a rule that asks.
    """

    rule: str
    kind: str
    severity: Severity
    confidence: Confidence
    path: str
    line: int  # from 1, in the tree that was analysed
    function: str
    message: str
    suggestion: str | None = None
    chain: tuple[Step, ...] = ()
    conditions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    audit: "Audit | None" = field(default=None, compare=False, repr=False)

    def fingerprint(self) -> str:
        """Stay equal while code moves and while the path's middle changes: no line number, no message.

        16 lower-case hex digits of rule, file, function, and the chain's two end points with their code.
        """
        ends = (self.chain[0], self.chain[-1]) if self.chain else ()
        parts = [self.rule, self.path, self.function]
        for step in ends:
            parts += [step.path, step.function, " ".join(step.code.split())]
        return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A finding as it is reported: its state, the patch of the series (from 1) it belongs to, and where it ended."""

    finding: Finding
    state: State
    patch: int = 1
    gone_in: int | None = None
    because: Step | None = None  # the changed line that makes it faulty, when that is elsewhere
