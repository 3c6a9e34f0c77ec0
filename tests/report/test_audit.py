# SPDX-License-Identifier: GPL-2.0-or-later
"""The audit of page-table readers as text, JSON and a page: what is open first, and hostile text harmless."""

import json

import pytest
from hypothesis import given

from kpatchlint.audit import AuditReport
from kpatchlint.engine import TreeUsed
from kpatchlint.program.pagetable.audit_records import (
    Audit,
    Entry,
    GuardHeld,
    Judgement,
    Kind,
    Place,
    Row,
    Use,
    Verdict,
)
from kpatchlint.report.audit import render_audit
from kpatchlint.report.audit_json import render_audit_json
from kpatchlint.report.html_readers import render_audit_html
from tests.report.test_formats import HOSTILE_TEXT, PIECES, odd
from tests.report.test_html import Page, assert_harmless

TREE = TreeUsed(kind="git", revision="a" * 40, kernel="6.12.0", arch="arm64")


def walker(verdict: Verdict, name: str, *, text: str = "") -> Row:
    """A walker with one use that has two ways in; *text* is in every place that a tree fills."""
    said = text or name
    load = Place(path=text or "mm/w.c", line=7, function=said, code=text or "pgdp = pgd_offset_k(addr);")
    above = Place(path=text or "mm/u.c", line=3, function=text or f"use_{name}", code=text or f"{name}(addr);")
    judgement = Judgement(verdict=verdict, why=text or f"{verdict.value} for a reason")
    guard = GuardHeld(name=text or "mem_hotplug_lock", mode="shared", by=text or "outer")
    entries = (
        Entry(said=text or "the system call x()", path=(above,), guards=(), complete=False),
        Entry(said=text or "an initcall", path=(), guards=(guard,)),
    )
    use = Use(
        place=above,
        path=(above, load),
        address=text or "addr",
        held=(text or "fixmap_lock",),
        entries=entries,
        callers=(text or "one", text or "two"),
        judgements={"linear": judgement},
    )
    return Row(
        place=load,
        kind=Kind.READS,
        root=text or "init_mm",
        ranges=("linear",),
        owned=False,
        uses=(use,),
        judgements={"linear": judgement},
        changed=True,
    )


def audited(*rows: Row, text: str = "") -> AuditReport:
    audit = Audit(ranges={"linear": text or "the linear map"}, rows=rows)
    return AuditReport(tree=TREE, audit=audit, clearing=(text or "drop() in mm/d.c",), notes=(text or "a note",))


EVERY_VERDICT = audited(*(walker(verdict, f"walk_{verdict.name.lower()}") for verdict in reversed(Verdict)))


def page(report: AuditReport) -> Page:
    return Page(render_audit_html(report))


def test_the_page_has_every_row_with_what_is_open_first() -> None:
    read = page(EVERY_VERDICT)
    assert_harmless(read)
    verdicts = read.values("article", "data-severity")
    assert verdicts[:2] == ["unserialised", "dying"]
    assert set(verdicts) == {verdict.value.replace(" ", "-") for verdict in Verdict}
    assert "8 rows, 8 uses; 2 not serialised against tables being taken out" in read.texts


def test_the_page_draws_the_first_way_in_down_to_the_load() -> None:
    read = page(audited(walker(Verdict.UNSERIALISED, "walk")))
    assert read.values("a", "href") == ["#r1u1s1", "#r1u1s2", "#r1u1s3"]
    assert "entered through the system call x(), with nothing held; the way in goes on further up" in read.texts
    assert "entered through an initcall, with mem_hotplug_lock (shared, outer())" in read.texts


@pytest.mark.parametrize("every_row", [False, True])
def test_what_never_comes_to_the_ranges_waits_to_be_asked_for(every_row: bool) -> None:
    read = Page(render_audit_html(EVERY_VERDICT, every_row=every_row))
    boxes = [attributes for tag, attributes in read.elements if tag == "input" and "value" in attributes]
    hidden = {box["value"] for box in boxes if "checked" not in box}
    assert hidden == (set() if every_row else {"other-range", "boot", "not-built"})


def test_a_tree_without_walkers_makes_a_page_that_says_so() -> None:
    read = page(audited())
    assert_harmless(read)
    assert "None." in read.texts


def assert_shown_not_obeyed(text: str) -> None:
    report = audited(walker(Verdict.UNSERIALISED, text, text=text), walker(Verdict.BOOT, text, text=text), text=text)
    told, whole, html = render_audit(report, 80), render_audit_json(report), render_audit_html(report)
    assert [odd(rendered) for rendered in (told, whole, html)] == [set()] * 3
    json.loads(whole)
    assert_harmless(Page(html))
    assert not [line for line in told.splitlines() if line.lstrip().startswith(("::", "##["))]
    assert max(len(line) for line in told.splitlines()) <= 2000 + len("\\")
    assert len(html) < 500_000


@given(text=HOSTILE_TEXT)
def test_any_text_is_harmless(text: str) -> None:
    assert_shown_not_obeyed(text)


def test_what_is_known_to_do_harm_does_none() -> None:
    for piece in PIECES:
        assert_shown_not_obeyed(piece)
        assert_shown_not_obeyed(f"{piece} " * 40)
