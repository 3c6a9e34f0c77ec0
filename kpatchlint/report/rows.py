# SPDX-License-Identifier: GPL-2.0-or-later
"""A report becomes rows, one a finding, for formats that say each in a line or a record. Every text is printable."""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from kpatchlint.engine import Report, ReportedFinding
from kpatchlint.findings.excerpts import Excerpt
from kpatchlint.findings.policy import Suppressed
from kpatchlint.findings.records import Severity, State, Step, Verdict
from kpatchlint.report.words import patch_name, scope_name
from kpatchlint.text.clean import clip, printable

TEXT_SHOWN = 2000  # characters of a sentence; none of ours is near it, hostile code can be
PATH_SHOWN = 4096  # Linux PATH_MAX
_PATH_NAMES = 8  # functions that the path is told by; the middle of a longer one is left out

_REPLACE = re.compile(r"s/(\w+)/(\w+)/")


@dataclass(frozen=True, slots=True)
class Fix:
    """Put ``text`` in the place of the columns from ``start`` up to ``end`` (from 1, end not included) of a line.

    Columns count characters; ``before`` is the line up to ``start``, for formats that count otherwise.
    """

    start: int
    end: int
    text: str
    before: str
    old: str


@dataclass(frozen=True, slots=True)
class Place:
    """A line (from 1) of a file of the tree after the patch."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One finding. ``severity`` is a note's when the finding fails no check: gone again, fixed, or there before.

    ``changed`` is the line of the patch that makes it faulty, the fault's own place when that is changed. ``key`` is
    the fingerprint, told apart from equal ones of the same report by a number. ``patch``
    counts the report's patches from 1, ``sources`` is the code around each step.
    """

    rule: str
    kind: str
    title: str
    severity: Severity
    confidence: str
    fault: Place
    changed: Place
    function: str
    message: str
    suggestion: str
    remark: str
    steps: tuple[Step, ...]
    conditions: tuple[str, ...]
    notes: tuple[str, ...]
    key: str
    patch: int
    state: State
    fix: Fix | None
    code: str
    excerpt: Excerpt | None
    sources: tuple[Excerpt | None, ...]

    def sentence(self, *, at_change: bool = False) -> str:
        """All that one line can say: the parts, one after the other."""
        return clip("; ".join(self.parts(at_change=at_change)), TEXT_SHOWN)

    def parts(self, *, at_change: bool = False) -> tuple[str, ...]:
        """The message, the other place, the path by its functions, what to do.

        It is printed at the fault and names the changed line, or with *at_change* the other way about.
        """
        parts = [self.message]
        if self.remark:
            parts.append(self.remark)
        if self.changed != self.fault:
            parts.append(f"the fault is at {self.fault}" if at_change else f"made faulty by {self.changed}")
        if len({step.function for step in self.steps}) > 1:
            parts.append(f"path: {path_names(self.steps)}")
        if self.suggestion:
            parts.append(f"suggestion: {self.suggestion}")
        return tuple(parts)


def build_rows(report: Report, states: Collection[State]) -> tuple[Row, ...]:
    """The findings of *states* in the report's order, worst first."""
    seen: Counter[str] = Counter()
    rows = []
    for shown in report.findings:
        if shown.verdict.state in states:
            key = shown.verdict.finding.fingerprint()
            seen[key] += 1
            rows.append(_row(report, shown, key if seen[key] == 1 else f"{key}:{seen[key]}"))
    return tuple(rows)


def suppressed_rows(report: Report, states: Collection[State]) -> tuple[tuple[Row, Suppressed], ...]:
    """The findings of *states* that are silenced, each with what silences it."""
    silenced = [each for each in report.suppressed if each.verdict.state in states]
    return tuple(
        (_row(report, ReportedFinding(verdict=each.verdict), each.verdict.finding.fingerprint()), each)
        for each in silenced
    )


def level(report: Report, verdict: Verdict) -> Severity:
    """The finding's severity; a note for one that the series takes away again, mends or has not brought.

    A report without patches is about a tree as it is: there every finding keeps its severity.
    """
    is_lasting = verdict.state is State.INTRODUCED and verdict.gone_in is None
    return verdict.finding.severity if is_lasting or not report.patches else Severity.NOTE


def path_names(steps: tuple[Step, ...]) -> str:
    """A path by the functions it runs through: ``a() > b() > c()``."""
    names = [scope_name(step.path, step.function) or step.path for step in steps]
    names = [name for number, name in enumerate(names) if number == 0 or name != names[number - 1]]
    if len(names) > _PATH_NAMES:
        half = _PATH_NAMES // 2
        names = [*names[:half], f"({len(names) - 2 * half} more)", *names[-half:]]
    return " > ".join(names)


def said(text: str) -> str:
    """Foreign text on one line, made safe and kept short."""
    return clip(printable(text, tab=" "), TEXT_SHOWN)


def find_fix(suggestion: str, excerpt: Excerpt | None, line: int) -> Fix | None:
    """The edit that a suggestion of the form ``s/OLD/NEW/`` stands for, when the line has OLD once."""
    wanted = _REPLACE.fullmatch(suggestion)
    if wanted is None or excerpt is None or not 0 <= line - excerpt.first < len(excerpt.lines):
        return None
    code = excerpt.lines[line - excerpt.first]
    places = [found.span() for found in re.finditer(rf"\b{wanted[1]}\b", code)]
    if len(places) != 1:
        return None
    start, end = places[0]
    return Fix(start + 1, end + 1, wanted[2], code[:start], wanted[1])


def _row(report: Report, shown: ReportedFinding, key: str) -> Row:
    verdict, finding = shown.verdict, shown.verdict.finding
    fault = _place(finding.path, finding.line)
    because = verdict.because
    suggestion = finding.suggestion or ""
    return Row(
        rule=finding.rule,
        kind=finding.kind,
        title=said(shown.title or finding.rule),
        severity=level(report, verdict),
        confidence=finding.confidence.value,
        fault=fault,
        changed=fault if because is None else _place(because.path, because.line),
        function=said(finding.function),
        message=said(finding.message),
        suggestion=said(suggestion),
        remark=_remark(report, verdict),
        steps=tuple(_step(step) for step in finding.chain),
        conditions=tuple(said(condition) for condition in finding.conditions),
        notes=tuple(said(note) for note in finding.notes),
        key=key,
        patch=verdict.patch,
        state=verdict.state,
        fix=find_fix(suggestion, shown.excerpt, finding.line),
        code=_code(shown),
        excerpt=shown.excerpt,
        sources=shown.sources or (None,) * len(finding.chain),
    )


def _remark(report: Report, verdict: Verdict) -> str:
    match verdict.state:
        case State.FIXED:
            return f"fixed by patch {patch_name(report, verdict.patch)}"
        case State.PREEXISTING:
            return "there before the patch" if report.patches else ""
        case State.INTRODUCED if verdict.gone_in is not None:
            ends = patch_name(report, verdict.patch), patch_name(report, verdict.gone_in)
            return f"introduced in {ends[0]}, gone in {ends[1]}: a tree between the two has the fault"
        case State.INTRODUCED:
            return ""


def _place(path: str, line: int) -> Place:
    return Place(clip(printable(path, tab="\\t"), PATH_SHOWN), max(line, 1))


def _step(step: Step) -> Step:
    place = _place(step.path, step.line)
    return Step(
        path=place.path,
        line=place.line,
        function=said(step.function),
        code=said(" ".join(step.code.split())),
        why=said(step.why),
    )


def _code(shown: ReportedFinding) -> str:
    """The faulty line as the tree has it, or as the last step quotes it."""
    finding, excerpt = shown.verdict.finding, shown.excerpt
    if excerpt is not None and 0 <= finding.line - excerpt.first < len(excerpt.lines):
        return said(excerpt.lines[finding.line - excerpt.first].strip())
    return said(" ".join(finding.chain[-1].code.split())) if finding.chain else ""
