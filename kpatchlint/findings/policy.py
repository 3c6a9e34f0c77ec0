# SPDX-License-Identifier: GPL-2.0-or-later
"""What a project has decided about findings: severities by rule and path, and findings that it has accepted."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from kpatchlint.findings.globs import matches
from kpatchlint.findings.records import Finding, Severity, Verdict

EVERY_RULE = "*"


class By(enum.Enum):
    """What silences a finding."""

    COMMENT = "comment"
    CONFIGURATION = "configuration"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """The severity of a rule (``*``: of each) on some paths (none: everywhere); None switches it off.

    ``where`` says where that was decided, e.g. ".kpatchlint.toml:4".
    """

    rule: str
    severity: Severity | None
    where: str
    paths: tuple[str, ...] = ()
    reason: str = ""

    def applies(self, finding: Finding) -> bool:
        """Whether it is about *finding*."""
        if self.rule not in (finding.rule, EVERY_RULE):
            return False
        return not self.paths or any(matches(pattern, finding.path) for pattern in self.paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An entry of a baseline: findings of one fingerprint, ``count`` of them."""

    fingerprint: str
    rule: str
    path: str
    function: str
    count: int = 1
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The findings that a project lives with. ``name`` is the file's, for messages."""

    name: str
    entries: tuple[Accepted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All of it. Of several adjustments that apply to a finding the last one counts."""

    adjustments: tuple[Adjustment, ...] = ()
    baseline: Baseline | None = None

    def adjustment(self, finding: Finding) -> Adjustment | None:
        """What has been decided about *finding*; None: nothing."""
        return next((a for a in reversed(self.adjustments) if a.applies(finding)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """A verdict that is not shown, by what, where that stands, and the reason that is given there."""

    verdict: Verdict
    by: By
    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Stale:
    """A suppression that silences nothing any more (or never did), and why it can go."""

    by: By
    where: str
    problem: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


@dataclass(frozen=True, slots=True)
class Suppression:
    """Verdicts sorted: those to show, with the severity that the project has chosen, and those not to."""

    kept: tuple[Verdict, ...]
    suppressed: tuple[Suppressed, ...]
    # How often each fingerprint of the baseline was met.
    met: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def adjusted(verdict: Verdict, adjustment: Adjustment) -> Verdict:
    """The verdict with the severity that *adjustment* asks for, and a note that says so; not for one switched off."""
    severity = adjustment.severity
    if severity is None or severity is verdict.finding.severity:
        return verdict
    why = f": {adjustment.reason}" if adjustment.reason else ""
    note = f"{verdict.finding.severity.value} by the rule, {severity.value} by {adjustment.where}{why}"
    finding = replace(verdict.finding, severity=severity, notes=(*verdict.finding.notes, note))
    return replace(verdict, finding=finding)
