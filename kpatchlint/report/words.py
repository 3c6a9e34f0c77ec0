# SPDX-License-Identifier: GPL-2.0-or-later
"""Wordings that every format shares: counts, what is odd about a patch, the summary line."""

from collections import Counter
from collections.abc import Collection, Iterator
from types import MappingProxyType

from kpatchlint.engine import Report
from kpatchlint.findings.policy import By, Suppressed
from kpatchlint.findings.records import Severity, State, Verdict
from kpatchlint.program.kconfig import is_kconfig
from kpatchlint.tree.records import PlacedPatch, Placement

_SILENCER = MappingProxyType({By.COMMENT: "a comment", By.CONFIGURATION: "configuration", By.BASELINE: "the baseline"})


def counted(count: int, noun: str) -> str:
    """A count with its noun: 1 patch, 2 patches, 0 errors."""
    plural = f"{noun}es" if noun.endswith(("s", "ch")) else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"


def scope_name(path: str, name: str) -> str:
    """What a line stands in, as one says it: ``f()``, in a Kconfig file ``config X``, "" outside of both."""
    if not name:
        return ""
    return f"config {name}" if is_kconfig(path) else f"{name}()"


def place_phrase(path: str, line: int, name: str, joint: str = " in ") -> str:
    """A line of a file, and the function or option that it stands in, where it stands in one."""
    scope = scope_name(path, name)
    return f"{path}:{line}{joint}{scope}" if scope else f"{path}:{line}"


def damage_of(placed: PlacedPatch) -> tuple[str, ...]:
    """What reading and placing the patch had to say, in that order, each sentence once."""
    notes = (*placed.patch.damage, *placed.notes, *(f"{f.path}: {note}" for f in placed.files for note in f.notes))
    return tuple(dict.fromkeys(notes))


def placement_phrase(placement: Placement) -> str:
    """How far the patch fits the tree, for a person."""
    match placement:
        case Placement.EXACT:
            return "fits exactly, proven by blob ids"
        case Placement.PLACED:
            return "all hunks found their place"
        case Placement.PARTIAL:
            return "some hunks have no place in this tree"
        case Placement.FRAGMENT:
            return "has no place in this tree, read on its own"


def patch_name(report: Report, number: int) -> str:
    """ "2/5" of the patch at that position (from 1) in the report; of several diffs of a mail also which one."""
    if not 1 <= number <= len(report.patches):
        return str(number)
    patch = report.patches[number - 1].patch
    part = f" (diff {patch.part} of {patch.parts})" if patch.parts > 1 else ""
    return f"{patch.number}/{patch.total}{part}"


def summary(report: Report, states: Collection[State]) -> str:
    """The last line: what is introduced, by how much input, and what there is of other states than *states*."""
    verdicts = [shown.verdict for shown in report.findings]
    silenced = list(_silenced([s for s in report.suppressed if s.verdict.state in states]))
    if not report.patches:
        return "; ".join([f"{_severities(verdicts)} in the code as it is", *silenced])
    lasting = [v for v in verdicts if v.state is State.INTRODUCED and v.gone_in is None]
    parts = [f"{_severities(lasting)} introduced by {counted(len(report.patches), 'patch')}"]
    return "; ".join([*parts, *_others(verdicts, states), *silenced])


def _severities(verdicts: list[Verdict]) -> str:
    counts = Counter(verdict.finding.severity for verdict in verdicts)
    return ", ".join(counted(counts[severity], severity.value) for severity in Severity)


def _others(verdicts: list[Verdict], states: Collection[State]) -> Iterator[str]:
    gone = sum(v.state is State.INTRODUCED and v.gone_in is not None for v in verdicts)
    if gone:
        yield f"{gone} introduced and gone again within the series"
    for state in (State.FIXED, State.PREEXISTING):
        count = sum(v.state is state for v in verdicts)
        if count:
            yield f"{count} {state.value}" + ("" if state in states else ", not shown")


def _silenced(suppressed: list[Suppressed]) -> Iterator[str]:
    """How many are silenced, and by what: a count that nobody sees would be a way to hide things."""
    counts = Counter(each.by for each in suppressed)
    by = [f"{counts[by]} by {_SILENCER[by]}" for by in By if counts[by]]
    if by:
        yield f"{len(suppressed)} suppressed ({', '.join(by)})"
