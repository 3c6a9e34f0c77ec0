# SPDX-License-Identifier: GPL-2.0-or-later
"""A small fault is made in the tree's own code, in memory, so that a rule has to find its way through real calls.

An example shows that a rule understands this kernel's headers. Only real code shows that callbacks are still registered
and locks still taken in the way that the vocabulary says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from kpatchlint.findings.records import Severity
from kpatchlint.program import Program, Scope
from kpatchlint.program.scope import ChangedFile, functions_of
from kpatchlint.program.vocabulary import Vocabulary
from kpatchlint.rules.checks import (
    flag_in_context,
    guard_absent,
    lock_balance,
    section_mismatch,
    sleep_in_context,
    sleep_under_hold,
)
from kpatchlint.rules.records import Rule
from kpatchlint.rules.run import find_all
from kpatchlint.rules.shapes import BoundRule
from kpatchlint.selftest.example import Bed
from kpatchlint.selftest.records import Kind, Outcome, Plant
from kpatchlint.selftest.spots import Spot, beside_init_code, in_callbacks, in_unlocking_code, under_hold, without_guard
from kpatchlint.selftest.words import is_known, lacks
from kpatchlint.tree.base import overlay_tree

_TRIES = 8  # places; the model may doubt one of them for a good reason, but hardly all
_SLEEPS = b" might_sleep();"
_ALLOCATES = b" kmalloc(64, GFP_KERNEL);"


@dataclass(frozen=True, slots=True)
class _Recipe:
    """What a fault is about, the names that lead to it, of which one will do, and places where it can be made."""

    what: str
    words: tuple[str, ...]
    spots: Iterator[Spot]


def plant_in_real_code(bound: BoundRule, bed: Bed, vocabulary: Vocabulary) -> Iterator[Plant]:
    """One plant for each context, hold or mistake that the rule is about; none where its shape has no recipe."""
    for recipe in _recipes(bound, bed, vocabulary):
        yield _try(bound.rule, recipe, bed)


def _recipes(bound: BoundRule, bed: Bed, vocabulary: Vocabulary) -> Iterator[_Recipe]:
    program = bed.program
    match bound.params:
        case flag_in_context.Params() as params:
            yield _in_context(params.context, _ALLOCATES, program)
        case sleep_in_context.Params() as params:
            for context in params.contexts:
                yield _in_context(context, _ALLOCATES if params.allocations else _SLEEPS, program)
        case sleep_under_hold.Params() as params:
            for kind in params.holds:
                words = tuple(name for lock in vocabulary.locks if kind in lock.kinds for name in lock.take)
                yield _Recipe(kind, words, under_hold(kind, _ALLOCATES, program, vocabulary))
        case lock_balance.Params() as params:
            if "kept" in params.mistakes:
                yield _Recipe("an unlock taken away", (), in_unlocking_code(False, program, vocabulary))
            if "twice" in params.mistakes:
                yield _Recipe("an unlock doubled", (), in_unlocking_code(True, program, vocabulary))
        case section_mismatch.Params() as params:
            if "use" in params.references:
                yield _Recipe("a call of __init code", (), beside_init_code(program))
        case guard_absent.Params() as params:
            yield _Recipe("the guard taken away", params.needs, without_guard(params.function, params.needs, program))
        case _:  # its examples call the kernel's own primitives, and nothing more is between them and the rule
            return


def _in_context(context: str, statement: bytes, program: Program) -> _Recipe:
    """Of a context that only tables lead to, the names are the tables' and not looked up: places will show."""
    words = tuple(registration.call for registration in program.lexicon.contexts[context].registrations)
    return _Recipe(context, words, in_callbacks(context, statement, program))


def _try(rule: Rule, recipe: _Recipe, bed: Bed) -> Plant:
    plant = Plant(title=recipe.what, kind=Kind.REAL_CODE, outcome=Outcome.MISSED)
    if recipe.words and not any(is_known(bed.program, word) for word in recipe.words):
        return replace(plant, outcome=Outcome.UNFIT, why=lacks(recipe.words))
    count = 0
    for spot in islice(recipe.spots, _TRIES):
        count += 1
        if _is_found(rule, spot, bed):
            return replace(plant, title=f"{recipe.what}: {spot.where}", outcome=Outcome.FOUND)
    return replace(plant, why=f"not at any of {count} places" if count else "there is no such code in this kernel")


def _is_found(rule: Rule, spot: Spot, bed: Bed) -> bool:
    """Whether the rule reports the fault where it is, louder than a note."""
    source = spot.edit(bed.tree.read(spot.path) or b"")
    program = bed.workshop.program(overlay_tree(bed.tree, {spot.path: source}))
    faulty = tuple(f for f in functions_of(spot.path, source) if f.name == spot.function)
    changed = ChangedFile(spot.path, source, frozenset({spot.line} - {0}))
    return any(
        (finding.path, finding.function) == (spot.path, spot.function)
        and spot.line in (0, finding.line)
        and finding.severity is not Severity.NOTE
        for finding in find_all(program, Scope(faulty, files=(changed,), before=bed.program), {rule.id})
    )
