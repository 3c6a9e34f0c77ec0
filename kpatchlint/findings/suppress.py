# SPDX-License-Identifier: GPL-2.0-or-later
"""Verdicts and a policy become those to show and those that comments, configuration or a baseline silence.

Nothing disappears: what is silenced is counted and listed with its reason, and a suppression that has nothing left to
silence is told (``stale_marks``, ``stale_entries``).
"""

import difflib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator

from kpatchlint.findings.marks import Mark, MarkReader
from kpatchlint.findings.policy import Adjustment, Baseline, By, Policy, Stale, Suppressed, Suppression, adjusted
from kpatchlint.findings.records import Finding, State, Verdict
from kpatchlint.findings.series import rank


def suppress(verdicts: Iterable[Verdict], policy: Policy, marks_of: Callable[[Verdict], MarkReader]) -> Suppression:
    """Sort *verdicts*. A fixed one is only silenced by its rule being off: there is nothing left to object to.

    Args:
        verdicts: of one series, or of one scan.
        policy: what the project has decided.
        marks_of: the comments of the tree that a verdict's lines are in.
    """
    left = {entry.fingerprint: entry.count for entry in (policy.baseline.entries if policy.baseline else ())}
    kept: list[Verdict] = []
    suppressed: list[Suppressed] = []
    # What was there before the patch comes first in a baseline that was written for the tree.
    for verdict in sorted(verdicts, key=lambda v: (v.state is not State.PREEXISTING, rank(v))):
        silenced = _silence_by_rule(verdict, policy)
        if silenced is None and verdict.state is not State.FIXED:
            silenced = _silence(verdict, policy, marks_of(verdict), left)
        if silenced is not None:
            suppressed.append(silenced)
            continue
        adjustment = policy.adjustment(verdict.finding)
        kept.append(verdict if adjustment is None else adjusted(verdict, adjustment))
    met = {e.fingerprint: e.count - left[e.fingerprint] for e in (policy.baseline.entries if policy.baseline else ())}
    return Suppression(tuple(kept), tuple(suppressed), met)


def _silence_by_rule(verdict: Verdict, policy: Policy) -> Suppressed | None:
    adjustment = policy.adjustment(verdict.finding)
    if adjustment is None or adjustment.severity is not None:
        return None
    return Suppressed(verdict=verdict, by=By.CONFIGURATION, where=adjustment.where, reason=adjustment.reason)


def _silence(verdict: Verdict, policy: Policy, marks: MarkReader, left: dict[str, int]) -> Suppressed | None:
    mark = marks.covering(verdict.finding)
    if mark is not None:
        return Suppressed(verdict=verdict, by=By.COMMENT, where=mark.where, reason=mark.reason)
    fingerprint = verdict.finding.fingerprint()
    if policy.baseline is not None and left.get(fingerprint, 0) > 0:
        left[fingerprint] -= 1
        (entry,) = (e for e in policy.baseline.entries if e.fingerprint == fingerprint)
        return Suppressed(verdict=verdict, by=By.BASELINE, where=policy.baseline.name, reason=entry.reason)
    return None


def stale_marks(
    marks: Iterable[Mark], findings: Collection[Finding], reader: MarkReader, known_rules: Collection[str]
) -> Iterator[Stale]:
    """Marks that silence nothing.

    Args:
        marks: of functions in which every finding has been looked for.
        findings: all that was found there, in the same version of the tree.
        reader: finds the marks of that version.
        known_rules: ids of the rules; empty: any name is taken for one.
    """
    used = {(mark.path, mark.line) for finding in findings if (mark := reader.covering(finding)) is not None}
    for mark in marks:
        unknown = [rule for rule in mark.rules if known_rules and rule not in known_rules]
        if not mark.rules:
            yield Stale(By.COMMENT, mark.where, "names no rule: write ignore=RULE and the reason")
        elif not mark.reason:
            yield Stale(By.COMMENT, mark.where, f"gives no reason, so {', '.join(mark.rules)} is reported all the same")
        elif unknown:
            yield Stale(By.COMMENT, mark.where, f"there is no rule {unknown[0]!r}{_nearest(unknown[0], known_rules)}")
        elif (mark.path, mark.line) not in used:
            yield Stale(By.COMMENT, mark.where, f"silences nothing: no {' or '.join(mark.rules)} is found here")


def _nearest(name: str, rules: Collection[str]) -> str:
    close = difflib.get_close_matches(name, rules, n=1)
    return f", did you mean {close[0]!r}?" if close else ""


def stale_paths(adjustments: Iterable[Adjustment], read: Callable[[str], bytes | None]) -> Iterator[Stale]:
    """Adjustments for a file that the tree does not have. Of folders and patterns nothing is said."""
    for adjustment in adjustments:
        for path in adjustment.paths:
            name = path.rpartition("/")[2]
            if "." in name and not any(mark in path for mark in "*?[") and read(path.removeprefix("./")) is None:
                yield Stale(By.CONFIGURATION, adjustment.where, f"there is no {path} in this tree")


def stale_entries(
    baseline: Baseline, met: Counter[str], fixed: Iterable[Verdict], judged: Collection[tuple[str, str]]
) -> Iterator[Stale]:
    """Entries of a baseline that can go.

    Args:
        baseline: all entries.
        met: how often each fingerprint was met.
        fixed: what the patches mend.
        judged: (path, name) of the functions in which every finding has been looked for.
    """
    mended = Counter(verdict.finding.fingerprint() for verdict in fixed)
    for entry in baseline.entries:
        what = f"{entry.rule} in {entry.function}() ({entry.path})"
        if mended[entry.fingerprint] and met[entry.fingerprint] < entry.count:
            yield Stale(By.BASELINE, baseline.name, f"{what} is fixed by this input: take it out")
        elif not met[entry.fingerprint] and (entry.path, entry.function) in judged:
            yield Stale(By.BASELINE, baseline.name, f"{what} is not found any more: take it out")
