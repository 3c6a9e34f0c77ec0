# SPDX-License-Identifier: GPL-2.0-or-later
"""What a self-test found out becomes text, a line a rule, or one JSON object."""

import json
from collections import Counter
from collections.abc import Iterator

from kpatchlint import __version__
from kpatchlint.report.words import counted
from kpatchlint.selftest.records import Health, Kind, MissingEvidence, Outcome, Plant, RuleReport, SelfTest
from kpatchlint.selftest.words import lacks
from kpatchlint.text.clean import disarmed, printable

SCHEMA = 1

_SHOWN = (Outcome.MISSED, Outcome.FALSE, Outcome.UNFIT)
_SAID = {
    Outcome.MISSED: "not found",
    Outcome.FALSE: "reported, and is none",
    Outcome.UNFIT: "not tried",
}


def render_selftest(report: SelfTest) -> str:
    """A line for each rule, below it what went wrong; then what the tree does not bear out, and the sum."""
    return "".join(f"{disarmed(printable(line))}\n" for line in _lines(report))


def _lines(report: SelfTest) -> Iterator[str]:
    width = max((len(each.rule.id) for each in report.rules), default=0)
    for each in report.rules:
        yield f"{each.health.value:10}  {each.rule.id:{width}}  {_counts(each)}"
        for plant in each.plants:
            if plant.outcome in _SHOWN:
                yield f"{'':12}{_SAID[plant.outcome]}: {plant.title}{_because(plant)}"
        yield from (f"{'':12}{_missing(claim)}" for claim in each.missing)
    if report.missing_evidence or report.missing_words:
        yield from ("", "vocabulary")
    yield from (f"{'':12}{_missing(claim)}" for claim in report.missing_evidence)
    for gone in report.missing_words:
        yield f"{'':12}{gone.part}: {lacks(gone.words)}"
    yield ""
    yield _sum(report)


def _counts(report: RuleReport) -> str:
    """ "2 of 2 bugs found, 3 near misses left alone, found in real code 4 of 4 times"."""
    tried = [plant for plant in report.plants if plant.outcome not in (Outcome.UNFIT, Outcome.FOREIGN)]
    found = Counter(plant.kind for plant in tried if plant.outcome in (Outcome.FOUND, Outcome.SILENT))
    total = Counter(plant.kind for plant in tried)
    parts = []
    if total[Kind.BUG]:
        parts.append(f"{found[Kind.BUG]} of {counted(total[Kind.BUG], 'bug')} found")
    if total[Kind.NEAR_MISS]:
        parts.append(f"{found[Kind.NEAR_MISS]} of {counted(total[Kind.NEAR_MISS], 'near miss')} left alone")
    if total[Kind.REAL_CODE]:
        parts.append(f"found in real code {found[Kind.REAL_CODE]} of {counted(total[Kind.REAL_CODE], 'time')}")
    return ", ".join(parts) or "nothing could be tried"


def _because(plant: Plant) -> str:
    return f": {plant.why}" if plant.why else ""


def _missing(claim: MissingEvidence) -> str:
    evidence = claim.evidence
    within = f", {evidence.symbol}()" if evidence.symbol else ""
    return f"evidence gone: {evidence.path}{within}: {' '.join(evidence.contains.split())} ({claim.why})"


def _sum(report: SelfTest) -> str:
    healths = Counter(each.health for each in report.rules)
    said = ", ".join(f"{healths[health]} {health.value}" for health in reversed(Health) if healths[health])
    where = f"Linux {report.tree.kernel}, {report.tree.arch}"
    return f"{where}: {counted(len(report.rules), 'rule')}, {said} ({report.elapsed_s:.1f} s)"


Json = dict[str, "Json"] | list["Json"] | str | int | float | None


def render_selftest_json(report: SelfTest) -> str:
    """The object of docs/selftest.md, with a line feed at its end."""
    tree = report.tree
    whole: Json = {
        "schema": SCHEMA,
        "tool": {"name": "kpatchlint", "version": __version__, "rules": report.rules_digest},
        "tree": {"kind": tree.kind, "revision": tree.revision, "kernel": tree.kernel, "arch": tree.arch},
        "rules": [_rule(each) for each in report.rules],
        "vocabulary": {
            "missing_evidence": [_evidence(claim) for claim in report.missing_evidence],
            "missing_words": [{"part": gone.part, "words": list(gone.words)} for gone in report.missing_words],
        },
        "elapsed_s": round(report.elapsed_s, 3),
    }
    return json.dumps(whole, indent=1) + "\n"


def _rule(report: RuleReport) -> Json:
    return {
        "rule": report.rule.id,
        "health": report.health.value,
        "plants": [_plant(plant) for plant in report.plants],
        "missing_evidence": [_evidence(claim) for claim in report.missing],
    }


def _plant(plant: Plant) -> Json:
    return {
        "title": printable(plant.title),
        "kind": plant.kind.value,
        "outcome": plant.outcome.value,
        "why": printable(plant.why) if plant.why else None,
    }


def _evidence(claim: MissingEvidence) -> Json:
    evidence = claim.evidence
    return {"path": evidence.path, "symbol": evidence.symbol, "contains": evidence.contains, "why": claim.why}
