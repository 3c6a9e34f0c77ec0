# SPDX-License-Identifier: GPL-2.0-or-later
"""The site has a page for every rule and document, no link leads nowhere, and nothing comes from outside."""

import os
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import PurePosixPath

import pytest

from kpatchlint.dev.site import build_site
from kpatchlint.rules.load import own_rules
from tests.architecture.source import TOP

VOID = {"meta", "link", "br", "hr", "img"}


@dataclass
class Reader(HTMLParser):
    """Collects links and text of a page, and what is not well nested in it."""

    links: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a" and "a" in self.open:
            self.wrong.append("a link in a link")
        if tag not in VOID:
            self.open.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def site() -> dict[str, str]:
    return dict(build_site(TOP))


@pytest.fixture(scope="module")
def pages(site: dict[str, str]) -> dict[str, Reader]:
    readers = {}
    for path, content in site.items():
        if path.endswith(".html"):
            readers[path] = Reader()
            readers[path].feed(content)
    return readers


def test_every_rule_has_a_page_with_all_that_its_file_says(pages: dict[str, Reader]) -> None:
    for rule in own_rules():
        text = " ".join("".join(pages[f"rules/{rule.id}.html"].text).split())
        assert rule.id in text
        assert [name for name in rule.sections if name not in text] == []
        for example in rule.examples:
            for file in example.files:
                assert " ".join(file.source.split()) in text


def test_every_document_has_a_page(pages: dict[str, Reader]) -> None:
    documents = {f"docs/{path.stem}.html" for path in (TOP / "docs").glob("*.md")}
    assert documents | {"index.html", "CHANGELOG.html", "rules/index.html"} <= pages.keys()


def test_links_lead_to_pages_of_the_site(site: dict[str, str], pages: dict[str, Reader]) -> None:
    dead = []
    for path, reader in pages.items():
        for link in reader.links:
            target = link.partition("#")[0]
            if link.startswith("https://"):
                continue  # a reader may follow it; nothing of the page is loaded from there
            if target and os.path.normpath(PurePosixPath(path).parent / target) not in site:
                dead.append(f"{path}: {link}")
    assert dead == []


def test_nothing_is_loaded_from_elsewhere(site: dict[str, str]) -> None:
    assert [path for path, content in site.items() if 'src="' in content or "@import" in content] == []
    assert [path for path, content in site.items() if '<link rel="stylesheet" href="http' in content] == []


def test_pages_are_well_formed(pages: dict[str, Reader]) -> None:
    wrong = {path: reader.wrong for path, reader in pages.items() if reader.wrong}
    assert wrong == {}
    assert {path for path, reader in pages.items() if reader.open} == set()


def test_names_of_rules_and_documents_are_links(pages: dict[str, Reader]) -> None:
    assert "docs/design.html" in pages["index.html"].links
    assert "rules/gfp-sleep-in-stop-machine.html" in pages["index.html"].links


def test_every_rule_is_in_the_list_of_rules(pages: dict[str, Reader]) -> None:
    assert {f"{rule.id}.html" for rule in own_rules()} <= {
        link.rpartition("/")[2] for link in pages["rules/index.html"].links
    }
