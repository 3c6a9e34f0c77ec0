# SPDX-License-Identifier: GPL-2.0-or-later
"""A report becomes text for a person: per finding the sentence, the code, and the path from entry to fault."""

import io
import itertools
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rich.console import Console
from rich.text import Text

from kpatchlint.engine import Report, ReportedFinding
from kpatchlint.findings.excerpts import Excerpt
from kpatchlint.findings.records import Severity, State, Step
from kpatchlint.report.changed import changed_lines
from kpatchlint.report.words import counted, damage_of, patch_name, place_phrase, placement_phrase, summary
from kpatchlint.text.clean import clip, is_command, printable
from kpatchlint.tree.records import PlacedPatch, Placement

_DAMAGE_SHOWN = 4
_TAB = 8
_INDENT = 4  # columns that the second line of a broken line of code is further in
_CODE_LINES = 3  # lines that one line of code may take
_NUMBER = re.compile(r"[>\d+]")
_NO_MARK = MappingProxyType(str.maketrans("-+┌├└", "  ││ "))
_PROSE_SHOWN = 2000  # characters; no sentence of ours is near it, a hostile path or subject can be


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the place that the text goes to can show: columns, colour, and characters beyond ASCII."""

    width: int = 80
    colour: bool = False
    unicode: bool = True


@dataclass(frozen=True, slots=True)
class _Guides:
    """The line beside the steps of a path: at the first, at those between, at the last, and beside their text."""

    first: str
    middle: str
    last: str
    beside: str


_DRAWN = _Guides("┌ ", "├ ", "└ ", "│ ")
_TYPED = _Guides("+ ", "+ ", "+ ", "| ")


def render_terminal(report: Report, states: Collection[State], view: View) -> str:
    """The whole report as text that ends with the summary line; findings of *states* only."""
    page = _Page(view)
    for index, placed in enumerate(report.patches, start=1):
        page.lines += _patch_lines(page, placed, patch_name(report, index))
    for note in report.notes:
        page.lines += page.prose(note, style="dim")
    shown = [finding for finding in report.findings if finding.verdict.state in states]
    for finding in shown:
        page.lines.append(Text())
        page.lines += _finding_lines(page, report, finding)
    page.lines.append(Text())
    for stale in report.stale:
        page.lines += page.prose(f"suppression without effect: {stale}", style="yellow")
    page.lines += _summary_lines(page, report, states)
    return page.text()


def _summary_lines(page: "_Page", report: Report, states: Collection[State]) -> list[Text]:
    """What was found, and over which tree: on one line, or on one line each."""
    found = summary(report, states)
    tree = f"Linux {report.tree.kernel} ({report.tree.arch}), {report.elapsed_s:.1f} s"
    whole = f"{found}; {tree}"
    parts = [whole] if len(whole) <= page.view.width else [found, tree]
    return [line for part in parts for line in page.prose(part, style="bold")]


class _Page:
    """Lines on their way to the terminal. Every piece of foreign text is cleaned here, once."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.guides = _DRAWN if view.unicode else _TYPED
        self.lines: list[Text] = []
        self._out = io.StringIO()
        self._console = Console(
            file=self._out,
            width=view.width,
            color_system="standard" if view.colour else None,
            force_terminal=view.colour,
            no_color=not view.colour,
            highlight=False,
            legacy_windows=False,
        )

    def prose(self, text: str, *, style: str = "", indent: str = "") -> list[Text]:
        """Foreign or own prose, wrapped to the page behind *indent*."""
        return self.wrap(Text(clip(printable(text, tab=" "), _PROSE_SHOWN), style=style), indent)

    def wrap(self, text: Text, indent: str = "") -> list[Text]:
        """Clean text wrapped to the page behind *indent*, whose mark stands at the first line only."""
        lines = text.wrap(self._console, self.view.width - len(indent))
        below = indent.translate(_NO_MARK)
        return [Text.assemble(below if number else indent, line) for number, line in enumerate(lines)]

    def code(self, text: str, *, style: str = "", indent: str = "") -> list[Text]:
        """One line of code on one line or, broken at blanks, on up to three; what does not fit is cut, with a mark."""
        room = max(self.view.width - len(indent), 20)
        first, *rest = _broken(printable(text.expandtabs(_TAB), tab=" "), room)
        below = _NUMBER.sub(" ", indent)
        return [
            Text.assemble(indent, (clip(first, room), style)),
            *(Text.assemble(below, (part, style)) for part in rest),
        ]

    def text(self) -> str:
        """Everything so far, encoded for the view."""
        for line in map(_disarmed, self.lines):
            line.rstrip()
            self._console.print(line, soft_wrap=True, markup=False, emoji=False)
        return self._out.getvalue()


def _disarmed(line: Text) -> Text:
    """The line with a backslash before what would be a command in the log of a CI job."""
    if not is_command(line.plain):
        return line
    at = len(line.plain) - len(line.plain.lstrip())
    return Text.assemble(line[:at], "\\", line[at:])


def _broken(code: str, room: int) -> list[str]:
    """Code in parts of *room* columns, all but the first one further in; one part where that is no help."""
    margin = min(len(code) - len(code.lstrip()) + _INDENT, room // 2)
    parts = [code]
    while len(parts[-1]) > room:
        last = parts.pop()
        at = last.rfind(" ", margin, room + 1)
        if at < 0 or not last[:at].strip() or len(parts) == _CODE_LINES - 1:
            return [code]
        parts += [last[:at].rstrip(), " " * margin + last[at + 1 :].lstrip()]
    return parts


def _patch_lines(page: _Page, placed: PlacedPatch, name: str) -> Iterator[Text]:
    placement = placed.placement
    style = "" if placement in (Placement.EXACT, Placement.PLACED) else "yellow"
    subject = f"patch {name}: {placed.patch.subject or '(no subject)'}"
    yield from page.prose(subject, style="bold")
    yield from page.prose(f"{placement.value}: {placement_phrase(placement)}", style=style, indent="  ")
    damage = damage_of(placed)
    for note in damage[:_DAMAGE_SHOWN]:
        yield from page.prose(note, style="dim", indent="  - ")
    if len(damage) > _DAMAGE_SHOWN:
        yield from page.prose(f"and {counted(len(damage) - _DAMAGE_SHOWN, 'more note')}", style="dim", indent="  - ")


def _finding_lines(page: _Page, report: Report, shown: ReportedFinding) -> Iterator[Text]:
    finding = shown.verdict.finding
    style = _style(finding.severity)
    head = Text.assemble(
        (f"{finding.severity.value}: ", style), (clip(printable(shown.title or finding.rule), _PROSE_SHOWN), "bold")
    )
    yield from page.wrap(head)
    if finding.message != shown.title:
        yield from page.prose(finding.message, indent="  ")
    yield from page.prose(_about(report, shown), style="dim", indent="  ")
    yield Text()
    yield from page.prose(place_phrase(finding.path, finding.line, finding.function), style="cyan", indent="  ")
    changed = changed_lines(report, shown.verdict)
    if shown.excerpt is not None:
        hit = _Hit(finding.line, style, changed.get(finding.path, frozenset()))
        yield from _excerpt_lines(page, shown.excerpt, hit)
    yield from _cause_lines(page, shown.verdict.because)
    yield from _path_lines(page, finding.chain, style, changed)
    yield from _remarks(page, shown)


def _about(report: Report, shown: ReportedFinding) -> str:
    """Rule, confidence, and which patch of the series brings it or takes it away."""
    verdict = shown.verdict
    name = patch_name(report, verdict.patch)
    match verdict.state:
        case State.INTRODUCED:
            where = f"introduced by patch {name}" if len(report.patches) > 1 else "introduced"
        case State.FIXED:
            where = f"fixed by patch {name}"
        case State.PREEXISTING:
            where = "there before the patch" if report.patches else ""
    if verdict.gone_in is not None:
        where += f", gone in {patch_name(report, verdict.gone_in)} (a tree between the two has the fault)"
    sure = f"{verdict.finding.confidence.value} confidence"
    return f"[{verdict.finding.rule}] {where}, {sure}" if where else f"[{verdict.finding.rule}] {sure}"


@dataclass(frozen=True, slots=True)
class _Hit:
    """The faulty line of an excerpt, how to show it, and the lines that the patch changes."""

    line: int
    style: str
    changed: frozenset[int]


def _excerpt_lines(page: _Page, excerpt: Excerpt, hit: _Hit) -> Iterator[Text]:
    last = excerpt.first + len(excerpt.lines) - 1
    width = max(len(str(last)), 4)
    for number, line in enumerate(excerpt.lines, start=excerpt.first):
        mark, look = (">", hit.style) if number == hit.line else (" ", "")
        plus = "+" if number in hit.changed else " "
        yield from page.code(line, style=look, indent=f"  {mark} {number:{width}}{plus}| ")


def _cause_lines(page: _Page, cause: Step | None) -> Iterator[Text]:
    """What whoever wrote the patch has to do with code that it does not touch, before the way there."""
    if cause is not None:
        yield Text()
        yield Text("  made faulty by the changed line")
        yield from page.prose(place_phrase(cause.path, cause.line, cause.function), style="bold cyan", indent="  ")
        yield from page.code(" ".join(cause.code.split()), indent="      ")


def _path_lines(
    page: _Page, chain: tuple[Step, ...], style: str, changed: Mapping[str, frozenset[int]]
) -> Iterator[Text]:
    if len(chain) < 2:
        return
    yield Text()
    yield Text("  path from entry to fault")
    guides = page.guides
    places = [list(steps) for _, steps in itertools.groupby(chain, key=_place)]
    for index, steps in enumerate(places):
        is_last = index == len(places) - 1
        guide = guides.first if index == 0 else guides.last if is_last else guides.middle
        beside = f"  {'  ' if is_last else guides.beside}  "
        step = steps[0]
        is_changed = step.line in changed.get(step.path, ())
        place = place_phrase(step.path, step.line, step.function, " ") + (", changed" if is_changed else "")
        yield from page.prose(place, style="bold cyan" if is_changed else "cyan", indent=f"  {guide}")
        yield from page.code(" ".join(step.code.split()), style=style if is_last else "", indent=beside)
        for why in dict.fromkeys(step.why for step in steps if step.why):
            yield from page.prose(why, style="dim", indent=beside)


def _place(step: Step) -> tuple[str, int, str, str]:
    """Steps in a row at one place are told as one, with every reason."""
    return step.path, step.line, step.function, step.code


def _remarks(page: _Page, shown: ReportedFinding) -> Iterator[Text]:
    finding = shown.verdict.finding
    remarks: list[tuple[str, str, str]] = []
    if finding.conditions:
        remarks.append(("only when", ", ".join(finding.conditions), ""))
    remarks += [("note", note, "") for note in finding.notes]
    if finding.suggestion:
        remarks.append(("suggestion", finding.suggestion, "green"))
    if remarks:
        yield Text()
    for label, said, style in remarks:
        yield from page.prose(f"{label}: {said}", style=style, indent="  ")


def _style(severity: Severity) -> str:
    match severity:
        case Severity.ERROR:
            return "bold red"
        case Severity.WARNING:
            return "bold yellow"
        case Severity.NOTE:
            return "bold blue"
