# SPDX-License-Identifier: GPL-2.0-or-later
"""Every rule is tried on a tree: ``kpatchlint selftest``."""

import functools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from kpatchlint.engine import DEFAULT_ARCH, TreeUsed
from kpatchlint.program.open import Workshop
from kpatchlint.rules.folder import own_rule_folder
from kpatchlint.rules.load import find_rule, own_rules
from kpatchlint.rules.run import own_bound_rules
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.selftest.evidence import evidence_in, find_missing
from kpatchlint.selftest.example import Bed, plant_example
from kpatchlint.selftest.real import plant_in_real_code
from kpatchlint.selftest.records import Plant, RuleReport, SelfTest
from kpatchlint.selftest.words import find_missing_words, vocabulary_calls
from kpatchlint.text.errors import UsageError
from kpatchlint.tree.base import kernel_version, open_tree
from kpatchlint.tree.records import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTestRequest:
    """Which tree to try the rules on, as the user names it. ``rules``: only these; none: all of them.

    ``jobs`` is the number of processes, 0: one for each CPU.
    """

    tree: str | None = None
    rev: str | None = None
    arch: str | None = None
    rules: tuple[str, ...] = ()
    jobs: int = 0


Progress = Callable[[int, int], None]  # rules tried, rules in all


def run_selftest(request: SelfTestRequest, progress: Progress | None = None) -> SelfTest:
    """Plant the faults of the rules in the tree and see which are found. Nothing is written to the tree.

    Raises:
        KpatchlintError: wrong use.
    """
    start = time.monotonic()
    chosen = [find_rule(rule, own_rules()) for rule in request.rules] or list(own_rules())
    tree = open_tree(request.tree, request.rev)
    arch = request.arch or DEFAULT_ARCH
    if tree.read(f"arch/{arch}/Kconfig") is None:
        raise UsageError(f"this tree has no architecture {arch!r}")
    bed = make_bed(tree, arch)
    plants: dict[str, tuple[Plant, ...]] = {}
    for rule_id, planted in _plant_all([rule.id for rule in chosen], request, bed):
        plants[rule_id] = planted
        if progress is not None:
            progress(len(plants), len(chosen))
    vocabulary = own_vocabulary()
    return SelfTest(
        rules_digest=own_rule_folder().digest,
        tree=TreeUsed(kind=tree.kind, revision=tree.revision, kernel=kernel_version(tree), arch=arch),
        rules=tuple(RuleReport(rule, plants[rule.id], find_missing(rule.evidence, tree)) for rule in chosen),
        missing_evidence=find_missing(evidence_in(vocabulary), tree),
        missing_words=find_missing_words(vocabulary, bed.program),
        elapsed_s=time.monotonic() - start,
    )


def make_bed(tree: Tree, arch: str) -> Bed:
    """A tree made ready to be planted in."""
    workshop = Workshop(own_vocabulary(), arch)
    return Bed(tree, workshop.program(tree), workshop, arch, vocabulary_calls(own_vocabulary()))


def plant_rule(rule_id: str, bed: Bed) -> tuple[Plant, ...]:
    """Everything that can be planted for one rule, and what came of it."""
    (bound,) = (each for each in own_bound_rules() if each.rule.id == rule_id)
    planted = [plant for example in bound.rule.examples for plant in plant_example(bound.rule, example, bed)]
    return (*planted, *plant_in_real_code(bound, bed, own_vocabulary()))


def _plant_all(rule_ids: Sequence[str], request: SelfTestRequest, bed: Bed) -> Iterator[tuple[str, tuple[Plant, ...]]]:
    """Each rule as it is done, in as many processes as are asked for. *bed* has brought the index up to date."""
    jobs = min(request.jobs or os.cpu_count() or 1, len(rule_ids))
    if jobs < 2:
        yield from ((rule_id, plant_rule(rule_id, bed)) for rule_id in rule_ids)
        return
    with ProcessPoolExecutor(jobs) as pool:
        waiting = {pool.submit(_plant_apart, rule_id, request, bed.arch): rule_id for rule_id in rule_ids}
        for done in as_completed(waiting):
            yield waiting[done], done.result()


def _plant_apart(rule_id: str, request: SelfTestRequest, arch: str) -> tuple[Plant, ...]:
    return plant_rule(rule_id, _own_bed(request.tree, request.rev, arch))


@functools.cache
def _own_bed(path: str | None, rev: str | None, arch: str) -> Bed:
    """This process's own: no two processes read from one git."""
    return make_bed(open_tree(path, rev), arch)
