# SPDX-License-Identifier: GPL-2.0-or-later
"""A tree as it is, judged function by function: ``kpatchlint scan``.

A check asks what a patch breaks and compares two versions; a scan asks what the rules say of code that is there. It
shows how far a rule can be trusted: on a released kernel nearly everything it reports is either a bug that nobody has
met or a fault of the rule.
"""

import gc
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field

from kpatchlint.engine import Report, TreeUsed, find_arch, report_findings
from kpatchlint.facts.index import is_source
from kpatchlint.findings.group import group
from kpatchlint.findings.marks import Mark, find_marks
from kpatchlint.findings.policy import Policy
from kpatchlint.findings.records import Finding, State, Verdict
from kpatchlint.program.open import Workshop
from kpatchlint.program.scope import Scope, functions_of
from kpatchlint.rules.folder import own_rule_folder
from kpatchlint.rules.load import find_rule, own_rules
from kpatchlint.rules.run import find_all
from kpatchlint.rules.silence import Silencer
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.text.errors import NothingToAnalyse, UsageError
from kpatchlint.tree.base import kernel_version, open_tree
from kpatchlint.tree.records import Tree

_SMALLEST, _LARGEST = 8, 40  # files of a batch


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest:
    """What to scan: folders or files of the tree (none: all of it), by which rules (none: all of them).

    ``jobs`` is the number of processes, 0: one for each CPU. ``policy`` is what the project has decided about findings.
    """

    paths: tuple[str, ...] = ()
    tree: str | None = None
    rev: str | None = None
    arch: str | None = None
    rules: tuple[str, ...] = ()
    jobs: int = 0
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Files that one process judges with one program, which bounds what a program remembers of a whole tree."""

    files: tuple[str, ...]
    request: ScanRequest
    arch: str


@dataclass(frozen=True, slots=True)
class _Judged:
    """What the rules say of a batch."""

    findings: tuple[Finding, ...]
    function_count: int
    file_count: int
    marks: tuple[Mark, ...]


Progress = Callable[[int, int], None]  # files judged, files in all


def scan(request: ScanRequest, progress: Progress | None = None) -> Report:
    """What the rules say of the code at *request*'s paths; every finding has the state "preexisting".

    Raises:
        KpatchlintError: wrong use, or nothing to analyse.
    """
    start = time.monotonic()
    for rule in request.rules:
        find_rule(rule, own_rules())
    tree = open_tree(request.tree, request.rev)
    files = _sources(tree, request.paths)
    arch = request.arch or find_arch(files if request.paths else ())
    jobs = request.jobs or os.cpu_count() or 1
    Workshop(own_vocabulary(), arch).program(tree)  # brings the index up to date, once
    found: list[_Judged] = []
    for judged in _judge_all(_cut(files, request, arch, jobs), jobs):
        found.append(judged)
        if progress is not None:
            progress(sum(j.file_count for j in found), len(files))
    findings = _unique(found)
    silencer = Silencer(request.policy)
    if not (request.paths or request.rules):  # of a part it cannot be told what is out of date
        silencer.look_everywhere([mark for judged in found for mark in judged.marks], findings, tree)
    kept, suppressed = silencer.apply([Verdict(finding=f, state=State.PREEXISTING) for f in findings], lambda _: tree)
    return Report(
        rules_digest=own_rule_folder().digest,
        tree=TreeUsed(kind=tree.kind, revision=tree.revision, kernel=kernel_version(tree), arch=arch),
        patches=(),
        findings=report_findings(group(kept), lambda _: tree),
        notes=(f"judged: {len(files)} C files, {sum(j.function_count for j in found)} functions",),
        elapsed_s=time.monotonic() - start,
        suppressed=tuple(suppressed),
        stale=tuple(silencer.stale()),
        ungrouped=tuple(kept),
    )


def _unique(judged: Sequence[_Judged]) -> list[Finding]:
    """Each finding once, in one order however the processes ended: a path may begin in one file and end in another."""
    known = {(f.path, f.line, f.rule, f.fingerprint()): f for batch in judged for f in batch.findings}
    return [known[key] for key in sorted(known)]


def _sources(tree: Tree, paths: Sequence[str]) -> list[str]:
    """The C files at *paths*, in order. Raises UsageError for a path that is not there, NothingToAnalyse for none."""
    listing = [path for path in tree.listing() if path.endswith((".c", ".h")) and is_source(path)]
    wanted = [os.path.normpath(path) for path in paths]
    chosen: set[str] = set()
    for path in wanted:
        here = [name for name in listing if path == "." or name == path or name.startswith(f"{path}/")]
        if not here:
            raise UsageError(f"no C file of the kernel at {path} in this tree")
        chosen.update(here)
    files = sorted(chosen) if paths else sorted(listing)
    if not files:
        raise NothingToAnalyse("no C file in this tree")
    return files


def _judge(batch: _Batch) -> _Judged:
    """Every function of the batch. Opens the tree anew: no two processes read from one git."""
    tree = open_tree(batch.request.tree, batch.request.rev)
    program = Workshop(own_vocabulary(), batch.arch).program(tree)
    only = frozenset(batch.request.rules) or None
    findings: list[Finding] = []
    marks: list[Mark] = []
    count = 0
    for path in batch.files:
        source = tree.read(path)
        functions = tuple(functions_of(path, source))
        count += len(functions)
        marks += find_marks(source or b"", path)
        if functions:  # a scope without functions asks for every entry of the tree
            findings += find_all(program, Scope(functions, whole=True), only)
    return _Judged(tuple(findings), count, len(batch.files), tuple(marks))


def _judge_all(batches: Sequence[_Batch], jobs: int) -> Iterator[_Judged]:
    """Every batch as it is done, in as many processes as *jobs* allows."""
    if min(jobs, len(batches)) < 2:
        for batch in batches:
            yield _judge(batch)
            gc.collect()  # a program's parts refer to each other in circles
        return
    with ProcessPoolExecutor(
        min(jobs, len(batches)),
    ) as pool:
        for done in as_completed([pool.submit(_judge, batch) for batch in batches]):
            yield done.result()


def _cut(files: Sequence[str], request: ScanRequest, arch: str, jobs: int) -> list[_Batch]:
    """Neighbours together, in enough batches that no process ends long before the others."""
    size = min(max(-(-len(files) // (4 * jobs)), _SMALLEST), _LARGEST)
    return [_Batch(tuple(files[at : at + size]), request, arch) for at in range(0, len(files), size)]
