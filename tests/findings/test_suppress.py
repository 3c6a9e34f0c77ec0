# SPDX-License-Identifier: GPL-2.0-or-later
"""What a project has decided about findings is done, counted and, when it is out of date, told."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.findings.baseline import BaselineError, build_entries, parse_baseline, render_baseline
from kpatchlint.findings.marks import MarkReader, find_marks
from kpatchlint.findings.policy import Accepted, Adjustment, Baseline, By, Policy
from kpatchlint.findings.records import Severity, State, Verdict
from kpatchlint.findings.suppress import stale_entries, stale_marks, stale_paths, suppress
from tests.findings.sample import SLEEP, within

NEW = Verdict(finding=SLEEP, state=State.INTRODUCED)
OLD = replace(NEW, state=State.PREEXISTING)
MENDED = replace(NEW, state=State.FIXED)
ENTRY = Accepted(fingerprint=SLEEP.fingerprint(), rule=SLEEP.rule, path="mm/b.c", function="grab", reason="known")
RULES = frozenset({SLEEP.rule})


def no_marks(_: Verdict) -> MarkReader:
    return MarkReader(lambda _: None)


def marked(text: str) -> MarkReader:
    return MarkReader({"mm/b.c": b"\n" * 38 + text.encode() + b"\nfault\n"}.get)


def adjustment(severity: Severity | None, *paths: str, rule: str = SLEEP.rule) -> Adjustment:
    return Adjustment(rule=rule, severity=severity, where="c.toml:1", paths=paths, reason="why")


def test_comment_silences_and_gives_its_reason() -> None:
    reader = marked(f"/* kpatchlint: ignore={SLEEP.rule} before SMP */")
    done = suppress([NEW, MENDED], Policy(), lambda _: reader)
    assert [(s.by, s.where, s.reason) for s in done.suppressed] == [(By.COMMENT, "mm/b.c:39", "before SMP")]
    assert done.kept == (MENDED,)


@pytest.mark.parametrize(
    ("adjustments", "severity"),
    [
        pytest.param([adjustment(Severity.NOTE)], Severity.NOTE, id="by rule"),
        pytest.param([adjustment(Severity.NOTE, "mm/")], Severity.NOTE, id="by path"),
        pytest.param([adjustment(Severity.NOTE, "drivers/")], Severity.ERROR, id="not on another path"),
        pytest.param([adjustment(Severity.NOTE, rule="other")], Severity.ERROR, id="not for another rule"),
        pytest.param([adjustment(Severity.NOTE, rule="*")], Severity.NOTE, id="for every rule"),
        pytest.param(
            [adjustment(None), adjustment(Severity.WARNING, "mm/b.c")], Severity.WARNING, id="last one counts"
        ),
    ],
)
def test_severity(adjustments: list[Adjustment], severity: Severity) -> None:
    (verdict,) = suppress([NEW], Policy(adjustments=tuple(adjustments)), no_marks).kept
    assert verdict.finding.severity is severity
    notes = [] if severity is Severity.ERROR else [f"error by the rule, {severity.value} by c.toml:1: why"]
    assert list(verdict.finding.notes) == notes


def test_off_is_counted() -> None:
    done = suppress([NEW], Policy(adjustments=(adjustment(None),)), no_marks)
    assert (done.kept, [(s.by, s.where) for s in done.suppressed]) == ((), [(By.CONFIGURATION, "c.toml:1")])


def test_rule_that_is_off_says_nothing_of_what_is_fixed_either() -> None:
    done = suppress([MENDED], Policy(adjustments=(adjustment(None),)), no_marks)
    assert (done.kept, len(done.suppressed)) == ((), 1)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        pytest.param("mm/b.c", 0, id="a file that is there"),
        pytest.param("./mm/b.c", 0, id="named from the top"),
        pytest.param("mm/gone.c", 1, id="a file that is not there"),
        pytest.param("drivers/gone", 0, id="of a folder it cannot be told"),
        pytest.param("mm/*.c", 0, id="nor of a pattern"),
    ],
)
def test_override_for_a_file_that_is_gone_is_told(path: str, told: int) -> None:
    stale = list(stale_paths([adjustment(Severity.NOTE, path)], {"mm/b.c": b""}.get))
    assert [str(each) for each in stale] == [f"c.toml:1: there is no {path} in this tree"] * told


def test_baseline_covers_as_many_as_it_says_and_old_ones_first() -> None:
    done = suppress([NEW, OLD], Policy(baseline=Baseline("b.json", (ENTRY,))), no_marks)
    assert done.kept == (NEW,)
    assert [(s.verdict, s.by, s.reason) for s in done.suppressed] == [(OLD, By.BASELINE, "known")]
    assert done.met == {ENTRY.fingerprint: 1}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(f"/* kpatchlint: ignore={SLEEP.rule} why */", None, id="one that is needed"),
        pytest.param(f"/* kpatchlint: ignore={SLEEP.rule} */", "gives no reason", id="without a reason"),
        pytest.param("/* kpatchlint: ignore= why */", "names no rule", id="without a rule"),
        pytest.param("/* kpatchlint: ignore=sleep why */", "there is no rule 'sleep'", id="of an unknown rule"),
        pytest.param(
            f"/* kpatchlint: ignore={SLEEP.rule}s why */",
            f"there is no rule '{SLEEP.rule}s', did you mean '{SLEEP.rule}'?",
            id="of a rule that is misspelled",
        ),
    ],
)
def test_marks_that_are_of_no_use_are_told(text: str, problem: str | None) -> None:
    marks = [replace(m, line=39) for m in find_marks(text.encode(), "mm/b.c")]
    told = [str(stale) for stale in stale_marks(marks, [SLEEP], marked(text), RULES)]
    assert [t.startswith(f"mm/b.c:39: {problem}") for t in told] == ([] if problem is None else [True])


def test_mark_without_a_finding_is_told() -> None:
    text = f"/* kpatchlint: ignore={SLEEP.rule} why */"
    (stale,) = stale_marks(find_marks(text.encode(), "mm/b.c"), [], marked(text), RULES)
    assert "silences nothing" in str(stale)


@pytest.mark.parametrize(
    ("met", "fixed", "judged", "told"),
    [
        pytest.param(0, [], [], 0, id="nobody looked"),
        pytest.param(1, [], [("mm/b.c", "grab")], 0, id="met"),
        pytest.param(0, [], [("mm/b.c", "grab")], 1, id="looked for and not met"),
        pytest.param(0, [], [("mm/a.c", "grab")], 0, id="a namesake elsewhere"),
        pytest.param(0, [MENDED], [], 1, id="fixed"),
    ],
)
def test_entries_that_are_of_no_use_are_told(
    met: int, fixed: list[Verdict], judged: list[tuple[str, str]], told: int
) -> None:
    counts = Counter({ENTRY.fingerprint: met})
    assert len(list(stale_entries(Baseline("b.json", (ENTRY,)), counts, fixed, judged))) == told


@given(st.lists(st.sampled_from(["f", "g", "h"]), max_size=6))
def test_baseline_that_was_written_silences_what_it_was_written_for(names: list[str]) -> None:
    verdicts = [replace(NEW, finding=within(SLEEP, name)) for name in names]
    baseline = parse_baseline(render_baseline(build_entries(verdicts)).encode(), "b.json")
    done = suppress(verdicts, Policy(baseline=baseline), no_marks)
    assert (done.kept, len(done.suppressed)) == ((), len(verdicts))


def test_reasons_survive_a_new_baseline() -> None:
    (entry,) = build_entries([NEW], Baseline("b.json", (ENTRY,)))
    assert entry == ENTRY


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        pytest.param(b"", "no baseline", id="empty"),
        pytest.param(b"\xff\xfe{", "no baseline", id="no text"),
        pytest.param(b"[" * 100_000, "no baseline", id="deep"),
        pytest.param(b'{"kpatchlint-baseline": 9, "findings": []}', "schema 9", id="of a later version"),
        pytest.param(b'{"kpatchlint-baseline": 1, "findings": [], "run": "x"}', "no baseline", id="an unknown key"),
        pytest.param(
            b'{"kpatchlint-baseline": 1, "findings": [{"fingerprint": "x", "rule": "r", "path": "p", "function": ""}]}',
            "no fingerprint",
            id="no fingerprint",
        ),
    ],
)
def test_what_is_no_baseline_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(BaselineError, match=problem):
        parse_baseline(data, "b.json")
