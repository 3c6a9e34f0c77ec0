# SPDX-License-Identifier: GPL-2.0-or-later
"""An audit of page-table readers becomes a page: each walker with its ways in drawn, those that nothing stops first."""

from collections import Counter
from collections.abc import Iterator, Sequence
from types import MappingProxyType

from kpatchlint import __version__
from kpatchlint.audit import AuditReport
from kpatchlint.findings.records import Step
from kpatchlint.program.pagetable.audit_records import Audit, Entry, Place, Row, Use, Verdict
from kpatchlint.report.audit import SECTIONS, judgement_lines, row_range, row_summary, worst
from kpatchlint.report.html_graph import Box, render_graph
from kpatchlint.report.html_page import render_page
from kpatchlint.report.html_text import escaped, prose, render_list, render_quote
from kpatchlint.report.words import counted

_USES_SHOWN = 20  # of a row
_ENTRIES_SHOWN = 12  # of a use
_CALLERS_SHOWN = 12
_STEPS_SHOWN = 40  # of a drawing

# How a section looks: the style sheet's classes.
_LOOKS = MappingProxyType({Verdict.UNSERIALISED: "error", Verdict.DYING: "warning", Verdict.ITSELF: "note"})
_SAFE = (Verdict.LOCKED, Verdict.OWNED)


def render_audit_html(report: AuditReport, *, every_row: bool = False) -> str:
    """The page; *every_row*: rows that are out of the question are shown from the start, too."""
    title = f"Walkers of the kernel's page tables in Linux {report.tree.kernel} ({report.tree.arch})"
    body = [
        _header(report, title),
        _filters(report.audit, every_row=every_row) if report.audit.rows else "<p>None.</p>\n",
        *_sections(report.audit),
        f'<p class="faint">kpatchlint {__version__}</p>\n',
    ]
    return render_page(title, "".join(body))


def _header(report: AuditReport, title: str) -> str:
    ranges = ", ".join(f"{said} ({name})" for name, said in report.audit.ranges.items())
    revision = f" at {report.tree.revision}" if report.tree.revision else ""
    notes = (*(f"taken out by {said}" for said in report.clearing), *report.notes)
    return (
        f'<header>\n<h1>{prose(title)}</h1>\n<p class="verdict">{escaped(row_summary(report.audit))}</p>\n'
        f"<p>Judged against tables being taken out of {escaped(ranges)}, and freed.</p>\n"
        f'<p class="faint">read from a {escaped(report.tree.kind + revision)}</p>\n{render_list(notes)}\n</header>\n'
    )


def _filters(audit: Audit, *, every_row: bool) -> str:
    """A box for each verdict that there is. What never comes to the ranges is hidden until it is asked for."""
    counts = Counter(worst(row) for row in audit.rows)
    boxes = (
        f'<label><input type="checkbox" name="severity" value="{_slug(verdict)}"'
        f"{' checked' if every_row or _look(verdict) != 'aside' else ''}> {counts[verdict]} {verdict.value}</label>\n"
        for verdict, _ in SECTIONS
        if counts[verdict]
    )
    return (
        f'<div class="filters" role="search" aria-label="filter">\n{"".join(boxes)}'
        '<label>text <input type="search" id="words" autocomplete="off"></label>\n'
        '<span id="count" class="faint" role="status"></span>\n</div>\n'
    )


def _sections(audit: Audit) -> Iterator[str]:
    number = 0
    for verdict, title in SECTIONS:
        rows = [row for row in audit.rows if worst(row) is verdict]
        if rows:
            yield f'<section class="group">\n<h2>{escaped(title)} ({len(rows)})</h2>\n'
            for row in rows:
                number += 1
                yield _article(row, audit, verdict, f"r{number}")
            yield "</section>\n"


def _article(row: Row, audit: Audit, verdict: Verdict, anchor: str) -> str:
    place = row.place
    changed = ' <span class="tag changed">changed by the patch</span>' if row.changed else ""
    told = (f"<li>{prose(said)}</li>" for said in judgement_lines(row, audit))
    uses = [_use(use, f"{anchor}u{number}", verdict) for number, use in enumerate(row.uses[:_USES_SHOWN], start=1)]
    rest = len(row.uses) - len(uses)
    more = f"<p>and {counted(rest, 'more use')}: see the JSON output</p>\n" if rest > 0 else ""
    return (
        f'<article class="finding {_look(verdict)}" id="{anchor}" data-severity="{_slug(verdict)}">\n'
        f'<h3><span class="severity">{escaped(verdict.value)}:</span> {escaped(place.function)}() {row.kind.value} '
        f"{escaped(row.root)}, {escaped(row_range(row))}</h3>\n"
        f'<p class="place">{escaped(f"{place.path}:{place.line}")}{changed}</p>\n{render_quote(place.line, place.code)}'
        f"<ul>{''.join(told)}</ul>\n{''.join(uses)}{more}</article>\n"
    )


def _use(use: Use, anchor: str, verdict: Verdict) -> str:
    """What is known of one use, folded; open where somebody has to look."""
    names = " > ".join(f"{place.function}()" for place in use.path) or f"{use.place.function}()"
    address = f", address {use.address}" if use.address else ""
    facts = [f"held on the way down: {', '.join(use.held) or 'nothing'}"]
    facts += [_entry(entry) for entry in use.entries[:_ENTRIES_SHOWN]]
    if len(use.entries) > _ENTRIES_SHOWN:
        facts.append(f"and {counted(len(use.entries) - _ENTRIES_SHOWN, 'more way')} in")
    if use.callers:
        callers = ", ".join(f"{name}()" for name in use.callers[:_CALLERS_SHOWN])
        facts.append(f"called by {callers}{', ...' if len(use.callers) > _CALLERS_SHOWN else ''}")
    opened = " open" if _look(verdict) in ("error", "warning") and anchor.endswith("u1") else ""
    return (
        f'<details class="use"{opened}><summary>{escaped(names)} at '
        f"{escaped(f'{use.place.path}:{use.place.line}{address}')}</summary>\n"
        f"{render_list(facts)}\n{_drawing(use, anchor)}</details>\n"
    )


def _entry(entry: Entry) -> str:
    guards = ", ".join(f"{guard.name} ({guard.mode}, {guard.by}())" for guard in entry.guards)
    how = f"with {guards}" if guards else "with nothing held"
    return f"entered through {entry.said}, {how}{'' if entry.complete else '; the way in goes on further up'}"


def _drawing(use: Use, anchor: str) -> str:
    """The first way in and the calls from there to the load, beside the code of each."""
    first = use.entries[0].path if use.entries else ()
    places = [place for place in (*first, *use.path) if place.path][:_STEPS_SHOWN]
    if len(places) < 2:
        return ""
    last = len(places)
    boxes = [
        Box(step=_step(place), anchor=f"{anchor}s{number}", is_changed=False, is_fault=number == last)
        for number, place in enumerate(places, start=1)
    ]
    return f'<div class="path">{render_graph(boxes)}{_steps(boxes)}</div>\n'


def _steps(boxes: Sequence[Box]) -> str:
    items = (
        f'<li id="{box.anchor}" tabindex="-1"><span class="place">{escaped(box.step.function)}() '
        f"{escaped(f'{box.step.path}:{box.step.line}')}</span>{render_quote(box.step.line, box.step.code)}</li>\n"
        for box in boxes
    )
    return f'<ol class="steps">\n{"".join(items)}</ol>'


def _step(place: Place) -> Step:
    return Step(
        path=place.path, line=place.line, function=place.function, code=" ".join(place.code.split()), why=place.why
    )


def _look(verdict: Verdict) -> str:
    return _LOOKS.get(verdict, "safe" if verdict in _SAFE else "aside")


def _slug(verdict: Verdict) -> str:
    return verdict.value.replace(" ", "-")
