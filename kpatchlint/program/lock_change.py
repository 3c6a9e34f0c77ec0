# SPDX-License-Identifier: GPL-2.0-or-later
"""A function before and after a patch becomes the locks that it came back without, and now comes back with.

Whether a function may return with a lock is a contract with its callers, and the function as it was says what the
contract is. So what one version cannot tell (locked on success? an early way out that was forgotten?), two can: nothing
that it returns came back with the lock, and now something does.
"""

from collections.abc import Iterator

from kpatchlint.program.balance import Exit, Imbalance, Survey
from kpatchlint.program.code import Function
from kpatchlint.program.effects import counts
from kpatchlint.program.lock_doubts import changes_state_below
from kpatchlint.program.locks import Locks
from kpatchlint.program.resolve import Resolver
from kpatchlint.program.vocabulary import Lexicon

_NO_CALLS = frozenset(("if", "while", "for", "switch", "return", "sizeof", "defined", "likely", "unlikely"))


def broken_contracts(now: Survey, then: Survey) -> Iterator[Imbalance]:
    """What the function does to locks on some way out, and did on none before the patch, each lock and place once."""
    held_then = {(h.kind, h.lock) for state, _, _ in then.exits for h in state.holds}
    dropped_then = {key for state, _, _ in then.exits for key in state.dropped}
    renamed = {kind for kind, lock in held_then | dropped_then if (kind, lock) not in now.hooks.sites}
    seen: set[tuple[str, str, int]] = set()
    for state, _, at in now.exits:
        for hold in state.holds:
            key = (hold.kind, hold.lock)
            if key in held_then or hold.kind in renamed or (*key, at) in seen or key in state.dropped:
                continue
            seen.add((*key, at))
            yield Imbalance("kept", hold.lock, hold.kind, at, hold.at, _lets_go(now, key))
    for (at, kind, lock), had in sorted(now.hooks.excess.items()):
        was_dropped = any((kind, lock) == (k, w) for _, k, w in then.hooks.excess)
        if (kind, lock) not in dropped_then and not was_dropped and kind not in renamed:
            yield Imbalance("twice" if had else "without", lock, kind, at)


def _lets_go(survey: Survey, key: tuple[str, str]) -> int | None:
    """A way out that took the lock and has let it go."""
    ways = (e for e in survey.exits if survey.had(e, *key) and not _holds(e, key))
    return next((at for _, _, at in ways), None)


def _holds(way: Exit, key: tuple[str, str]) -> bool:
    return any((h.kind, h.lock) == key for h in way[0].holds)


def doubts_of_change(now: Survey, then: Survey, found: Imbalance, locks: Locks, resolver: Resolver) -> Iterator[str]:
    """Why the change may be meant, or not be seen right, each as a sentence's end."""
    if now.is_blurred and not then.is_blurred:
        yield "the function has more paths than are kept apart"
    if now.goes_round(found.hold_kind, found.lock) and not then.goes_round(found.hold_kind, found.lock):
        yield "a loop takes one lock after the other"
    if now.hangs_on_flag(found.hold_kind, found.lock) and not then.hangs_on_flag(found.hold_kind, found.lock):
        yield "a condition that is asked twice decides, and others may change it in between"
    added = _new_callees(now.function, then.function)
    for name in sorted(added):
        if _may_touch(name, now.function, found, locks, resolver):
            yield f"`{name}()`, which is called now, may take or let go of the lock"


def _new_callees(now: Function, then: Function) -> set[str]:
    """Names that the function calls, and did not before."""
    return set(now.called) - set(then.called) - _NO_CALLS


def _may_touch(name: str, function: Function, found: Imbalance, locks: Locks, resolver: Resolver) -> bool:
    """Whether a callee may do anything to a lock of the kind: by its text, or because it is not known."""
    lexicon = locks.lexicon
    if name in lexicon.takes or name in lexicon.drops or lexicon.is_trusted(name) or name in lexicon.sleepers:
        return False  # the walk has followed these
    functions = resolver.functions(name, function.path)
    if not functions:
        macros = resolver.macros(name, function.path)
        return not macros and "lock" in name  # the walk has expanded the macro
    return any(
        _changes(f, found.hold_kind, resolver, lexicon) and (not locks.effect(f) or locks.unclear(f)) for f in functions
    )


def _changes(function: Function, kind: str, resolver: Resolver, lexicon: Lexicon) -> bool:
    takes, drops = counts(function, lexicon, kind)
    return takes != drops or changes_state_below(function, kind, resolver, lexicon)
