# SPDX-License-Identifier: GPL-2.0-or-later
"""A path from entry to fault becomes a drawing: a box for each step, an arrow for each call."""

from collections.abc import Sequence
from dataclasses import dataclass

from kpatchlint.findings.records import Step
from kpatchlint.report.html_text import escaped
from kpatchlint.report.words import scope_name
from kpatchlint.text.clean import clip, printable

_WIDTH = 400
_BOX = 46  # height of a step's box
_GAP = 34  # between two boxes
_LETTERS = 46  # of 13 pixels that fit into a box
_SMALL_LETTERS = 54  # of 11 pixels


@dataclass(frozen=True, slots=True)
class Box:
    """A step as it is drawn: ``anchor`` is the id of the element with its source."""

    step: Step
    anchor: str
    is_changed: bool
    is_fault: bool


def render_graph(boxes: Sequence[Box]) -> str:
    """An SVG element; each box is a link to its step's source. Looks are the page's style sheet's."""
    height = len(boxes) * (_BOX + _GAP) - _GAP + 4
    drawn = "".join(_box(box, number * (_BOX + _GAP) + 2) for number, box in enumerate(boxes))
    arrows = "".join(_arrow(box.step.why, number * (_BOX + _GAP) + _BOX + 2) for number, box in enumerate(boxes[:-1]))
    label = f"path of {len(boxes)} steps from {_name(boxes[0])} to {_name(boxes[-1])}"
    head = f'<svg class="graph" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escaped(label, 300)}">'
    return f"{head}{arrows}{drawn}</svg>"


def _name(box: Box) -> str:
    return scope_name(box.step.path, box.step.function) or box.step.code


def _box(box: Box, top: int) -> str:
    step = box.step
    classes = " ".join(name for name, on in (("changed", box.is_changed), ("fault", box.is_fault)) if on)
    where = _end(f"{step.path}:{step.line}", _SMALL_LETTERS)
    return (
        f'<a href="#{box.anchor}"><g class="{classes}"><title>{escaped(step.code, 400)}</title>'
        f'<rect x="2" y="{top}" width="{_WIDTH - 4}" height="{_BOX}" rx="6"/>'
        f'<text x="12" y="{top + 19}">{escaped(_name(box), _LETTERS)}</text>'
        f'<text class="where" x="12" y="{top + 36}">{escaped(where)}</text></g></a>'
    )


def _arrow(why: str, top: int) -> str:
    middle, end = 24, top + _GAP
    text = (
        f'<text class="why" x="36" y="{top + 21}">{escaped(why.replace("`", ""), _SMALL_LETTERS - 4)}</text>'
        if why
        else ""
    )
    return (
        f'<line x1="{middle}" y1="{top}" x2="{middle}" y2="{end - 7}"/>'
        f'<polygon points="{middle - 5},{end - 8} {middle + 5},{end - 8} {middle},{end}"/>{text}'
    )


def _end(text: str, limit: int) -> str:
    """The last *limit* characters: of a path the file says more than the folder."""
    text = printable(clip(text, 4096), tab=" ")
    return text if len(text) <= limit else "..." + text[len(text) - limit + 3 :]
