# SPDX-License-Identifier: GPL-2.0-or-later
"""A place in a function becomes a step of a path, or a finding there whose path is that one step."""

from dataclasses import dataclass

from kpatchlint.findings.records import Finding, Step
from kpatchlint.program import Scope
from kpatchlint.program.code import Function
from kpatchlint.program.scope import ChangedFile
from kpatchlint.rules.checks import _paths
from kpatchlint.rules.records import Rule


@dataclass(frozen=True, slots=True)
class Words:
    """What a finding says: the sentence, why the step is in its path, and what to do instead."""

    message: str
    why: str
    suggestion: str | None = None


def step_at(function: Function, at: int, why: str) -> Step:
    """A step at offset *at* of *function*, with *why* it is in the path."""
    line = function.line_at(at)
    return Step(path=function.path, line=line, function=function.name, code=function.code_at(at), why=why)


def finding_at(scope: Scope, rule: Rule, function: Function, at: int, words: Words) -> Finding:
    """A finding at offset *at* of *function*, as sure as the rule says and the code's place allows."""
    severity, confidence = _paths.in_fragment(scope, (function,), (rule.severity, rule.confidence))
    step = step_at(function, at, words.why)
    return Finding(
        rule=rule.id,
        kind=rule.kind,
        severity=severity,
        confidence=confidence,
        path=function.path,
        line=step.line,
        function=function.name,
        message=words.message,
        suggestion=words.suggestion,
        chain=(step,),
    )


def finding_on_line(rule: Rule, file: ChangedFile, line: int, about: str, words: Words) -> Finding:
    """A finding on a line of a file that need not be code; *about* is the symbol or function it is of, or ""."""
    code = file.source.decode(errors="replace").split("\n")[line - 1].strip()[:160]
    step = Step(path=file.path, line=line, function=about, code=code, why=words.why)
    return Finding(
        rule=rule.id,
        kind=rule.kind,
        severity=rule.severity,
        confidence=rule.confidence,
        path=file.path,
        line=line,
        function=about,
        message=words.message,
        suggestion=words.suggestion,
        chain=(step,),
    )
