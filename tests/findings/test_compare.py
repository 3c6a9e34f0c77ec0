# SPDX-License-Identifier: GPL-2.0-or-later
"""Matching of findings before and after one patch."""

import dataclasses
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.findings.compare import Change, compare, find_cause, moved
from kpatchlint.findings.records import Finding, Severity
from tests.findings.sample import CALL, SLEEP, at, within


def edited(finding: Finding) -> Finding:
    """The same finding with its line changed."""
    last = dataclasses.replace(finding.chain[-1], code="return kzalloc(64, gfp);")
    return dataclasses.replace(finding, chain=(*finding.chain[:-1], last))


MILD = dataclasses.replace(SLEEP, severity=Severity.WARNING)


@pytest.mark.parametrize(
    ("before", "after", "introduced", "fixed"),
    [
        pytest.param([], [SLEEP], 1, 0, id="new"),
        pytest.param([SLEEP], [], 0, 1, id="gone"),
        pytest.param([SLEEP], [at(SLEEP, 90)], 0, 0, id="only moved"),
        pytest.param([SLEEP], [SLEEP, at(SLEEP, 43)], 1, 0, id="a second copy counts"),
        pytest.param([SLEEP, at(SLEEP, 43)], [SLEEP], 0, 1, id="one of two copies gone"),
        pytest.param([SLEEP], [within(SLEEP, "other")], 1, 1, id="another function"),
        pytest.param([SLEEP], [dataclasses.replace(SLEEP, message="worded anew")], 0, 0, id="only worded anew"),
        pytest.param([SLEEP], [edited(SLEEP)], 0, 0, id="its line was edited"),
        pytest.param([SLEEP], [SLEEP, edited(SLEEP)], 1, 0, id="beside the old line there is another one"),
        pytest.param(
            [SLEEP], [dataclasses.replace(edited(SLEEP), message="another")], 1, 1, id="another line, other words"
        ),
        pytest.param([MILD], [edited(SLEEP)], 1, 1, id="an edited line that is an error now"),
        pytest.param([MILD], [SLEEP], 1, 0, id="a warning that has become an error"),
        pytest.param([SLEEP], [MILD], 0, 0, id="an error that has become a warning"),
    ],
)
def test_compare(before: list[Finding], after: list[Finding], introduced: int, fixed: int) -> None:
    delta = compare(before, after)
    assert (len(delta.introduced), len(delta.fixed)) == (introduced, fixed)


def test_renamed_file_keeps_its_findings() -> None:
    renamed = moved(SLEEP, {"mm/b.c": "mm/c.c"})
    assert renamed.path == "mm/c.c"
    assert compare([SLEEP], [renamed], Change(renames={"mm/b.c": "mm/c.c"})).introduced == ()
    assert compare([SLEEP], [renamed]).introduced == (renamed,)


def test_of_two_copies_the_one_on_an_added_line_is_new() -> None:
    copy = at(SLEEP, 30)
    delta = compare([SLEEP], [copy, SLEEP], Change(added_lines={"mm/b.c": frozenset({30})}))
    assert delta.introduced == (copy,)
    assert delta.preexisting == ((SLEEP, SLEEP),)


def test_reindented_code_is_the_same_finding() -> None:
    last = dataclasses.replace(SLEEP.chain[-1], code="return  kmalloc(64,\n\t\tgfp);")
    other = dataclasses.replace(SLEEP, chain=(CALL, last))
    assert compare([other], [dataclasses.replace(other, chain=(CALL, at(other, 7).chain[-1]))]).introduced == ()


@pytest.mark.parametrize(
    ("added", "line"),
    [
        pytest.param({"mm/a.c": frozenset({20})}, 20, id="the call in another file"),
        pytest.param({"mm/b.c": frozenset({40}), "mm/a.c": frozenset({20})}, None, id="the fault itself"),
        pytest.param({"mm/z.c": frozenset({20})}, None, id="nothing on the path"),
    ],
)
def test_cause_is_the_changed_line_elsewhere(added: dict[str, frozenset[int]], line: int | None) -> None:
    cause = find_cause(SLEEP, added)
    assert (cause.line if cause else None) == line


FINDINGS = st.lists(
    st.builds(lambda name, line: at(within(SLEEP, name), line), st.sampled_from("fgh"), st.integers(1, 99)), max_size=8
)


@given(FINDINGS, FINDINGS)
def test_no_finding_is_lost_or_made_up(before: list[Finding], after: list[Finding]) -> None:
    delta = compare(before, after)
    assert Counter((*delta.introduced, *(new for _, new in delta.preexisting))) == Counter(after)
    assert Counter((*delta.fixed, *(old for old, _ in delta.preexisting))) == Counter(before)


@given(FINDINGS)
def test_equal_sets_have_no_difference(findings: list[Finding]) -> None:
    delta = compare(findings, list(reversed(findings)))
    assert (delta.introduced, delta.fixed) == ((), ())
