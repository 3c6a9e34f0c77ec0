# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape changelog-claim: what the author writes of the patch is wrong, or worth a question; told beside the code."""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from kpatchlint.findings.records import Finding
from kpatchlint.patch.records import Patch
from kpatchlint.program import Program, Scope
from kpatchlint.program.scope import ChangedFile
from kpatchlint.rules.checks._place import Words, finding_on_line
from kpatchlint.rules.records import Rule

Fault = Literal["path-not-there", "commit-cited-badly", "untested"]

_PATH = re.compile(
    r"(?<![\w/.:-])((?:arch|block|crypto|drivers|fs|include|init|kernel|lib|mm|net|security)/[\w./-]+\.[chS])\b"
)
_COMMIT = re.compile(r"\bcommit[ \n]+([0-9a-f]{6,40})\b(\s*\(\s*\")?", re.IGNORECASE)
_UNTESTED = re.compile(
    r"\b(?:(?:not|never)\s+(?:been\s+)?(?:yet\s+)?tested|untested|(?:only\s+)?(?:build|compile)[\s-]+tested(?:\s+only)?)\b",
    re.IGNORECASE,
)
_HEX_DIGITS = 12


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``fault``: what to look for in the changelog; ``fix``.

    "path-not-there": a file is named that neither the tree nor the patch has.
    "commit-cited-badly": a commit is cited with less than 12 digits or without its subject.
    "untested": the author says that it is not tested.
    """

    fault: Fault
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a claim, at the first line that the patch adds."""
    if scope.placed is None:
        return
    file = next((f for f in scope.files if f.lines), None)
    if file is None:
        return
    for words in _FAULTS[params.fault](program, scope, scope.placed.patch, params):
        yield finding_on_line(rule, file, min(file.lines), "", words)


def _said_by_author(patch: Patch) -> str:
    """What introduces the patch, the changelog, and what the author answered to reviewers in between."""
    remarks = (c.text for c in patch.commentary if patch.author and c.author and c.author in patch.author)
    return "\n\n".join((patch.introduction, patch.changelog, *remarks))


def _path_not_there(program: Program, scope: Scope, patch: Patch, params: Params) -> Iterator[Words]:
    touched = {f.path for f in scope.files} | {f.old_path for f in patch.files} | {f.new_path for f in patch.files}
    for path in dict.fromkeys(_PATH.findall(patch.changelog)):
        if path in touched or program.sources.read(path) is not None:
            continue
        name = path.rpartition("/")[2]
        near = _nearest(scope.files, name, path)
        meant = f"; {near} is meant?" if near else ""
        yield Words(f"the changelog names {path}, which is not in the tree{meant}", "said in the changelog", params.fix)


def _nearest(files: tuple[ChangedFile, ...], name: str, path: str) -> str:
    top = path.split("/")[:2]
    return next((f.path for f in files if f.path.endswith(f"/{name}") and f.path.split("/")[:2] == top), "")


def _commit_cited_badly(program: Program, scope: Scope, patch: Patch, params: Params) -> Iterator[Words]:
    for found in _COMMIT.finditer(patch.changelog):
        digits, subject = found.groups()
        if len(digits) < _HEX_DIGITS or not subject:
            what = "less than 12 digits" if len(digits) < _HEX_DIGITS else "no subject"
            yield Words(f"commit {digits} is cited with {what}", "said in the changelog", params.fix)


def _untested(program: Program, scope: Scope, patch: Patch, params: Params) -> Iterator[Words]:
    found = _UNTESTED.search(_said_by_author(patch))
    if found is not None:
        said = " ".join(found.group().split())
        yield Words(f'the author says of this patch: "{said}"', "said by the author", params.fix)


_FAULTS: Mapping[Fault, Callable[[Program, Scope, Patch, Params], Iterator[Words]]] = MappingProxyType(
    {
        "path-not-there": _path_not_there,
        "commit-cited-badly": _commit_cited_badly,
        "untested": _untested,
    }
)
