# SPDX-License-Identifier: GPL-2.0-or-later
"""Rule files (markdown with TOML front matter) become rules."""

import functools
import re
from types import MappingProxyType

import msgspec

from kpatchlint.findings.records import Confidence, Severity
from kpatchlint.program.vocabulary import Evidence
from kpatchlint.rules.convert import convert
from kpatchlint.rules.errors import RuleError, key_line, nearest
from kpatchlint.rules.examples import parse_examples
from kpatchlint.rules.folder import RuleFolder, own_rule_folder, parse_toml
from kpatchlint.rules.parsed import read_or_parse
from kpatchlint.rules.records import KINDS, Example, Rule
from kpatchlint.text.errors import UsageError

_FENCE = "+++"
_RULE_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class _FrontMatter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    title: str
    kind: str = msgspec.field(name="class")
    check: str
    severity: Severity
    confidence: Confidence
    params: dict[str, object] = {}
    evidence: tuple[Evidence, ...] = ()


def parse_rules(folder: RuleFolder) -> tuple[Rule, ...]:
    """All rules of the folder, by id. Raises RuleError, also when two files have the same id."""
    rules: dict[str, Rule] = {}
    for path, content in folder.files.items():
        if path.endswith(".md"):
            rule = parse_rule(content.decode("utf-8", "replace"), path)
            if rule.id in rules:
                raise RuleError(
                    path, key_line(rule.text, "id"), f"{rule.id!r} is already in rules/{rules[rule.id].path}"
                )
            rules[rule.id] = rule
    return tuple(rule for _, rule in sorted(rules.items()))


@functools.cache
def own_rules() -> tuple[Rule, ...]:
    """The rules that this installation ships."""
    return read_or_parse("rules", tuple[Rule, ...], own_rule_folder(), parse_rules)


def find_rule(rule_id: str, rules: tuple[Rule, ...]) -> Rule:
    """The rule of that id. Raises UsageError with the nearest id."""
    for rule in rules:
        if rule.id == rule_id:
            return rule
    raise UsageError(f"no rule {rule_id!r}{nearest(rule_id, (rule.id for rule in rules))}")


def parse_rule(text: str, path: str) -> Rule:
    """Read one rule file.

    Args:
        text: the whole file: ``+++``, TOML, ``+++``, markdown.
        path: where it is below rules/; its stem has to be the rule's id.

    Raises:
        RuleError: with the line, and the nearest valid name where one is misspelt.
    """
    front, body_line = _split_front_matter(text, path)
    head = _convert(front, path)
    stem = path.rsplit("/", 1)[-1].removesuffix(".md")
    if head.id != stem or not _RULE_ID.fullmatch(head.id):
        raise RuleError(path, key_line(text, "id"), f"id {head.id!r} has to be the file's name {stem!r}, in kebab-case")
    if head.kind not in KINDS:
        raise RuleError(path, key_line(text, "class"), f"unknown class {head.kind!r}{nearest(head.kind, KINDS)}")
    sections, examples = _parse_body(text, path, body_line)
    return Rule(
        id=head.id,
        title=head.title,
        kind=head.kind,
        check=head.check,
        severity=head.severity,
        confidence=head.confidence,
        params=MappingProxyType(head.params),
        evidence=head.evidence,
        sections=MappingProxyType(sections),
        examples=examples,
        path=path,
        text=text,
    )


def _split_front_matter(text: str, path: str) -> tuple[str, int]:
    """The TOML with its opening fence as an empty line, so that its line numbers are the file's; first body line."""
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != _FENCE:
        raise RuleError(path, 1, f"a rule file starts with a line {_FENCE}, the TOML, and another {_FENCE}")
    for number, line in enumerate(lines[1:], start=2):
        if line.rstrip() == _FENCE:
            return "\n".join(["", *lines[1 : number - 1]]), number + 1
    raise RuleError(path, 1, f"the front matter is never closed with {_FENCE}")


def _convert(front: str, path: str) -> _FrontMatter:
    return convert(parse_toml(front, path), _FrontMatter, (path, front))


def _parse_body(text: str, path: str, first_line: int) -> tuple[dict[str, str], tuple[Example, ...]]:
    """The prose of each ``##`` section, and the examples of the one called Examples."""
    lines = text.splitlines()
    sections: dict[str, str] = {}
    examples: tuple[Example, ...] = ()
    for heading, start, end in _section_spans(lines, first_line):
        if heading in sections:
            raise RuleError(path, start, f"second section {heading!r}")
        body = lines[start:end]
        sections[heading] = "\n".join(body).strip()
        if heading == "Examples":
            examples = parse_examples(path, body, start + 1)
    return sections, examples


def _section_spans(lines: list[str], first_line: int) -> list[tuple[str, int, int]]:
    """(heading, number of the heading's line, number of the section's last line) of each ``##`` outside code."""
    fence = ""
    heads: list[tuple[str, int]] = []
    for number, line in enumerate(lines[first_line - 1 :], start=first_line):
        mark = re.match(r"`{3,}", line)
        if mark and not fence:
            fence = mark.group()
        elif fence and line.strip() == fence:
            fence = ""
        elif line.startswith("## ") and not fence:
            heads.append((line[3:].strip(), number))
    ends = [number - 1 for _, number in heads[1:]] + [len(lines)]
    return [(heading, number, end) for (heading, number), end in zip(heads, ends, strict=True)]
