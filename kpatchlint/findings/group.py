# SPDX-License-Identifier: GPL-2.0-or-later
"""Several findings of one fault become the best of them, with a note on the others.

One sleeping call is reached under many locks; behind one call under a lock there are many sleeps. Whoever mends the
first has mended them all, so one is told.
"""

from collections.abc import Iterable
from dataclasses import replace

from kpatchlint.findings.records import Finding, Severity, Verdict

_SEVERITIES = tuple(Severity)
Key = tuple[object, ...]


def group(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Leave of each fault one verdict: the most severe, with the shortest path.

    Two verdicts of one kind, state and patch are the same fault when they end at the same place, or when their paths
    begin with the same two steps.
    """
    kept: dict[int, Verdict] = {}
    others: dict[int, int] = {}
    owner: dict[Key, int] = {}
    for number, verdict in enumerate(sorted(verdicts, key=_rank)):
        keys = _keys(verdict)
        known = next((owner[k] for k in keys if k in owner), None)
        if known is None:
            kept[number] = verdict
            known = number
        else:
            others[known] = others.get(known, 0) + 1
        for key in keys:
            owner.setdefault(key, known)
    return tuple(_with_note(verdict, others.get(number, 0)) for number, verdict in kept.items())


def _keys(verdict: Verdict) -> tuple[Key, ...]:
    finding = verdict.finding
    about = (finding.kind, verdict.state, verdict.patch, verdict.gone_in)
    keys: list[Key] = [(*about, "end", finding.path, finding.line, finding.function)]
    if len(finding.chain) > 2:
        first, second = finding.chain[0], finding.chain[1]
        keys.append((*about, "start", first.path, first.line, second.path, second.line))
    return tuple(keys)


def _rank(verdict: Verdict) -> tuple[int, int, str, int, str]:
    finding = verdict.finding
    return _SEVERITIES.index(finding.severity), len(finding.chain), finding.path, finding.line, finding.rule


def _with_note(verdict: Verdict, others: int) -> Verdict:
    if not others:
        return verdict
    ways = "one more way" if others == 1 else f"{others} more ways"
    finding: Finding = verdict.finding
    return replace(verdict, finding=replace(finding, notes=(*finding.notes, f"{ways} to the same fault, not shown")))
