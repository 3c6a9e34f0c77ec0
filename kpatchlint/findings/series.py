# SPDX-License-Identifier: GPL-2.0-or-later
"""Comparisons patch by patch become the verdicts of a series: which patch brings a finding, and which takes it away."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kpatchlint.findings.compare import Change, compare, find_cause, moved
from kpatchlint.findings.records import Confidence, Finding, Severity, State, Step, Verdict

_SEVERITIES = tuple(Severity)
_CONFIDENCES = tuple(Confidence)
_STATES = tuple(State)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchFindings:
    """What the rules say before and after one patch of the series, both within the scope of that patch."""

    before: tuple[Finding, ...]
    after: tuple[Finding, ...]
    change: Change = field(default_factory=Change)


@dataclass(slots=True)
class _Track:
    """One finding on its way through the series: as last shown, and the names its files have had since."""

    finding: Finding
    state: State
    patch: int
    names: Mapping[str, str] = field(default_factory=dict)
    because: Step | None = None
    gone_in: int | None = None
    key: str = ""

    def __post_init__(self) -> None:
        self.key = moved(self.finding, self.names).fingerprint()

    @property
    def is_live(self) -> bool:
        """Whether the finding is in the tree after the patches seen so far."""
        return self.state is not State.FIXED and self.gone_in is None

    def follow(self, renames: Mapping[str, str]) -> None:
        """Take the names that files have after one more patch."""
        if renames:
            now = {path: self.names.get(path, path) for path in _paths(self.finding)}
            self.names = {path: renames.get(name, name) for path, name in now.items()}
            self.key = moved(self.finding, self.names).fingerprint()

    def revive(self, new: "_Track") -> None:
        """A fixed finding has come back: it is older than the series after all, and shown as it is now."""
        self.finding, self.patch, self.names, self.state = new.finding, new.patch, {}, State.PREEXISTING


def compare_series(patches: Iterable[PatchFindings]) -> tuple[Verdict, ...]:
    """One verdict a finding for the whole series, worst first (see ``rank``).

    A finding belongs to the patch that introduces it. One that a later patch removes keeps its place and gets
    ``gone_in``; one that comes back after it went was never the series' doing, so it is live again under its first
    state, and a fixed one that comes back is preexisting. Numbers count patches of the series from 1. A finding's
    places are those of the tree after its patch, a fixed one's those of the tree before it.
    """
    tracks: list[_Track] = []
    for number, patch in enumerate(patches, start=1):
        delta = compare(patch.before, patch.after, patch.change)
        for track in tracks:
            track.follow(patch.change.renames)
        unmatched = [track for track in tracks if track.is_live]
        for _, finding in delta.preexisting:
            _keep(tracks, unmatched, _Track(finding, State.PREEXISTING, number))
        for finding in delta.fixed:
            _end(tracks, unmatched, _Track(finding, State.FIXED, number, patch.change.renames))
        for finding in delta.introduced:
            cause = find_cause(finding, patch.change.added_lines)
            _begin(tracks, unmatched, _Track(finding, State.INTRODUCED, number, because=cause))
    verdicts = (
        Verdict(finding=t.finding, state=t.state, patch=t.patch, gone_in=t.gone_in, because=t.because) for t in tracks
    )
    return tuple(sorted(verdicts, key=rank))


def rank(verdict: Verdict) -> tuple[int, bool, int, int, str, int, str, str]:
    """Sort key, worst first: introduced before the rest, lasting before gone, errors before notes, then by place."""
    finding = verdict.finding
    return (
        _STATES.index(verdict.state),
        verdict.gone_in is not None,
        _SEVERITIES.index(finding.severity),
        _CONFIDENCES.index(finding.confidence),
        finding.path,
        finding.line,
        finding.rule,
        finding.message,
    )


def _keep(tracks: list[_Track], unmatched: list[_Track], new: _Track) -> None:
    """A finding seen on both sides of a patch: known from an earlier patch, or older than the series."""
    if _take(unmatched, new.key) is None:
        tracks.append(new)


def _end(tracks: list[_Track], unmatched: list[_Track], new: _Track) -> None:
    """A finding that a patch takes away: one that the series itself brought, or an old one."""
    known = _take(unmatched, new.key)
    if known is not None and known.state is State.INTRODUCED:
        known.gone_in = new.patch
        return
    if known is not None:
        tracks.remove(known)
    tracks.append(new)


def _begin(tracks: list[_Track], unmatched: list[_Track], new: _Track) -> None:
    """A finding that a patch brings; or brings back, when an earlier patch only took it away for a while."""
    gone = next((t for t in tracks if t.key == new.key and not t.is_live), None)
    if gone is not None and gone.state is State.INTRODUCED:
        gone.gone_in = None
    elif gone is not None:
        gone.revive(new)
    else:
        milder = _take(unmatched, new.key)
        if milder is not None:
            tracks.remove(milder)
        tracks.append(new)


def _take(unmatched: list[_Track], key: str) -> _Track | None:
    """Each live track answers to one finding of a patch."""
    for index, track in enumerate(unmatched):
        if track.key == key:
            return unmatched.pop(index)
    return None


def _paths(finding: Finding) -> set[str]:
    return {finding.path, *(step.path for step in finding.chain)}
