# SPDX-License-Identifier: GPL-2.0-or-later
"""An audit of page-table readers becomes JSON: an object of its own, and a part of a finding."""

import json
from typing import TYPE_CHECKING

from kpatchlint import __version__
from kpatchlint.program.pagetable.audit_records import Audit, Entry, Place, Row, Use
from kpatchlint.text.clean import printable

if TYPE_CHECKING:
    from kpatchlint.audit import AuditReport

SCHEMA = 1

Json = dict[str, "Json"] | list["Json"] | str | int | float | None


def render_audit_json(report: "AuditReport") -> str:
    """The object of docs/audit.md, with a line feed at its end; everything outside ASCII is escaped."""
    whole: Json = {
        "schema": SCHEMA,
        "tool": {"name": "kpatchlint", "version": __version__},
        "tree": {
            "kind": report.tree.kind,
            "revision": report.tree.revision,
            "kernel": report.tree.kernel,
            "arch": report.tree.arch,
        },
        "clearing": [printable(said) for said in report.clearing],
        "notes": [printable(note) for note in report.notes],
        "audit": audit_object(report.audit),
        "elapsed_s": round(report.elapsed_s, 3),
    }
    return json.dumps(whole, indent=1) + "\n"


def audit_object(audit: Audit) -> Json:
    """The ranges and every row."""
    return {"ranges": list(audit.ranges), "rows": [_row(row) for row in audit.rows]}


def _row(row: Row) -> Json:
    judgements: Json = {
        where: {"verdict": j.verdict.value, "why": printable(j.why)} for where, j in row.judgements.items()
    }
    return {
        **_place(row.place),
        "kind": row.kind.value,
        "root": printable(row.root),
        "ranges": list(row.ranges),
        "owned": row.owned,
        "changed": row.changed,
        "judgements": judgements,
        "uses": [_use(use) for use in row.uses],
    }


def _use(use: Use) -> Json:
    path: list[Json] = [_place(place) for place in use.path]
    held: list[Json] = [printable(held) for held in use.held]
    callers: list[Json] = [printable(name) for name in use.callers]
    why: Json = {where: printable(j.why) for where, j in use.judgements.items()}
    return {
        **_place(use.place),
        "address": printable(use.address),
        "held": held,
        "path": path,
        "callers": callers,
        "entries": [_entry(entry) for entry in use.entries],
        "why": why,
    }


def _entry(entry: Entry) -> Json:
    guards: list[Json] = [{"name": g.name, "mode": g.mode, "by": printable(g.by)} for g in entry.guards]
    path: list[Json] = [_place(place) for place in entry.path]
    return {
        "entry": printable(entry.said),
        "boot": entry.boot,
        "complete": entry.complete,
        "guards": guards,
        "path": path,
    }


def _place(place: Place) -> dict[str, Json]:
    return {
        "path": printable(place.path),
        "line": place.line,
        "function": printable(place.function),
        "code": printable(place.code),
    }
