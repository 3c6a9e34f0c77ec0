# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings of the tree before and after a patch become introduced, fixed and preexisting ones."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kpatchlint.findings.records import Finding, Severity, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one patch does to places: old path -> new path, and new path -> lines (from 1) it adds or changes."""

    renames: Mapping[str, str] = field(default_factory=dict)
    added_lines: Mapping[str, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delta:
    """Two sets of findings compared. ``preexisting`` holds pairs: as seen before, as seen after."""

    introduced: tuple[Finding, ...]
    fixed: tuple[Finding, ...]
    preexisting: tuple[tuple[Finding, Finding], ...]


def compare(before: Iterable[Finding], after: Iterable[Finding], change: Change | None = None) -> Delta:
    """Match equal fingerprints one to one, so that a second copy of an old finding counts as introduced.

    Where there are more after than before, those on lines that the patch adds are taken as the new ones. A finding
    that was less than an error and is an error now is introduced: the patch has made a possible fault a proven one.
    Every finding of *before* is in ``fixed`` or in ``preexisting``, except one that has become an error.
    """
    change = change or Change()
    old: dict[str, list[Finding]] = defaultdict(list)
    for finding in sorted(before, key=_place):
        old[moved(finding, change.renames).fingerprint()].append(finding)
    introduced: list[Finding] = []
    pairs: list[tuple[Finding, Finding]] = []
    unmatched: list[Finding] = []
    for finding in sorted(after, key=lambda f: (_touches(f, change.added_lines), _place(f))):
        candidates = old.get(finding.fingerprint())
        if not candidates:
            unmatched.append(finding)
            continue
        twin = candidates.pop(_best_twin(candidates, finding))
        if finding.severity is Severity.ERROR and twin.severity is not Severity.ERROR:
            introduced.append(finding)
        else:
            pairs.append((twin, finding))
    left = [finding for rest in old.values() for finding in rest]
    for finding in unmatched:
        reworded = next((f for f in left if _is_reworded(moved(f, change.renames), finding)), None)
        if reworded is None:
            introduced.append(finding)
        else:
            left.remove(reworded)
            pairs.append((reworded, finding))
    fixed = left
    return Delta(
        introduced=tuple(sorted(introduced, key=_place)),
        fixed=tuple(sorted(fixed, key=_place)),
        preexisting=tuple(sorted(pairs, key=lambda pair: _place(pair[1]))),
    )


def _is_reworded(old: Finding, new: Finding) -> bool:
    """Whether the patch only writes the faulty line in other words: the same is said of the same function."""
    return (
        (old.rule, old.path, old.function, old.message) == (new.rule, new.path, new.function, new.message)
        and old.severity is new.severity
        and [s.function for s in old.chain] == [s.function for s in new.chain]
    )


def moved(finding: Finding, renames: Mapping[str, str]) -> Finding:
    """The finding as its fingerprint reads once files have their new names."""
    if not renames:
        return finding
    chain = tuple(dataclasses.replace(s, path=renames.get(s.path, s.path)) for s in finding.chain)
    return dataclasses.replace(finding, path=renames.get(finding.path, finding.path), chain=chain)


def find_cause(finding: Finding, added_lines: Mapping[str, frozenset[int]]) -> Step | None:
    """The changed line that makes an unchanged line faulty; None when the fault itself is on a changed line.

    It is the last step of the chain that the patch adds or changes, the one nearest to the fault.
    """
    if finding.line in added_lines.get(finding.path, ()):
        return None
    changed = (s for s in reversed(finding.chain) if s.line in added_lines.get(s.path, ()))
    return next(changed, None)


def _best_twin(candidates: Sequence[Finding], finding: Finding) -> int:
    """Index of the candidate that is most likely the same finding: same path through the code, then nearest."""

    def distance(index: int) -> tuple[bool, bool, int]:
        other = candidates[index]
        return (
            other.severity is not finding.severity,
            [s.function for s in other.chain] != [s.function for s in finding.chain],
            abs(other.line - finding.line),
        )

    return min(range(len(candidates)), key=distance)


def _touches(finding: Finding, added_lines: Mapping[str, frozenset[int]]) -> bool:
    places = [(finding.path, finding.line), *((s.path, s.line) for s in finding.chain)]
    return any(line in added_lines.get(path, ()) for path, line in places)


def _place(finding: Finding) -> tuple[str, int, str, str, str]:
    return finding.path, finding.line, finding.rule, finding.function, finding.message
