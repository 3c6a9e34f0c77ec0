# SPDX-License-Identifier: GPL-2.0-or-later
"""One finding becomes an article of the HTML report: the sentence, the drawn path, the source of each step."""

from collections.abc import Iterator

from kpatchlint.engine import Report, ReportedFinding
from kpatchlint.findings.excerpts import Excerpt
from kpatchlint.findings.records import Finding, State, Step, Verdict
from kpatchlint.report.changed import changed_lines
from kpatchlint.report.html_graph import Box, render_graph
from kpatchlint.report.html_text import escaped, prose, render_code
from kpatchlint.report.rows import level
from kpatchlint.report.words import patch_name, place_phrase, scope_name


def render_finding(report: Report, shown: ReportedFinding, anchor: str) -> str:
    """*anchor* is the article's id; steps have ids below it."""
    verdict, finding = shown.verdict, shown.verdict.finding
    severity = level(report, verdict).value
    attributes = f'data-severity="{severity}" data-rule="{escaped(finding.rule)}" data-state="{verdict.state.value}"'
    parts = [
        f'<h3><span class="severity">{finding.severity.value}:</span> {prose(shown.title or finding.rule)}</h3>\n',
        f"<p>{prose(finding.message)}</p>\n" if finding.message != shown.title else "",
        f'<p class="faint">{_about(report, verdict)}</p>\n',
        f'<p class="place">{_place(finding)}</p>\n',
        *_remarks(verdict),
        _path(report, shown, anchor),
    ]
    return f'<article class="finding {severity}" id="{anchor}" {attributes}>\n{"".join(parts)}</article>\n'


def _about(report: Report, verdict: Verdict) -> str:
    finding = verdict.finding
    name = escaped(patch_name(report, verdict.patch))
    match verdict.state:
        case State.INTRODUCED:
            where = f"introduced by patch {name}"
        case State.FIXED:
            where = f"fixed by patch {name}"
        case State.PREEXISTING:
            where = "there before the patch" if report.patches else ""
    if verdict.gone_in is not None:
        where += f", gone in {escaped(patch_name(report, verdict.gone_in))} (a tree between the two has the fault)"
    about = f"<code>{escaped(finding.rule)}</code>, {finding.confidence.value} confidence"
    return f"{about}, {where}" if where else about


def _place(finding: Finding) -> str:
    return escaped(place_phrase(finding.path, finding.line, finding.function))


def _remarks(verdict: Verdict) -> Iterator[str]:
    finding, because = verdict.finding, verdict.because
    if because is not None:
        said = f"made faulty by the changed line {because.path}:{because.line}: "
        yield f"<p>{escaped(said)}<code>{escaped(' '.join(because.code.split()))}</code></p>\n"
    if finding.conditions:
        yield f"<p>only when: {escaped(', '.join(finding.conditions))}</p>\n"
    for note in finding.notes:
        yield f'<p class="faint">note: {prose(note)}</p>\n'
    if finding.suggestion:
        yield f'<p class="suggestion">{prose(finding.suggestion)}</p>\n'


def _path(report: Report, shown: ReportedFinding, anchor: str) -> str:
    """The drawing beside the source of each step; a finding without a path shows the code around itself."""
    verdict, finding = shown.verdict, shown.verdict.finding
    changed = changed_lines(report, verdict)
    if not finding.chain:
        excerpt = shown.excerpt
        return "" if excerpt is None else render_code(excerpt, finding.line, changed.get(finding.path, frozenset()))
    sources = shown.sources or (None,) * len(finding.chain)
    boxes = [
        Box(
            step=step,
            anchor=f"{anchor}s{number}",
            is_changed=step.line in changed.get(step.path, ()),
            is_fault=number == len(finding.chain),
        )
        for number, step in enumerate(finding.chain, start=1)
    ]
    steps = "".join(
        _step(box, source, changed.get(box.step.path, frozenset())) for box, source in zip(boxes, sources, strict=True)
    )
    drawing = render_graph(boxes) if len(boxes) > 1 else ""
    heading = "<h4>path from entry to fault</h4>\n" if drawing else ""
    classes = "path" if drawing else "alone"
    return f'{heading}<div class="{classes}">{drawing}<ol class="steps">\n{steps}</ol></div>\n'


def _step(box: Box, source: Excerpt | None, added: frozenset[int]) -> str:
    step: Step = box.step
    tags = (name for name, on in (("changed", box.is_changed), ("fault", box.is_fault)) if on)
    tag = "".join(f' <span class="tag {name}">{name}</span>' for name in tags)
    why = f'<p class="faint">{prose(step.why)}</p>' if step.why else ""
    code = render_code(source or _quoted(step), step.line, added)
    place = f'<span class="place">{_names(step)}</span>{tag}'
    return f'<li id="{box.anchor}" tabindex="-1">{place}{why}{code}</li>\n'


def _names(step: Step) -> str:
    return f"{escaped(scope_name(step.path, step.function))} {escaped(f'{step.path}:{step.line}')}"


def _quoted(step: Step) -> Excerpt:
    """What the path itself quotes, where the tree has no such file."""
    return Excerpt(step.line, (" ".join(step.code.split()),))
