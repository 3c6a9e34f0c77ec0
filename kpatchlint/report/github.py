# SPDX-License-Identifier: GPL-2.0-or-later
"""A report becomes workflow commands that GitHub shows as annotations, no more of each kind than it shows."""

from collections.abc import Collection, Iterator

from kpatchlint.engine import Report
from kpatchlint.findings.records import Severity, State
from kpatchlint.report.rows import TEXT_SHOWN, Row, build_rows
from kpatchlint.report.words import counted
from kpatchlint.text.clean import clip

_SHOWN = 10  # annotations of one kind in one step; GitHub drops the rest without a word


def render_github(report: Report, states: Collection[State]) -> str:
    """``::error file=...,line=...,title=...::text``, worst first; of too many, the last one counts the rest."""
    rows = build_rows(report, states)
    return "".join(f"{line}\n" for severity in Severity for line in _commands(severity, rows))


def _commands(severity: Severity, rows: tuple[Row, ...]) -> Iterator[str]:
    mine = [row for row in rows if row.severity is severity]
    kept = mine if len(mine) <= _SHOWN else mine[: _SHOWN - 1]
    for row in kept:
        yield _command(severity, row)
    if len(mine) > len(kept):
        left_out = counted(len(mine) - len(kept), f"more {severity.value}")
        yield f"::{_kind(severity)} title=kpatchlint::{_data(left_out)} not shown here: see the log or another format"


def _command(severity: Severity, row: Row) -> str:
    place = f"file={_property(row.changed.path)},line={row.changed.line}"
    title = _property(f"{row.title} [{row.rule}]")
    text = clip("\n".join(row.parts(at_change=True)), TEXT_SHOWN)
    return f"::{_kind(severity)} {place},title={title}::{_data(text)}"


def _kind(severity: Severity) -> str:
    match severity:
        case Severity.ERROR:
            return "error"
        case Severity.WARNING:
            return "warning"
        case Severity.NOTE:
            return "notice"


def _data(text: str) -> str:
    """Text after ``::``, escaped as @actions/core does it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Text of a property, where a colon or comma would end it."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
