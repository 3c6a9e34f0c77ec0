# SPDX-License-Identifier: GPL-2.0-or-later
"""Inputs and a tree become a report: the one place that wires the stages.

``check()`` is the call for programs (bots, hooks, notebooks); the command line uses ``check_request()`` below it.
"""

import dataclasses
import gc
import io
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, TypeAlias

from kpatchlint.findings.compare import Change
from kpatchlint.findings.conditions import contradicts
from kpatchlint.findings.excerpts import Excerpt, Excerpts
from kpatchlint.findings.group import group
from kpatchlint.findings.policy import Policy, Stale, Suppressed
from kpatchlint.findings.records import Finding, State, Verdict
from kpatchlint.findings.series import PatchFindings, compare_series, rank
from kpatchlint.mail.read import Sources, read_inputs
from kpatchlint.mail.records import Series
from kpatchlint.mail.series import build_series
from kpatchlint.patch.extract import extract_patches
from kpatchlint.patch.records import FileStatus, Patch
from kpatchlint.patch.repeat import changed_lines, repeats
from kpatchlint.program.code import Function
from kpatchlint.program.open import Workshop, lay_fragments
from kpatchlint.program.scope import Scope
from kpatchlint.rules.folder import own_rule_folder
from kpatchlint.rules.load import own_rules
from kpatchlint.rules.run import find_all
from kpatchlint.rules.silence import Silencer
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.text.errors import KpatchlintError, NothingToAnalyse, UsageError
from kpatchlint.tree.base import find_repository, find_top, kernel_version, open_tree
from kpatchlint.tree.discover import find_base
from kpatchlint.tree.fragment import place_notes
from kpatchlint.tree.git import read_git_patches
from kpatchlint.tree.inbox import read_inbox
from kpatchlint.tree.records import PlacedPatch, Tree
from kpatchlint.tree.stack import lay_series

DEFAULT_ARCH = "arm64"

# The patches of each mail of a series.
_Mails: TypeAlias = Sequence[Sequence[Patch]]

Tell: TypeAlias = Callable[[str], None]

_ARCH_PATH = re.compile(r"arch/([^/]+)/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to check, as the user names it; see ``kpatchlint check --help``.

    ``policy`` is what the project has decided about findings (``kpatchlint.settings`` reads it). ``wants_fixed`` asks
    for what the patches mend, too; that costs a look at the tree before them in every case. ``wants_old`` asks for all
    that is wrong in a function that is touched, wherever in it; that costs a look at all it leads to.
    """

    inputs: tuple[str, ...]
    tree: str | None = None
    rev: str | None = None
    arch: str | None = None
    config: Mapping[str, str] | None = None
    wants_fixed: bool = False
    wants_old: bool = False
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeUsed:
    """The tree that the patches were laid over. ``kernel`` is e.g. "6.12.117", ``arch`` the architecture analysed."""

    kind: str
    revision: str | None
    kernel: str
    arch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedFinding:
    """A verdict with what a reader wants to see beside it. ``title`` is the rule's.

    ``sources`` is the code around each step of the finding's chain, None where there is none.
    """

    verdict: Verdict
    title: str = ""
    excerpt: Excerpt | None = None
    sources: tuple[Excerpt | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that one check found, worst first; ``findings`` holds every state, the renderer chooses.

    ``notes`` are about the input as a whole: missing patches, which base was taken and how sure that is. ``unfit``
    is why nothing could be analysed although there were patches. ``suppressed`` is what the policy and comments in the
    source silence, ``stale`` what of that silences nothing; ``ungrouped`` are the verdicts that are left before those
    of one fault are told as one. ``added`` is for each patch path -> the lines (from 1) that it adds or changes, those
    of code without a place where that is read.
    """

    rules_digest: str
    tree: TreeUsed
    patches: tuple[PlacedPatch, ...]
    findings: tuple[ReportedFinding, ...]
    notes: tuple[str, ...] = ()
    elapsed_s: float = 0.0
    unfit: KpatchlintError | None = None
    suppressed: tuple[Suppressed, ...] = ()
    stale: tuple[Stale, ...] = ()
    ungrouped: tuple[Verdict, ...] = ()
    added: tuple[Mapping[str, frozenset[int]], ...] = ()


@dataclass(frozen=True, slots=True)
class _Input:
    """The patches of every series in the input, mail by mail, and the tree that each series is laid over."""

    tree: Tree
    series: tuple[_Mails, ...]
    notes: tuple[str, ...]


def check(
    *inputs: str | os.PathLike[str],
    tree: str | os.PathLike[str] | None = None,
    rev: str | None = None,
    arch: str | None = None,
    config: Mapping[str, str] | None = None,
    policy: Policy | None = None,
) -> Report:
    """Check patches as ``kpatchlint check`` does, without stdin.

    Args:
        inputs: files, folders, ``git:RANGE``, ``inbox:DIR#MESSAGE-ID``.
        tree: folder of the kernel tree; None: the one around the current folder.
        rev: revision of a git tree; None: the one that fits the patches best.
        arch: e.g. "arm64"; None: what the patches touch, else arm64.
        config: option -> value (``kpatchlint.program.config.parse_config``); what it rules out is not reported.
        policy: severities and suppressions; None: none but the comments in the source. No settings are read.

    Raises:
        KpatchlintError: wrong use, a limit exceeded, or nothing to analyse; each says so in one sentence.
    """
    names, top = tuple(os.fspath(each) for each in inputs), None if tree is None else os.fspath(tree)
    request = Request(inputs=names, tree=top, rev=rev, arch=arch, config=config, policy=policy or Policy())
    return check_request(request, stdin=io.BytesIO())


def tell_nobody(doing: str) -> None:
    """Where progress goes when nobody watches."""


def check_request(request: Request, *, stdin: BinaryIO, tell: Tell = tell_nobody) -> Report:
    """Check what *request* names; *stdin* is read for the input ``-``. Raises KpatchlintError as ``check`` does.

    *tell* gets a sentence on what is done, whenever that changes.
    """
    start = time.monotonic()
    tell("reading the patches")
    given = _read(request, stdin)
    stacks = [stack for mails in given.series for stack in lay_series(mails, given.tree)]
    placed = [[_with_fragments(patch) for patch in stack.patches] for stack in stacks]
    flat = tuple(patch for patches in placed for patch in patches)
    arch = request.arch or find_arch(path for patch in flat for file in patch.files if (path := file.path))
    judge = _Judge(
        Workshop(own_vocabulary(), arch),
        request.wants_fixed,
        request.wants_old,
        request.config,
        Silencer(request.policy),
        tell=tell,
    )
    results = [
        judge.judge(patches, stack.base).renumbered(first)
        for patches, stack, first in zip(placed, stacks, _offsets(placed), strict=True)
    ]
    verdicts = [verdict for result in results for verdict in group(result.verdicts)]
    unfit = None if any(patch.is_fit for patch in flat) else NothingToAnalyse("the patch fits the tree nowhere")
    return Report(
        rules_digest=own_rule_folder().digest,
        tree=TreeUsed(kind=given.tree.kind, revision=given.tree.revision, kernel=kernel_version(given.tree), arch=arch),
        patches=flat,
        findings=report_findings(verdicts, lambda verdict: _tree_of(verdict, flat[verdict.patch - 1])),
        notes=(*given.notes, *judge.notes()),
        elapsed_s=time.monotonic() - start,
        unfit=unfit,
        suppressed=tuple(silenced for result in results for silenced in result.suppressed),
        stale=tuple(judge.silencer.stale()),
        ungrouped=tuple(verdict for result in results for verdict in result.verdicts),
        added=tuple(lines for result in results for lines in result.added),
    )


@dataclass(frozen=True, slots=True)
class LaidInputs:
    """The tree that the inputs name, the patches of the first series over it in order, and what reading had to say."""

    base: Tree
    patches: tuple[PlacedPatch, ...]
    notes: tuple[str, ...]


def lay_inputs(request: Request, *, stdin: BinaryIO) -> LaidInputs:
    """Read *request*'s inputs and lay the first series over its tree, unjudged. Raises KpatchlintError as ``check``."""
    given = _read(request, stdin)
    stack = lay_series(given.series[0], given.tree)[0]
    placed = tuple(_with_fragments(patch) for patch in stack.patches)
    if not any(patch.is_fit for patch in placed):
        raise NothingToAnalyse("the patch fits the tree nowhere")
    return LaidInputs(stack.base, placed, given.notes)


def find_arch(paths: Iterable[str]) -> str:
    """The architecture to analyse for patches that touch *paths*: theirs, arm64 if it is among several or none is."""
    touched = sorted({found.group(1) for path in paths if (found := _ARCH_PATH.match(path))})
    return touched[0] if touched and DEFAULT_ARCH not in touched else DEFAULT_ARCH


def judge_series(
    patches: Sequence[PlacedPatch], base: Tree, arch: str, wants_fixed: bool = True
) -> tuple[Verdict, ...]:
    """Run every rule before and after each patch of one series over *base*, and compare. Patches count from 1."""
    return group(_Judge(Workshop(own_vocabulary(), arch), wants_fixed).judge(patches, base).verdicts)


@dataclass(frozen=True, slots=True)
class _Result:
    """The verdicts of one series, those of one fault not yet told as one, what was silenced, what each patch adds."""

    verdicts: tuple[Verdict, ...]
    suppressed: tuple[Suppressed, ...]
    added: tuple[Mapping[str, frozenset[int]], ...]

    def renumbered(self, first: int) -> "_Result":
        """Patches that count from 1 in their series become positions in a report, after *first* others."""
        silenced = [dataclasses.replace(s, verdict=_renumbered(s.verdict, first)) for s in self.suppressed]
        return _Result(tuple(_renumbered(verdict, first) for verdict in self.verdicts), tuple(silenced), self.added)


@dataclass(slots=True)
class _Judge:
    """Judges series over one base, whose index stays open from one to the next.

    ``config`` is option -> value, None: any; ``ruled_out_count`` is how many findings after a patch it has ruled out.
    """

    workshop: Workshop
    wants_fixed: bool
    wants_old: bool = False
    config: Mapping[str, str] | None = None
    silencer: Silencer = field(default_factory=lambda: Silencer(Policy()))
    ruled_out_count: int = 0
    cut_short: list[int] = field(default_factory=list)  # patches, from 1, that reach more code than is walked
    tell: Tell = tell_nobody

    def judge(self, patches: Sequence[PlacedPatch], base: Tree) -> _Result:
        """One verdict a finding. A program lives for one patch only, which bounds the memory of a long series.

        The tree before a patch is only looked at when there is something to compare: most patches are right, and
        then half the work is saved.
        """
        judged: list[PatchFindings] = []
        for placed, before in zip(patches, (base, *(p.tree for p in patches)), strict=False):
            first = "" if judged else " (indexing the tree if it is new)"
            self.tell(f"checking patch {len(judged) + 1} of {len(patches)}{first}: {placed.patch.subject}")
            versions = self.workshop.versions(placed, before, self._in_question)
            found = find_all(versions.after, versions.scope_after)
            self.silencer.look(versions.scope_after, found, placed.tree)
            after = self._possible(found)
            self.ruled_out_count += len(found) - len(after)
            is_compared = self.wants_fixed or after or any(j.after for j in judged)
            # Nothing but what the patch may have introduced is asked of the tree before it.
            only = None if self.wants_fixed or len(patches) > 1 else {finding.rule for finding in after}
            found = find_all(versions.before, versions.scope_before, only) if is_compared else ()
            if versions.after.is_exhausted or versions.before.is_exhausted:
                self.cut_short.append(len(judged) + 1)
            change = _change(placed, versions.scope_after)
            judged.append(PatchFindings(before=self._possible(found), after=after, change=change))
            if len(patches) > 1:
                # A program's parts refer to each other in circles, and each may hold some megabytes.
                del versions
                gc.collect()
        kept, suppressed = self.silencer.apply(compare_series(judged), lambda verdict: patches[verdict.patch - 1].tree)
        return _Result(tuple(kept), tuple(suppressed), tuple(patch.change.added_lines for patch in judged))

    def _in_question(self, function: Function) -> bool:
        """Whether more is asked of a changed function than what the patch adds to it."""
        return self.wants_old or self.silencer.asks_about(function)

    def notes(self) -> Iterator[str]:
        """What a reader of the report should know of the judging."""
        if self.ruled_out_count:
            noun = "finding" if self.ruled_out_count == 1 else "findings"
            yield f"the configuration rules out {self.ruled_out_count} {noun}"
        if self.cut_short:
            which = ", ".join(map(str, sorted(set(self.cut_short))))
            yield f"patch {which} reaches more code than is looked at (docs/limits.md): not all paths were followed"

    def _possible(self, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
        if self.config is None:
            return found
        return tuple(finding for finding in found if not contradicts(finding.conditions, self.config))


def _change(placed: PlacedPatch, scope: Scope) -> Change:
    """What the patch does to names and lines; code of it that has no place counts where it is read."""
    return Change(
        renames={f.old_path: f.path for f in placed.files if f.status is FileStatus.RENAMED and f.old_path},
        added_lines={file.path: file.lines for file in scope.files},
    )


def _read(request: Request, stdin: BinaryIO) -> _Input:
    """Read the inputs and open the tree; a git range brings the revision that it starts from."""
    bases: list[str] = []

    def read_range(revisions: str) -> bytes:
        patches = read_git_patches(revisions, request.tree or find_top(os.getcwd()))
        bases.append(patches.base)
        return patches.data

    sources = Sources(read_range=read_range, read_inbox=read_inbox)
    series = build_series(read_inputs(request.inputs, stdin=stdin, sources=sources))
    notes = [note for s in series for note in s.notes]
    mails = [each for s in series for each in _proposals(s, notes)]
    if not mails:
        raise NothingToAnalyse(f"no patch in {', '.join(request.inputs)}")
    tree = open_tree(request.tree, request.rev or next(iter(bases), None))
    if request.arch and tree.read(f"arch/{request.arch}/Kconfig") is None:
        raise UsageError(f"this tree has no architecture {request.arch!r}")
    repository = find_repository(tree)
    if repository is not None and request.rev is None and not bases:
        base = find_base([patch for each in mails for patches in each for patch in patches], repository)
        tree = base.tree
        notes.append(base.describe())
    return _Input(tree, tuple(mails), tuple(notes))


def _proposals(series: Series, notes: list[str]) -> Iterator[_Mails]:
    """What is laid over the base each on its own: the series, then each reply that proposes something itself."""
    own = [extract_patches(mail) for mail in series.mails]
    if any(own):
        yield own
    known = changed_lines(patch for patches in own for patch in patches)
    quote_count = 0
    for reply in series.replies:
        patches = extract_patches(reply)
        proposed = [patch for patch in patches if not repeats(patch, known)]
        quote_count += len(patches) - len(proposed)
        if proposed:
            yield [proposed]
    if quote_count:
        notes.append(f"diffs in replies that only quote the series are left out: {quote_count}")


def _with_fragments(placed: PlacedPatch) -> PlacedPatch:
    """The patch with its code that has no place laid too, and a word on where the lines of such code count from."""
    return dataclasses.replace(lay_fragments(placed), notes=(*placed.notes, *place_notes(placed.fragments)))


def _offsets(placed: Sequence[Sequence[PlacedPatch]]) -> list[int]:
    """How many patches stand before each series in the report."""
    return [sum(map(len, placed[:index])) for index in range(len(placed))]


def _renumbered(verdict: Verdict, first: int) -> Verdict:
    """Numbers that count from 1 in one series become positions in the report."""
    return dataclasses.replace(
        verdict, patch=verdict.patch + first, gone_in=verdict.gone_in and verdict.gone_in + first
    )


def report_findings(verdicts: Iterable[Verdict], tree_of: Callable[[Verdict], Tree]) -> tuple[ReportedFinding, ...]:
    """The verdicts, worst first, with their rules' titles and the code around them, read from ``tree_of(verdict)``."""
    titles = {rule.id: rule.title for rule in own_rules()}
    excerpts = Excerpts()
    return tuple(
        ReportedFinding(
            verdict=verdict,
            title=titles.get(verdict.finding.rule, verdict.finding.rule),
            excerpt=excerpts.at(tree_of(verdict), verdict.finding.path, verdict.finding.line),
            sources=tuple(excerpts.at(tree_of(verdict), step.path, step.line) for step in verdict.finding.chain),
        )
        for verdict in sorted(verdicts, key=rank)
    )


def _tree_of(verdict: Verdict, placed: PlacedPatch) -> Tree:
    """The tree on the verdict's side of its patch."""
    return placed.base if verdict.state is State.FIXED and placed.base else placed.tree
