# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings followed through the patches of a series."""

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.findings.compare import Change, moved
from kpatchlint.findings.records import Finding, Severity, State
from kpatchlint.findings.series import PatchFindings, compare_series
from tests.findings.sample import SLEEP, at, within

OTHER = within(SLEEP, "other")
MILD = dataclasses.replace(SLEEP, severity=Severity.WARNING)


def told(*sets: list[Finding]) -> list[tuple[str, str, int, int | None]]:
    """(function, state, patch, gone_in) of each verdict when every patch is analysed in full."""
    patches = [PatchFindings(before=tuple(a), after=tuple(b)) for a, b in itertools.pairwise(sets)]
    return [(v.finding.function, v.state.value, v.patch, v.gone_in) for v in compare_series(patches)]


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        pytest.param([[], [SLEEP]], [("grab", "introduced", 1, None)], id="one patch introduces"),
        pytest.param([[], [], [SLEEP], [SLEEP]], [("grab", "introduced", 2, None)], id="the second of three"),
        pytest.param([[], [SLEEP], [SLEEP], []], [("grab", "introduced", 1, 3)], id="introduced and removed again"),
        pytest.param([[], [SLEEP], [], [SLEEP]], [("grab", "introduced", 1, None)], id="removed and back again"),
        pytest.param([[SLEEP], [SLEEP], [SLEEP]], [("grab", "preexisting", 1, None)], id="older than the series"),
        pytest.param([[SLEEP], [SLEEP], []], [("grab", "fixed", 2, None)], id="fixed by the second"),
        pytest.param([[SLEEP], [], [SLEEP]], [("grab", "preexisting", 2, None)], id="moved in two steps is not new"),
        pytest.param([[MILD], [MILD], [SLEEP]], [("grab", "introduced", 2, None)], id="made worse by the second"),
        pytest.param(
            [[], [SLEEP], [OTHER]],
            [("other", "introduced", 2, None), ("grab", "introduced", 1, 2)],
            id="what lasts comes first",
        ),
    ],
)
def test_series(sets: list[list[Finding]], expected: list[tuple[str, str, int, int | None]]) -> None:
    assert told(*sets) == expected


def test_patch_that_does_not_look_at_a_finding_leaves_it_alone() -> None:
    patches = [PatchFindings(before=(), after=(SLEEP,)), PatchFindings(before=(), after=(OTHER,))]
    assert [(v.patch, v.gone_in) for v in compare_series(patches)] == [(1, None), (2, None)]


def test_finding_is_followed_through_two_renames() -> None:
    second = moved(SLEEP, {"mm/b.c": "mm/c.c"})
    third = moved(second, {"mm/c.c": "mm/d.c"})
    patches = [
        PatchFindings(before=(), after=(SLEEP,)),
        PatchFindings(before=(SLEEP,), after=(second,), change=Change(renames={"mm/b.c": "mm/c.c"})),
        PatchFindings(before=(second,), after=(third,), change=Change(renames={"mm/c.c": "mm/d.c"})),
        PatchFindings(before=(third,), after=()),
    ]
    (verdict,) = compare_series(patches)
    assert (verdict.patch, verdict.gone_in, verdict.finding.path) == (1, 4, "mm/b.c")


def test_cause_is_the_line_that_the_introducing_patch_changed() -> None:
    change = Change(added_lines={"mm/a.c": frozenset({20})})
    (verdict,) = compare_series([PatchFindings(before=(), after=(SLEEP,), change=change)])
    assert verdict.because is SLEEP.chain[0]


COPIES = st.lists(st.integers(0, 3), min_size=2, max_size=6)


@given(COPIES)
def test_live_verdicts_are_what_is_in_the_last_tree(counts: list[int]) -> None:
    sets = [tuple(at(SLEEP, 10 * i + 10) for i in range(count)) for count in counts]
    patches = [PatchFindings(before=a, after=b) for a, b in itertools.pairwise(sets)]
    verdicts = compare_series(patches)
    live = [v for v in verdicts if v.state is not State.FIXED and v.gone_in is None]
    assert len(live) == counts[-1]
    kept = [v for v in live if v.state is State.PREEXISTING]
    assert len(kept) <= counts[0]
    assert len([v for v in live if v.state is State.INTRODUCED]) <= max(0, max(counts) - counts[0])
