# SPDX-License-Identifier: GPL-2.0-or-later
"""A rule becomes the text that ``kpatchlint explain`` prints: its file's prose, evidence and examples."""

import textwrap
from collections.abc import Iterator

from kpatchlint.report.terminal import View
from kpatchlint.rules.records import Rule

_WIDEST = 100  # prose is not read well beyond


def render_rule(rule: Rule, view: View) -> str:
    """The rule file's markdown with its front matter put in words; prose is wrapped, code stands as it is."""
    return "".join(f"{line}\n" for line in _lines(rule, view))


def _lines(rule: Rule, view: View) -> Iterator[str]:
    width = min(view.width, _WIDEST)
    yield from _heading(f"# {rule.id}: {rule.title}", view)
    yield ""
    yield from _wrapped(
        f"{rule.severity.value}, {rule.confidence.value} confidence, class {rule.kind}, check {rule.check}", width
    )
    yield from _wrapped(f"from rules/{rule.path}", width)
    for heading, text in told_sections(rule):
        yield from ("", *_heading(f"## {heading}", view), "")
        yield from _prose(text, view)
    if rule.evidence:
        yield from ("", *_heading("## Evidence in the kernel", view), "")
    for evidence in rule.evidence:
        within = f", {evidence.symbol}()" if evidence.symbol else ""
        yield from _wrapped(f"- {evidence.path}{within}: {' '.join(evidence.contains.split())}", width, "  ")


def told_sections(rule: Rule) -> Iterator[tuple[str, str]]:
    """Heading and markdown of each section; the heading of an example says whether it is reported."""
    outcomes = {f"### {each.title}": "reported" if each.shows(rule.id) else "not reported" for each in rule.examples}
    for heading, text in rule.sections.items():
        lines = (
            f"{line} ({outcomes[line.rstrip()]})" if line.rstrip() in outcomes else line for line in text.split("\n")
        )
        yield heading, "\n".join(lines)


def _prose(text: str, view: View) -> Iterator[str]:
    """Markdown without what it has no use for here: paragraphs, headings, and code between fences."""
    paragraph: list[str] = []
    fence = ""
    for line in text.split("\n"):
        mark = line[: len(line) - len(line.lstrip("`"))]
        is_fence = len(mark) >= 3 and (not fence or line == fence)
        if not fence and (is_fence or not line.strip() or line.startswith("### ")):
            yield from _wrapped(" ".join(paragraph), min(view.width, _WIDEST))
            paragraph = []
        if is_fence:
            fence = "" if fence else mark
        if fence or is_fence or not line.strip():
            yield line
        elif line.startswith("### "):
            yield from _heading(line, view)
        else:
            paragraph.append(line)
    yield from _wrapped(" ".join(paragraph), min(view.width, _WIDEST))


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)


def _heading(text: str, view: View) -> list[str]:
    lines = _wrapped(text, min(view.width, _WIDEST))
    return [f"\x1b[1m{line}\x1b[0m" for line in lines] if view.colour else lines
