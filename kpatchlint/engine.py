# SPDX-License-Identifier: GPL-2.0-or-later
"""Inputs and a tree become a report: the one place that wires the stages."""

from dataclasses import dataclass

from kpatchlint.findings.records import Verdict
from kpatchlint.tree.records import PlacedPatch


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeUsed:
    """The tree that the patches were laid over. ``kernel`` is e.g. "6.12.117", ``arch`` the architecture analysed."""

    kind: str
    revision: str | None
    kernel: str
    arch: str


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Source lines around a finding, from line ``first`` (from 1) of the tree that it was found in."""

    first: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedFinding:
    """A verdict with what a reader wants to see beside it. ``title`` is the rule's."""

    verdict: Verdict
    title: str = ""
    excerpt: Excerpt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that one check found, worst first; ``findings`` holds every state, the renderer chooses.

    ``notes`` are about the input as a whole: missing patches, which base was taken and how sure that is.
    """

    rules_digest: str
    tree: TreeUsed
    patches: tuple[PlacedPatch, ...]
    findings: tuple[ReportedFinding, ...]
    notes: tuple[str, ...] = ()
    elapsed_s: float = 0.0
