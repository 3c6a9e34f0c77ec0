# SPDX-License-Identifier: GPL-2.0-or-later
"""A rule becomes the text that ``kpatchlint explain`` prints: its file's prose, evidence and examples."""

from collections.abc import Iterator

from kpatchlint.rules.records import Rule


def render_rule(rule: Rule) -> str:
    """Plain text in markdown, as it stands in the rule file, with the front matter put in words."""
    return "\n".join(_lines(rule)) + "\n"


def _lines(rule: Rule) -> Iterator[str]:
    yield f"# {rule.id}: {rule.title}"
    yield ""
    yield f"{rule.severity.value}, {rule.confidence.value} confidence, class {rule.kind}, check {rule.check}"
    yield f"from rules/{rule.path}"
    for heading, text in rule.sections.items():
        yield from ("", f"## {heading}", "", text)
    if rule.evidence:
        yield from ("", "## Evidence in the kernel", "")
    for evidence in rule.evidence:
        within = f", {evidence.symbol}()" if evidence.symbol else ""
        yield f"- {evidence.path}{within}: {' '.join(evidence.contains.split())}"
