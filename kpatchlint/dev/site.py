# SPDX-License-Identifier: GPL-2.0-or-later
"""The documents and the rule files become a site of plain pages, one a rule: ``python -m kpatchlint.dev.site FOLDER``.

Nothing is written down twice: a rule's page is its file, and the lists are made of what is there.
"""

import html
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import click
from markdown_it import MarkdownIt

from kpatchlint import __version__
from kpatchlint.report.rule import told_sections
from kpatchlint.rules.load import own_rules
from kpatchlint.rules.records import Rule

_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_HEADING = re.compile(r"^# (.+)$", re.MULTILINE)
_LINK = re.compile(r'href="(?!https?:|#)([^"#]+)\.md(#[^"]*)?"')
_CODE = re.compile(r"(?<!<pre>)<code>([^<]+)</code>")

_STYLE = """\
:root { color-scheme: light dark; --rule: color-mix(in srgb, currentcolor 25%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 0 auto; padding: 1rem; }
pre, code { font: 0.9em/1.4 ui-monospace, monospace; }
pre { overflow-x: auto; padding: 0.75rem; border: 1px solid var(--rule); border-radius: 4px; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid var(--rule); padding: 0.25rem 0.6rem; text-align: left; vertical-align: top; }
nav { border-bottom: 1px solid var(--rule); padding-bottom: 0.5rem; }
nav a { margin-right: 1rem; }
"""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its path in the site, its title, and its text in markdown."""

    path: str
    title: str
    text: str


def build_site(top: Path) -> Iterator[tuple[str, str]]:
    """(path, content) of every file of the site.

    Args:
        top: the checkout, whose README.md, CHANGELOG.md and docs/ are read.
    """
    pages = [*_documents(top), _rule_list(), *(_rule_page(rule) for rule in own_rules())]
    names = {page.path.removesuffix(".html"): page.path for page in pages}
    named = {f"{name}.md": path for name, path in names.items()} | {
        rule.id: f"rules/{rule.id}.html" for rule in own_rules()
    }
    named["README.md"] = "index.html"
    for page in pages:
        yield page.path, _render(page, named)
    yield "style.css", _STYLE


def _documents(top: Path) -> Iterator[Page]:
    yield _document("index.html", (top / "README.md").read_text(encoding="utf-8"))
    yield _document("CHANGELOG.html", (top / "CHANGELOG.md").read_text(encoding="utf-8"))
    names = sorted(path.stem for path in (top / "docs").glob("*.md"))
    for name in names:
        yield _document(f"docs/{name}.html", (top / "docs" / f"{name}.md").read_text(encoding="utf-8"))
    listed = [f"- [{_title((top / 'docs' / f'{name}.md').read_text(encoding='utf-8'))}]({name}.md)" for name in names]
    yield Page(
        "docs/index.html", "Documents", "# Documents\n\n" + "\n".join(listed) + "\n- [Changes](../CHANGELOG.md)\n"
    )


def _document(path: str, text: str) -> Page:
    return Page(path, _title(text), _COMMENT.sub("", text))


def _title(text: str) -> str:
    found = _HEADING.search(text)
    return found.group(1) if found else "kpatchlint"


def _rule_list() -> Page:
    families: dict[str, list[Rule]] = {}
    for rule in own_rules():
        families.setdefault(PurePosixPath(rule.path).parts[0], []).append(rule)
    lines = [f"# Rules\n\n{len(own_rules())} rules. The severity is the highest that a rule can give."]
    for family, rules in sorted(families.items()):
        lines.append(f"\n## {family}\n\n| rule | severity | what it reports |\n|---|---|---|")
        lines += [f"| [{rule.id}]({rule.id}.md) | {rule.severity.value} | {rule.title} |" for rule in rules]
    return Page("rules/index.html", "Rules", "\n".join(lines))


def _rule_page(rule: Rule) -> Page:
    facts = (
        f"| severity | confidence | class | check |\n|---|---|---|---|\n"
        f"| {rule.severity.value} | {rule.confidence.value} | {rule.kind} | {rule.check} |\n"
    )
    sections = [f"## {name}\n\n{text}\n" for name, text in told_sections(rule)]
    evidence = [f"- `{each.path}`: `{' '.join(each.contains.split())}`" for each in rule.evidence]
    text = "\n".join([f"# {rule.id}\n\n{rule.title}\n", facts, *sections, "## Evidence in the kernel\n", *evidence])
    return Page(f"rules/{rule.id}.html", rule.id, text)


def _render(page: Page, named: Mapping[str, str]) -> str:
    """The whole page. Names of documents and rules in code spans become links, as do links to markdown files."""
    here = PurePosixPath(page.path).parent
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(page.text)

    def link(found: re.Match[str]) -> str:
        target = os.path.normpath(here / f"{html.unescape(found.group(1))}.md")
        path = named.get(target)
        return found.group() if path is None else f'href="{_relative(path, here)}{found.group(2) or ""}"'

    def code(found: re.Match[str]) -> str:
        path = named.get(html.unescape(found.group(1)))
        return found.group() if path in (None, page.path) else f'<a href="{_relative(path, here)}">{found.group()}</a>'

    places = (("index.html", "kpatchlint"), ("docs/index.html", "documents"), ("rules/index.html", "rules"))
    links = "".join(f'<a href="{_relative(path, here)}">{name}</a>' for path, name in places)
    return f"""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(page.title)} - kpatchlint {__version__}</title>
<link rel="stylesheet" href="{_relative("style.css", here)}">
<nav>{links}</nav>
<main>
{_CODE.sub(code, _LINK.sub(link, body))}</main>
</html>
"""


def _relative(path: str | None, here: PurePosixPath) -> str:
    return os.path.relpath(path or ".", here)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def main(folder: Path) -> None:
    """Write the site to FOLDER."""
    top = Path(__file__).resolve().parents[2]
    count = 0
    for path, content in build_site(top):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
        count += 1
    click.echo(f"{folder}: {count} files")


if __name__ == "__main__":
    main()
