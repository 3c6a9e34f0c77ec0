# SPDX-License-Identifier: GPL-2.0-or-later
"""Several findings of one fault become the best of them, with a note on the others.

One sleeping call is reached under many locks; behind one call under a lock there are many sleeps. Whoever mends the
first has mended them all, so one is told.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from kpatchlint.findings.records import Finding, Severity, Verdict

_SEVERITIES = tuple(Severity)
_SHOWN = 4  # other places or roots that a note names
Key = tuple[object, ...]


def group(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Leave of each fault one verdict: the most severe, with the shortest path.

    Two verdicts of one kind, state and patch are the same fault when they end at the same place, or when they are of
    one rule and their paths begin with the same two steps.
    """
    kept: dict[int, Verdict] = {}
    others: dict[int, list[Finding]] = {}
    owner: dict[Key, int] = {}
    for number, verdict in enumerate(sorted(verdicts, key=_rank)):
        keys = _keys(verdict)
        known = next((owner[k] for k in keys if k in owner), None)
        if known is None:
            kept[number] = verdict
            known = number
        else:
            others.setdefault(known, []).append(verdict.finding)
        for key in keys:
            owner.setdefault(key, known)
    return tuple(_with_note(verdict, others.get(number, [])) for number, verdict in kept.items())


def _keys(verdict: Verdict) -> tuple[Key, ...]:
    finding = verdict.finding
    about = (finding.kind, verdict.state, verdict.patch, verdict.gone_in)
    keys: list[Key] = [(*about, "end", finding.path, finding.line, finding.function)]
    if len(finding.chain) > 2:
        first, second = finding.chain[0], finding.chain[1]
        keys.append((*about, "start", finding.rule, first.path, first.line, second.path, second.line))
    return tuple(keys)


def _rank(verdict: Verdict) -> tuple[int, int, str, int, str]:
    finding = verdict.finding
    return _SEVERITIES.index(finding.severity), len(finding.chain), finding.path, finding.line, finding.rule


def _some(names: Collection[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join([*names][:_SHOWN])}{more}"


def _with_note(verdict: Verdict, others: list[Finding]) -> Verdict:
    """The verdict with a note on the other places that its fault shows at, and one on the other ways to it."""
    if not others:
        return verdict
    finding = verdict.finding
    places = dict.fromkeys(f"`{f.function}()` ({f.path}:{f.line})" for f in others if f.line != finding.line)
    notes = [f"also reaches {_some(places)}"] if places else []
    roots = dict.fromkeys(f"`{f.chain[0].function}()`" for f in others if f.line == finding.line and f.chain)
    roots.pop(f"`{finding.chain[0].function}()`" if finding.chain else "", None)
    if roots:
        notes.append(f"also reached from {_some(roots)}")
    return replace(verdict, finding=replace(finding, notes=(*finding.notes, *notes)))
