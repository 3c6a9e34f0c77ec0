# SPDX-License-Identifier: GPL-2.0-or-later
"""The HTML page as text: well-formed, of our elements only, nothing fetched, hostile text dead."""

import base64
import dataclasses
import hashlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given

from kpatchlint.engine import Report
from kpatchlint.findings.excerpts import Excerpt
from kpatchlint.findings.records import State
from kpatchlint.program.pagetable.audit_records import Audit, Judgement, Kind, Place, Row, Verdict
from kpatchlint.report.html import render_html
from kpatchlint.report.html_text import Table
from tests.report.sample import EVERY_STATE, HOSTILE
from tests.report.test_formats import HOSTILE_TEXT, everywhere

EVERY = tuple(State)
VOID = {"meta", "link", "input", "br"}
OURS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "link",
        "style",
        "body",
        "script",
        "header",
        "section",
        "article",
        "div",
        "span",
    ),
    *("h1", "h2", "h3", "h4", "p", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "details", "summary"),
    *("label", "input", "select", "option", "pre", "code", "a", "br"),
    *("svg", "g", "rect", "line", "polygon", "text"),
}


class Page(HTMLParser):
    """Elements with their attributes, the text of the page, and what is wrong with its nesting."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.wrong: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        self.wrong += [f"{tag} is never closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"{tag} is closed where it is not open")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def values(self, tag: str, name: str) -> list[str]:
        return [attributes[name] for element, attributes in self.elements if element == tag and name in attributes]


def page(report: Report) -> Page:
    return Page(render_html(report, EVERY))


def assert_harmless(read: Page) -> None:
    assert read.wrong == []
    assert {tag for tag, _ in read.elements} <= OURS
    assert not [
        name for _, attributes in read.elements for name in attributes if name.startswith("on") or name == "style"
    ]
    ids = [attributes["id"] for _, attributes in read.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {href.removeprefix("#") for href in read.values("a", "href")} <= set(ids)
    assert read.values("link", "href") == ["data:,"]
    assert not [attributes for _, attributes in read.elements if "src" in attributes]


@pytest.mark.parametrize("report", [EVERY_STATE, HOSTILE], ids=["every state", "hostile"])
def test_page_is_well_formed_and_fetches_nothing(report: Report) -> None:
    assert_harmless(page(report))


@given(text=HOSTILE_TEXT)
def test_page_is_harmless_whatever_the_text(text: str) -> None:
    assert_harmless(page(everywhere(text)))


def test_policy_allows_our_script_and_style_alone() -> None:
    text = render_html(EVERY_STATE, EVERY)
    (policy,) = [value for value in Page(text).values("meta", "content") if "default-src" in value]
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_each_step_is_drawn_and_leads_to_its_source() -> None:
    first, *_ = EVERY_STATE.findings
    sources = (Excerpt(18, ("{", "", "\tgrab(GFP_KERNEL);")), None)
    shown = dataclasses.replace(first, sources=sources)
    read = page(dataclasses.replace(EVERY_STATE, findings=(shown,)))
    assert read.values("a", "href") == ["#f1s1", "#f1s2"]
    assert "\tgrab(GFP_KERNEL);" in read.texts
    assert "return kmalloc(64, gfp);" in read.texts  # as the path quotes it, where the tree has no such file


def test_audit_rows_have_a_table_of_their_own() -> None:
    table = Table("Readers", "who reads `init_mm`", ("function", "verdict"), (("vmalloc_to_page()", "<b>unsafe</b>"),))
    read = Page(render_html(EVERY_STATE, EVERY, [table]))
    assert read.wrong == []
    assert "<b>unsafe</b>" in read.texts
    assert "b" not in {tag for tag, _ in read.elements}


def test_audit_of_a_finding_is_a_table_with_the_worst_rows_first() -> None:
    safe = walker("walk_boot", Verdict.BOOT, "runs at boot only")
    bad = walker("walk_lockless", Verdict.UNSERIALISED, "holds nothing that a clear waits for")
    audit = Audit(ranges={"linear": "the linear map"}, rows=(safe, bad))
    first, *rest = EVERY_STATE.findings
    finding = dataclasses.replace(first.verdict.finding, audit=audit)
    shown = dataclasses.replace(first, verdict=dataclasses.replace(first.verdict, finding=finding))
    read = page(dataclasses.replace(EVERY_STATE, findings=(shown, shown, *rest)))
    assert_harmless(read)
    cells = [text for text in read.texts if text in ("walk_boot()", "walk_lockless()")]
    assert cells == ["walk_lockless()", "walk_boot()"]
    assert "linear: unserialised, holds nothing that a clear waits for" in read.texts


def walker(name: str, verdict: Verdict, why: str) -> Row:
    return Row(
        place=Place(path="mm/w.c", line=7, function=name),
        kind=Kind.READS,
        root="init_mm",
        ranges=("linear",),
        owned=False,
        uses=(),
        judgements={"linear": Judgement(verdict=verdict, why=why)},
    )


def test_more_findings_than_a_page_holds_are_counted() -> None:
    many = dataclasses.replace(EVERY_STATE, findings=EVERY_STATE.findings[:1] * 1003)
    read = page(many)
    assert len(read.values("article", "id")) == 1000
    assert any("3 more findings not shown" in text for text in read.texts)
