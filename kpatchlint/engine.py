# SPDX-License-Identifier: GPL-2.0-or-later
"""Inputs and a tree become a report: the one place that wires the stages.

``check()`` is the call for programs (bots, hooks, notebooks); the command line uses ``check_request()`` below it.
"""

import dataclasses
import io
import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from kpatchlint.findings.compare import Change
from kpatchlint.findings.group import group
from kpatchlint.findings.records import State, Verdict
from kpatchlint.findings.series import PatchFindings, compare_series, rank
from kpatchlint.mail.read import Sources, read_inputs
from kpatchlint.mail.series import build_series
from kpatchlint.patch.extract import extract_patches
from kpatchlint.patch.records import FileStatus, Patch
from kpatchlint.program.open import Workshop, lay_fragments
from kpatchlint.rules.folder import own_rule_folder
from kpatchlint.rules.load import own_rules
from kpatchlint.rules.run import find_all
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.text.clean import decode
from kpatchlint.text.errors import KpatchlintError, NothingToAnalyse, UsageError
from kpatchlint.tree.base import find_repository, find_top, kernel_version, open_tree
from kpatchlint.tree.discover import find_base
from kpatchlint.tree.git import read_git_patches
from kpatchlint.tree.place import lay_patch
from kpatchlint.tree.records import PlacedPatch, Placement, Tree

DEFAULT_ARCH = "arm64"

_ARCH_PATH = re.compile(r"arch/([^/]+)/")
_AROUND = 3  # lines of code shown above and below a finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to check, as the user names it; see ``kpatchlint check --help``.

    ``wants_fixed`` asks for what the patches mend, too; that costs a look at the tree before them in every case.
    """

    inputs: tuple[str, ...]
    tree: str | None = None
    rev: str | None = None
    arch: str | None = None
    config: Mapping[str, str] | None = None
    wants_fixed: bool = False


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

    ``notes`` are about the input as a whole: missing patches, which base was taken and how sure that is. ``unfit``
    is why nothing could be analysed although there were patches.
    """

    rules_digest: str
    tree: TreeUsed
    patches: tuple[PlacedPatch, ...]
    findings: tuple[ReportedFinding, ...]
    notes: tuple[str, ...] = ()
    elapsed_s: float = 0.0
    unfit: KpatchlintError | None = None


@dataclass(frozen=True, slots=True)
class _Input:
    """The patches of every series in the input, and the tree that the first patch of each is laid over."""

    tree: Tree
    series: tuple[tuple[Patch, ...], ...]
    notes: tuple[str, ...]


def check(
    *inputs: str,
    tree: str | None = None,
    rev: str | None = None,
    arch: str | None = None,
    config: Mapping[str, str] | None = None,
) -> Report:
    """Check patches as ``kpatchlint check`` does, without stdin.

    Args:
        inputs: files, folders, ``git:RANGE``.
        tree: folder of the kernel tree; None: the one around the current folder.
        rev: revision of a git tree; None: the one that fits the patches best.
        arch: e.g. "arm64"; None: what the patches touch, else arm64.
        config: option -> value (``kpatchlint.program.config.parse_config``); what it rules out is not reported.

    Raises:
        KpatchlintError: wrong use, a limit exceeded, or nothing to analyse; each says so in one sentence.
    """
    request = Request(inputs=inputs, tree=tree, rev=rev, arch=arch, config=config)
    return check_request(request, stdin=io.BytesIO())


def check_request(request: Request, *, stdin: BinaryIO) -> Report:
    """Check what *request* names; *stdin* is read for the input ``-``. Raises KpatchlintError as ``check`` does."""
    start = time.monotonic()
    given = _read(request, stdin)
    placed = [[lay_fragments(p) for p in lay_series(patches, given.tree)] for patches in given.series]
    flat = tuple(patch for patches in placed for patch in patches)
    arch = request.arch or find_arch(path for patch in flat for file in patch.files if (path := file.path))
    verdicts = [
        verdict
        for patches, first in zip(placed, _offsets(placed), strict=True)
        for verdict in _renumbered(judge_series(patches, given.tree, arch, request.wants_fixed), first)
    ]
    unfit = None if any(_is_fit(patch) for patch in flat) else NothingToAnalyse("the patch fits the tree nowhere")
    return Report(
        rules_digest=own_rule_folder().digest,
        tree=TreeUsed(kind=given.tree.kind, revision=given.tree.revision, kernel=kernel_version(given.tree), arch=arch),
        patches=flat,
        findings=_reported(verdicts, flat),
        notes=given.notes,
        elapsed_s=time.monotonic() - start,
        unfit=unfit,
    )


def find_arch(paths: Iterable[str]) -> str:
    """The architecture to analyse for patches that touch *paths*: theirs, arm64 if it is among several or none is."""
    touched = sorted({found.group(1) for path in paths if (found := _ARCH_PATH.match(path))})
    return touched[0] if touched and DEFAULT_ARCH not in touched else DEFAULT_ARCH


def lay_series(patches: Sequence[Patch], tree: Tree) -> list[PlacedPatch]:
    """Lay each patch over the tree that the one before it gave."""
    placed: list[PlacedPatch] = []
    for patch in patches:
        placed.append(lay_patch(patch, placed[-1].tree if placed else tree))
    return placed


def judge_series(
    patches: Sequence[PlacedPatch], base: Tree, arch: str, wants_fixed: bool = True
) -> tuple[Verdict, ...]:
    """Run every rule before and after each patch of one series over *base*, and compare. Patches count from 1.

    The tree before a patch is only looked at when there is something to compare: most patches are right, and then
    half the work is saved.
    """
    workshop = Workshop(own_vocabulary(), arch)
    judged: list[PatchFindings] = []
    for placed, before in zip(patches, (base, *(p.tree for p in patches)), strict=False):
        versions = workshop.versions(placed, before)
        after = find_all(versions.after, versions.scope_after)
        is_compared = wants_fixed or after or any(j.after for j in judged)
        judged.append(
            PatchFindings(
                before=find_all(versions.before, versions.scope_before) if is_compared else (),
                after=after,
                change=_change(placed),
            )
        )
    return group(compare_series(judged))


def _change(placed: PlacedPatch) -> Change:
    return Change(
        renames={f.old_path: f.path for f in placed.files if f.status is FileStatus.RENAMED and f.old_path},
        added_lines={f.path: f.added_lines for f in placed.files},
    )


def _read(request: Request, stdin: BinaryIO) -> _Input:
    """Read the inputs and open the tree; a git range brings the revision that it starts from."""
    bases: list[str] = []

    def read_range(revisions: str) -> bytes:
        patches = read_git_patches(revisions, request.tree or find_top(os.getcwd()))
        bases.append(patches.base)
        return patches.data

    mails = read_inputs(request.inputs, stdin=stdin, sources=Sources(read_range=read_range))
    series = build_series(mails)
    patches = tuple(tuple(p for mail in s.mails for p in extract_patches(mail)) for s in series)
    if not any(patches):
        raise NothingToAnalyse(f"no patch in {', '.join(request.inputs)}")
    tree = open_tree(request.tree, request.rev or next(iter(bases), None))
    if request.arch and tree.read(f"arch/{request.arch}/Kconfig") is None:
        raise UsageError(f"this tree has no architecture {request.arch!r}")
    notes = [note for s in series for note in s.notes]
    repository = find_repository(tree)
    if repository is not None and request.rev is None and not bases:
        base = find_base([p for each in patches for p in each], repository)
        tree = base.tree
        notes.append(base.describe())
    return _Input(tree, tuple(each for each in patches if each), tuple(notes))


def _is_fit(placed: PlacedPatch) -> bool:
    """Whether there is anything of the patch to look at: files in the tree, or code of its own."""
    return placed.placement is not Placement.FRAGMENT or bool(placed.fragments)


def _offsets(placed: Sequence[Sequence[PlacedPatch]]) -> list[int]:
    """How many patches stand before each series in the report."""
    return [sum(map(len, placed[:index])) for index in range(len(placed))]


def _renumbered(verdicts: Iterable[Verdict], first: int) -> list[Verdict]:
    """Numbers that count from 1 in one series become positions in the report."""
    return [dataclasses.replace(v, patch=v.patch + first, gone_in=v.gone_in and v.gone_in + first) for v in verdicts]


def _reported(verdicts: Iterable[Verdict], patches: Sequence[PlacedPatch]) -> tuple[ReportedFinding, ...]:
    titles = {rule.id: rule.title for rule in own_rules()}
    return tuple(
        ReportedFinding(
            verdict=verdict,
            title=titles.get(verdict.finding.rule, verdict.finding.rule),
            excerpt=_excerpt(verdict, patches[verdict.patch - 1]),
        )
        for verdict in sorted(verdicts, key=rank)
    )


def _excerpt(verdict: Verdict, placed: PlacedPatch) -> Excerpt | None:
    """The code around the finding, in the tree on its side of the patch."""
    tree = placed.base if verdict.state is State.FIXED and placed.base else placed.tree
    source = tree.read(verdict.finding.path)
    if source is None:
        return None
    lines = decode(source).split("\n")
    first = max(verdict.finding.line - _AROUND, 1)
    return Excerpt(first, tuple(lines[first - 1 : verdict.finding.line + _AROUND]))
