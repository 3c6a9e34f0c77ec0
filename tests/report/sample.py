# SPDX-License-Identifier: GPL-2.0-or-later
"""A report of a two-patch series with a finding in every state, and one whose every text is hostile."""

import dataclasses

from kpatchlint.engine import Report, ReportedFinding, TreeUsed
from kpatchlint.findings.excerpts import Excerpt
from kpatchlint.findings.policy import By, Stale, Suppressed
from kpatchlint.findings.records import Confidence, Finding, Severity, State, Step, Verdict
from kpatchlint.patch.records import FileStatus, Patch
from kpatchlint.tree.records import PlacedFile, PlacedPatch, Placement
from tests.findings.sample import SLEEP, within


class NoTree:
    """A renderer has no business in the tree, so this one holds nothing."""

    kind = "directory"
    revision: str | None = None

    def read(self, path: str) -> bytes | None:
        raise AssertionError(f"a renderer read {path}")

    def listing(self) -> dict[str, str]:
        raise AssertionError("a renderer listed the tree")


def placed(patch: Patch, placement: Placement, *files: PlacedFile) -> PlacedPatch:
    return PlacedPatch(patch=patch, placement=placement, tree=NoTree(), files=files)


FIRST = placed(
    Patch(subject="mm: grab a table early", files=(), number=1, total=2, message_id="<1@example.org>"),
    Placement.EXACT,
    PlacedFile(
        path="mm/b.c",
        old_path="mm/b.c",
        status=FileStatus.MODIFIED,
        before=b"",
        after=b"",
        old_blob="e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
        new_blob="257cc5642cb1a054f08cc83f2d943e56fd3ebe99",
    ),
)

SECOND = placed(
    Patch(
        subject="mm: call it from the stopper",
        files=(),
        number=2,
        total=2,
        damage=("white space was folded", "a hunk is short by 2 lines", "three", "four", "five", "six"),
    ),
    Placement.PARTIAL,
    PlacedFile(
        path="mm/a.c",
        old_path=None,
        status=FileStatus.COPIED,
        before=None,
        after=b"".join(b"\tline_%d();\n" % number for number in range(1, 31)),
        added_lines=frozenset(range(1, 31)),
        old_blob=None,
        new_blob="257cc5642cb1a054f08cc83f2d943e56fd3ebe99",
        notes=("hunk 2 has no place",),
    ),
)

LASTING: Finding = dataclasses.replace(
    SLEEP,
    message="`remap()` runs as a stop_machine() callback: interrupts are off and it must not sleep, but `grab()` "
    "allocates with GFP_KERNEL, which includes __GFP_DIRECT_RECLAIM",
    suggestion="Preallocate the table before stop_machine().",
    conditions=("CONFIG_MEMORY_HOTPLUG", "!CONFIG_PREEMPT_RT"),
    notes=("the path crosses code that could not be read: mm/a.c:12",),
)

GONE = dataclasses.replace(
    within(SLEEP, "swap"),
    severity=Severity.WARNING,
    confidence=Confidence.LOW,
    chain=(),
    line=90,
    message="sleeps, too",
)

EXCERPT = Excerpt(38, ("static void *grab(gfp_t gfp)", "{", "\treturn kmalloc(64, gfp);", "}"))


def verdict(finding: Finding, state: State, patch: int, gone_in: int | None = None) -> Verdict:
    because = finding.chain[0] if finding.chain else None
    return Verdict(finding=finding, state=state, patch=patch, gone_in=gone_in, because=because)


def report(*findings: ReportedFinding) -> Report:
    return Report(
        rules_digest="0123456789abcdef",
        tree=TreeUsed(kind="git", revision="a" * 40, kernel="6.12.0", arch="arm64"),
        patches=(FIRST, SECOND),
        findings=findings,
        notes=("patch 3 of 3 is missing",),
        elapsed_s=1.25,
        added=({}, {"mm/a.c": frozenset(range(1, 31))}),
    )


TITLE = "allocation that may sleep is reachable from a stop_machine() callback"

EVERY_STATE = report(
    ReportedFinding(verdict=verdict(LASTING, State.INTRODUCED, 2), title=TITLE, excerpt=EXCERPT),
    ReportedFinding(verdict=verdict(GONE, State.INTRODUCED, 1, gone_in=2), title=TITLE),
    ReportedFinding(verdict=verdict(within(SLEEP, "old"), State.FIXED, 1), title=TITLE),
    ReportedFinding(verdict=verdict(within(SLEEP, "older"), State.PREEXISTING, 1), title=TITLE),
)

EVIL = "\x1b]0;owned\x07\u202eevil\u2069\x9b31m\r" + "x" * 10_000 + "\udce9"

HOSTILE_FINDING = dataclasses.replace(
    SLEEP,
    path=EVIL,
    function=EVIL,
    message=EVIL,
    suggestion=EVIL,
    conditions=(EVIL,),
    notes=(EVIL,),
    chain=(Step(path=EVIL, line=1, function=EVIL, code=EVIL, why=EVIL),) * 2,
)

HOSTILE = dataclasses.replace(
    report(
        ReportedFinding(verdict=verdict(HOSTILE_FINDING, State.INTRODUCED, 1), title=EVIL, excerpt=Excerpt(1, (EVIL,)))
    ),
    patches=(placed(Patch(subject=EVIL, files=(), damage=(EVIL,), message_id=EVIL), Placement.PLACED),),
    notes=(EVIL,),
    suppressed=(
        Suppressed(verdict=verdict(HOSTILE_FINDING, State.INTRODUCED, 1), by=By.COMMENT, where=EVIL, reason=EVIL),
    ),
    stale=(Stale(By.COMMENT, EVIL, EVIL),),
)
