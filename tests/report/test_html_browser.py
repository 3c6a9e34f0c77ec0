# SPDX-License-Identifier: GPL-2.0-or-later
"""The HTML report in a real headless Chromium: the filter, the path, the themes, and that nothing leaves the page."""

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from kpatchlint.audit import AuditReport
from kpatchlint.engine import Report, ReportedFinding
from kpatchlint.findings.records import Confidence, Severity, State
from kpatchlint.program.pagetable.audit_records import Verdict
from kpatchlint.report.html import render_html
from kpatchlint.report.html_readers import render_audit_html
from tests.report.sample import EVERY_STATE, LASTING, verdict
from tests.report.test_audit import EVERY_VERDICT, audited, walker
from tests.report.test_formats import PIECES, everywhere

# Debian's Chromium runs as root in CI, on a machine without a network.
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(chromium), args=list(ARGUMENTS))
        yield started
        started.close()


@dataclasses.dataclass
class Opened:
    """A page, and what it said on the console or asked the network for."""

    page: Page
    said: list[str]
    requests: list[str]


@contextlib.contextmanager
def opened(
    browser: Browser, file: Path, report: Report | AuditReport, *, width: int = 1200, dark: bool = False
) -> Iterator[Opened]:
    text = render_audit_html(report) if isinstance(report, AuditReport) else render_html(report, tuple(State))
    file.write_text(text, encoding="utf-8")
    context = browser.new_context(color_scheme="dark" if dark else "light", viewport={"width": width, "height": 800})
    page = context.new_page()
    shown = Opened(page, [], [])
    page.on("console", lambda message: shown.said.append(message.text))
    page.on("pageerror", lambda error: shown.said.append(str(error)))
    page.on("dialog", lambda dialog: shown.said.append(f"dialog: {dialog.message}"))
    page.on("request", lambda request: shown.requests.append(request.url))
    page.goto(file.as_uri())
    yield shown
    assert shown.said == []
    assert shown.requests == [file.as_uri()]
    context.close()


def mixed() -> Report:
    """An error, a warning and a note of three rules."""
    findings = [
        LASTING,
        dataclasses.replace(LASTING, severity=Severity.WARNING, confidence=Confidence.LOW, rule="page-size-for-pgd"),
        dataclasses.replace(
            LASTING, severity=Severity.NOTE, rule="lock-not-released", message="only this one says zebra"
        ),
    ]
    shown = [ReportedFinding(verdict=verdict(finding, State.INTRODUCED, 1)) for finding in findings]
    return dataclasses.replace(EVERY_STATE, findings=tuple(shown))


def visible(page: Page) -> list[str]:
    return [str(each.get_attribute("id")) for each in page.locator(".finding").all() if each.is_visible()]


def test_filter_by_severity_rule_and_text(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path / "report.html", mixed()) as shown:
        page = shown.page
        assert visible(page) == ["f1", "f2", "f3"]
        page.get_by_label("1 warning").uncheck()
        assert visible(page) == ["f1", "f3"]
        assert page.locator("#count").inner_text() == "2 of 3 shown"
        page.get_by_label("1 warning").check()
        page.get_by_label("rule").select_option("page-size-for-pgd")
        assert visible(page) == ["f2"]
        page.get_by_label("rule").select_option("")
        page.get_by_label("text").fill("ZEBRA")
        assert visible(page) == ["f3"]


def test_rows_of_an_audit_are_filtered_by_verdict_and_text(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path / "audit.html", EVERY_VERDICT) as shown:
        page = shown.page
        assert page.locator("#count").inner_text() == "5 of 8 shown"
        assert "Only while the kernel boots" not in page.inner_text("body")
        page.get_by_label("1 boot").check()
        assert "Only while the kernel boots" in page.inner_text("body")
        page.get_by_label("text").fill("walk_locked()")
        assert page.locator("#count").inner_text() == "1 of 8 shown"
        assert page.locator("section:visible").count() == 1


def test_step_of_a_way_in_jumps_to_its_code(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path / "audit.html", EVERY_VERDICT) as shown:
        shown.page.locator("#r1 svg a").nth(2).click()
        assert shown.page.url.endswith("#r1u1s3")


@pytest.mark.parametrize("width", [360, 800, 1600])
def test_audit_is_never_wider_than_the_window(browser: Browser, tmp_path: Path, width: int) -> None:
    long = audited(walker(Verdict.UNSERIALISED, "x", text="x" * 10_000), text="x" * 10_000)
    with opened(browser, tmp_path / "audit.html", long, width=width) as shown:
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= width


def test_step_of_the_path_jumps_to_its_source(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path / "report.html", mixed()) as shown:
        page = shown.page
        plain = page.locator("#f3s2").evaluate("e => getComputedStyle(e).backgroundColor")
        page.locator("#f3 svg a").nth(1).click()
        assert page.url.endswith("#f3s2")
        assert page.locator("#f3s2").evaluate("e => getComputedStyle(e).backgroundColor") != plain
        box = page.locator("#f3s2").bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 800


def test_page_follows_the_theme_of_its_reader(browser: Browser, tmp_path: Path) -> None:
    papers = set()
    for dark in (False, True):
        with opened(browser, tmp_path / "report.html", mixed(), dark=dark) as shown:
            papers.add(shown.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert papers == {"rgb(255, 255, 255)", "rgb(20, 24, 29)"}


@pytest.mark.parametrize("width", [360, 800, 1600])
def test_page_is_never_wider_than_the_window(browser: Browser, tmp_path: Path, width: int) -> None:
    with opened(browser, tmp_path / "report.html", everywhere("x" * 10_000), width=width) as shown:
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_text_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    hostile = [finding for piece in PIECES for finding in everywhere(piece * 2).findings]
    with opened(
        browser, tmp_path / "report.html", dataclasses.replace(everywhere(""), findings=tuple(hostile))
    ) as shown:
        assert shown.page.locator(".finding").count() == len(PIECES)
        assert shown.page.locator("script").count() == 1
        assert shown.page.locator("img").count() == 0


def test_policy_stops_a_script_that_got_in_all_the_same(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(
        render_html(mixed(), tuple(State)).replace("</body>", "<script>document.title='owned'</script></body>")
    )
    page = browser.new_page()
    page.goto(file.as_uri())
    assert page.title() != "owned"
    page.close()
