# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings of one fault are told as one, and the others are counted in a note."""

import dataclasses

import pytest

from kpatchlint.findings.group import group
from kpatchlint.findings.records import State, Verdict
from tests.findings.sample import SLEEP

WAY = dataclasses.replace(
    SLEEP, chain=(SLEEP.chain[0], dataclasses.replace(SLEEP.chain[0], line=21, function="mid"), SLEEP.chain[-1])
)


def ends(count: int) -> list[Verdict]:
    """Findings that begin in the same way and end at *count* places."""
    each = (dataclasses.replace(WAY, line=40 + n, function=f"end_{n}") for n in range(count))
    return [Verdict(finding=finding, state=State.INTRODUCED, patch=1) for finding in each]


@pytest.mark.parametrize(
    ("count", "notes"),
    [
        pytest.param(1, (), id="one"),
        pytest.param(2, ("also reaches `end_1()` (mm/b.c:41)",), id="two"),
        pytest.param(
            6,
            (
                "also reaches `end_1()` (mm/b.c:41), `end_2()` (mm/b.c:42), `end_3()` (mm/b.c:43), "
                "`end_4()` (mm/b.c:44) and 1 more",
            ),
            id="more than are named",
        ),
    ],
)
def test_other_ends_of_a_way_are_one_note(count: int, notes: tuple[str, ...]) -> None:
    (told,) = group(ends(count))
    assert told.finding.function == "end_0"
    assert told.finding.notes == notes


def test_other_ways_to_one_end_are_one_note() -> None:
    roots = [dataclasses.replace(SLEEP.chain[0], function=f"root_{n}", line=n + 1) for n in range(3)]
    each = (dataclasses.replace(SLEEP, chain=(root, SLEEP.chain[-1])) for root in roots)
    (told,) = group([Verdict(finding=finding, state=State.INTRODUCED, patch=1) for finding in each])
    assert told.finding.notes == ("also reached from `root_1()`, `root_2()`",)
