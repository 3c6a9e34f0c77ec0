# SPDX-License-Identifier: GPL-2.0-or-later
"""What a project has decided is applied to what the rules found, patch by patch or for a tree as it is."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from kpatchlint.findings.marks import Mark, MarkReader, find_marks
from kpatchlint.findings.policy import Policy, Stale, Suppressed
from kpatchlint.findings.records import Finding, State, Verdict
from kpatchlint.findings.suppress import stale_entries, stale_marks, stale_paths, suppress
from kpatchlint.program.code import Function
from kpatchlint.program.scope import Scope
from kpatchlint.rules.load import own_rules
from kpatchlint.tree.records import Tree


class Silencer:
    """Applies one policy to all that a check or a scan looks at, and remembers what was silenced and what was not."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._met: Counter[str] = Counter()
        self._fixed: list[Verdict] = []
        self._stale_marks: dict[tuple[str, str], tuple[Stale, ...]] = {}
        self._is_whole = False
        self._tree: Tree | None = None

    def asks_about(self, function: Function) -> bool:
        """Whether something silences findings of a function, so that it has to be known whether any are left."""
        entries = self.policy.baseline.entries if self.policy.baseline is not None else ()
        is_listed = any((e.path, e.function) == (function.path, function.name) for e in entries)
        return is_listed or any(find_marks(function.text, function.path))

    def look(self, scope: Scope, found: Collection[Finding], tree: Tree) -> None:
        """Note the comments in the functions of *scope*, all of whose findings in *tree* are in *found*.

        What is said of a function that several patches change is what the last one leaves of it.
        """
        self._tree = tree
        reader = MarkReader(tree.read)
        rules = [rule.id for rule in own_rules()]
        for function in scope.functions:
            marks = [
                dataclasses.replace(mark, line=mark.line + function.source.count(b"\n", 0, function.span.start))
                for mark in find_marks(function.text, function.path)
            ]
            self._stale_marks[function.path, function.name] = tuple(stale_marks(marks, found, reader, rules))

    def look_everywhere(self, marks: Iterable[Mark], found: Collection[Finding], tree: Tree) -> None:
        """Note all comments of a tree, all of whose findings are in *found*."""
        self._is_whole, self._tree = True, tree
        rules = [rule.id for rule in own_rules()]
        for stale in stale_marks(marks, found, MarkReader(tree.read), rules):
            self._stale_marks[stale.where, ""] = (stale,)

    def apply(
        self, verdicts: Iterable[Verdict], tree_of: Callable[[Verdict], Tree]
    ) -> tuple[Sequence[Verdict], Sequence[Suppressed]]:
        """The verdicts to show, and those that are silenced. ``tree_of`` is the tree that a verdict's lines are in."""
        readers: dict[int, MarkReader] = {}

        def marks_of(verdict: Verdict) -> MarkReader:
            tree = tree_of(verdict)
            return readers.setdefault(id(tree), MarkReader(tree.read))

        done = suppress(verdicts, self.policy, marks_of)
        self._met.update(done.met)
        self._fixed += [verdict for verdict in done.kept if verdict.state is State.FIXED]
        return done.kept, done.suppressed

    def stale(self) -> Iterator[Stale]:
        """What silences nothing in all that has been looked at."""
        for _, stale in sorted(self._stale_marks.items()):
            yield from stale
        if self._tree is not None:
            yield from dict.fromkeys(stale_paths(self.policy.adjustments, self._tree.read))
        baseline = self.policy.baseline
        if baseline is not None:
            every = {(entry.path, entry.function) for entry in baseline.entries} if self._is_whole else set()
            yield from stale_entries(baseline, self._met, self._fixed, every | self._stale_marks.keys())
