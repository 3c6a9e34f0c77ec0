# SPDX-License-Identifier: GPL-2.0-or-later
"""A report becomes one HTML file that needs nothing else: the series, the findings with their paths, a filter."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from kpatchlint import __version__
from kpatchlint.engine import Report, ReportedFinding
from kpatchlint.findings.policy import Suppressed
from kpatchlint.findings.records import Severity, State
from kpatchlint.report.html_audit import audit_tables
from kpatchlint.report.html_finding import render_finding
from kpatchlint.report.html_page import render_page
from kpatchlint.report.html_text import Table, escaped, prose, render_list, render_rows, render_table
from kpatchlint.report.rows import level
from kpatchlint.report.words import counted, damage_of, patch_name, place_phrase, placement_phrase, summary
from kpatchlint.tree.records import PlacedPatch

_NOTES_OPEN = 3  # on a patch; more of them are folded away
_SHOWN = 1000  # findings; a browser stays quick with so many, and nobody reads more


def render_html(report: Report, states: Collection[State], tables: Sequence[Table] = ()) -> str:
    """The page; *tables* are what an audit adds below the findings. Nothing in it is fetched, nothing foreign runs."""
    shown = [finding for finding in report.findings if finding.verdict.state in states]
    body = [
        _header(report, states),
        _series(report),
        _filters(report, shown) if shown else "",
        _findings(report, shown),
        *(render_table(table) for table in (*audit_tables(shown[:_SHOWN]), *tables, *_suppressed(report, states))),
        f'<p class="faint">kpatchlint {__version__}, rules {escaped(report.rules_digest)}</p>\n',
    ]
    return render_page(_title(report), "".join(body))


def _title(report: Report) -> str:
    return f"kpatchlint: {report.patches[0].patch.subject or '(no subject)'}" if report.patches else "kpatchlint"


def _header(report: Report, states: Collection[State]) -> str:
    tree = f"Linux {report.tree.kernel} ({report.tree.arch}), {report.tree.kind}"
    revision = f" at {report.tree.revision}" if report.tree.revision else ""
    unfit = f'<p class="verdict">{prose(str(report.unfit))}</p>\n' if report.unfit is not None else ""
    notes = (*report.notes, *(f"suppression without effect: {stale}" for stale in report.stale))
    return (
        f"<header>\n<h1>{prose(_title(report))}</h1>\n"
        f'<p class="verdict">{escaped(summary(report, states))}</p>\n{unfit}'
        f'<p class="faint">{escaped(tree + revision)}</p>\n{render_list(notes)}\n</header>\n'
    )


def _series(report: Report) -> str:
    if not report.patches:
        return ""
    rows = (_patch_row(report, number, placed) for number, placed in enumerate(report.patches, start=1))
    columns = ("patch", "subject", "fit", "files", *(f"{severity.value}s" for severity in Severity))
    return f'<section id="series">\n<h2>Series</h2>\n{render_rows(columns, rows)}</section>\n'


def _patch_row(report: Report, number: int, placed: PlacedPatch) -> Iterator[str]:
    verdicts = [f.verdict for f in report.findings if f.verdict.patch == number]
    counts = Counter(level(report, v) for v in verdicts if v.state is State.INTRODUCED)
    files = [f"{file.path} ({file.status.value})" for file in placed.files]
    yield f"<td>{escaped(patch_name(report, number))}</td>"
    yield f"<td>{prose(placed.patch.subject or '(no subject)')}{_damage(damage_of(placed))}</td>"
    yield f"<td>{placed.placement.value}: {placement_phrase(placed.placement)}</td>"
    yield f"<td>{'<br>'.join(escaped(file) for file in files)}</td>"
    for severity in Severity:
        classes = f"count {severity.value}" if counts[severity] else "count"
        yield f'<td class="{classes}">{counts[severity]}</td>'


def _damage(notes: Sequence[str]) -> str:
    if len(notes) <= _NOTES_OPEN:
        return render_list(notes)
    told = f"{counted(len(notes), 'note')} on reading and placing it"
    return f"<details><summary>{told}</summary>{render_list(notes)}</details>"


def _filters(report: Report, shown: Sequence[ReportedFinding]) -> str:
    counts = Counter(level(report, finding.verdict) for finding in shown[:_SHOWN])
    boxes = "".join(
        f'<label><input type="checkbox" name="severity" value="{severity.value}" checked> '
        f"{counted(counts[severity], severity.value)}</label>\n"
        for severity in Severity
    )
    rules = sorted({finding.verdict.finding.rule for finding in shown[:_SHOWN]})
    options = "".join(f'<option value="{escaped(rule)}">{escaped(rule)}</option>' for rule in rules)
    return (
        f'<div class="filters" role="search" aria-label="filter">\n{boxes}'
        f'<label>rule <select id="rule"><option value="">all</option>{options}</select></label>\n'
        '<label>text <input type="search" id="words" autocomplete="off"></label>\n'
        '<span id="count" class="faint" role="status"></span>\n</div>\n'
    )


def _suppressed(report: Report, states: Collection[State]) -> Iterator[Table]:
    rows = tuple(_silenced(each) for each in report.suppressed if each.verdict.state in states)
    if rows:
        yield Table("Suppressed", "What the project has decided not to see.", ("rule", "place", "by", "reason"), rows)


def _silenced(each: Suppressed) -> tuple[str, ...]:
    finding = each.verdict.finding
    place = place_phrase(finding.path, finding.line, finding.function)
    return f"`{finding.rule}`", place, f"{each.by.value}, {each.where}", each.reason


def _findings(report: Report, shown: Sequence[ReportedFinding]) -> str:
    articles = [render_finding(report, finding, f"f{number}") for number, finding in enumerate(shown[:_SHOWN], start=1)]
    rest = len(shown) - len(articles)
    more = f"<p>{counted(rest, 'more finding')} not shown, the mildest: see the JSON output.</p>\n" if rest > 0 else ""
    return f'<section id="findings">\n<h2>Findings</h2>\n{"".join(articles) or "<p>None.</p>"}{more}</section>\n'
