# SPDX-License-Identifier: GPL-2.0-or-later
"""What a function does to locks as a whole: wrappers that return with something held, or that let the caller's go.

A function with one lock call and no unlock, or the other way round, is walked once; what its paths leave behind, by the
result they return, is what a call of it does. Locks are named by the function's own parameters and renamed at the call.
"""

import re
from dataclasses import dataclass, replace

from kpatchlint.facts.show import show
from kpatchlint.facts.traverse import local_names
from kpatchlint.program.code import Function, names_called
from kpatchlint.program.flow import Hold, Outcome, Site, State
from kpatchlint.program.values import UNKNOWN, ZERO, Int, NonZero, Value, truth
from kpatchlint.program.vocabulary import Lexicon

_WORD = re.compile(r"[A-Za-z_]\w*")
_CALLED_WITH = re.compile(rb"\b([A-Za-z_]\w*)[ \t]*\(([^;{}()]*)")
_ANNOTATED = re.compile(rb"\b__(?:acquires|releases|must_hold|cond_acquires|acquires_shared|releases_shared)\b")
_LONGEST = 6000  # bytes; a longer function is no wrapper
_SHORT = 1500  # bytes of a function that may be a wrapper of wrappers
_ALTERNATIVES = 4


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to come back: what was taken and dropped, and what the result then is."""

    takes: tuple[tuple[str, str], ...]
    drops: tuple[tuple[str, str], ...]
    result: Value


def counts(function: Function, lexicon: Lexicon, kind: str | None = None) -> tuple[int, int]:
    """How many lock and unlock calls stand in the text; with *kind*, only of what makes such a hold."""
    takes, drops = (
        sum((lock := known.get(n)) is not None and kind in (None, *lock.kinds) for n in function.called)
        for known in (lexicon.takes, lexicon.drops)
    )
    return takes, drops


def may_have_effect(function: Function, lexicon: Lexicon) -> bool:
    """Whether the function is worth walking for its net effect: it is short, and locks and unlocks do not pair up."""
    if len(function.text) > _LONGEST:
        return False
    takes, drops = counts(function, lexicon)
    if takes != drops or is_contract(function) or (takes and "lock" in function.name):
        return True
    if len(function.text) > _SHORT:
        return False
    if takes:  # claim(): locked when it succeeds, unlocked when it fails
        return function.text.count(b"return") > 1
    return "lock" in function.name or any("lock" in name for name in names_called(function.text))


def is_even(function: Function, lexicon: Lexicon) -> bool:
    """Whether as many calls let go as take, and no annotation says that the function comes back with a lock."""
    takes, drops = counts(function, lexicon)
    return takes == drops and not is_contract(function)


def lock_words(function: Function, lexicon: Lexicon) -> frozenset[str]:
    """The words in the arguments of a function's lock and unlock calls, and the kinds of what they take."""
    found: set[str] = set()
    for match in _CALLED_WITH.finditer(function.text):
        name = match.group(1).decode()
        lock = lexicon.takes.get(name) or lexicon.drops.get(name)
        if lock is not None or "lock" in name:
            found |= set(_WORD.findall(match.group(2).decode(errors="replace")))
        if lock is not None:
            found |= {*lock.kinds, lock.lock}
    return frozenset(found)


def is_contract(function: Function) -> bool:
    """Whether the function is annotated for sparse to come back with a lock taken or dropped."""
    return _ANNOTATED.search(function.head) is not None


def says_which(found: tuple[Alternative, ...], function: Function) -> bool:
    """Whether a caller knows what a call does: by its result, and to which lock, as its arguments name it."""
    if names_own(found, function):
        return False
    truths = [truth(a.result) for a in found]
    is_open = None in truths or len(set(truths)) < len(truths) or b"ERR_PTR(" in function.text
    return len(found) < 2 or not is_open


def names_own(found: tuple[Alternative, ...], function: Function) -> bool:
    """Whether a lock is one that only a variable of the function has: the caller may know it by another name."""
    own = local_names(function.body) - {p.name for p in function.body.params}
    return not own.isdisjoint(words_in(found))


def words_in(found: tuple[Alternative, ...]) -> frozenset[str]:
    """The words of the locks that are taken and dropped, and their kinds."""
    changed = [pair for way in found for pair in (*way.takes, *way.drops)]
    return frozenset(word for kind, lock in changed for word in (kind, *_WORD.findall(lock)))


def alternatives(exits: list[tuple[State, Value, int]]) -> tuple[Alternative, ...] | None:
    """The distinct ways in which a walked function comes back; empty when it has no effect, None for too many.

    None also where a lock is one of an array: which one the caller cannot tell.
    """
    found: dict[Alternative, None] = {}
    for state, value, _ in exits:
        takes = tuple((h.kind, h.lock) for h in state.holds)
        found[Alternative(takes, state.dropped, _result_class(value))] = None
    if not any(a.takes or a.drops for a in found):
        return ()
    if any("[" in lock for a in found for _, lock in (*a.takes, *a.drops)):
        return None
    merged = _told_apart(_merge(found))
    return merged if len(merged) <= _ALTERNATIVES else None


def _result_class(value: Value) -> Value:
    """Zero, below zero, not zero, or unknown: all that a caller can branch on."""
    if isinstance(value, Int) and value.value < 0:
        return Int(-1)
    match truth(value):
        case True:
            return NonZero()
        case False:
            return ZERO
        case None:
            return UNKNOWN


def _merge(found: dict[Alternative, None]) -> tuple[Alternative, ...]:
    """Alternatives with the same effect and different results say nothing about the result."""
    by_effect: dict[tuple[object, object], list[Alternative]] = {}
    for alternative in found:
        by_effect.setdefault((alternative.takes, alternative.drops), []).append(alternative)
    merged = []
    for same in by_effect.values():
        result = same[0].result if len(same) == 1 else UNKNOWN
        merged.append(Alternative(same[0].takes, same[0].drops, result))
    return tuple(merged)


def _told_apart(found: tuple[Alternative, ...]) -> tuple[Alternative, ...]:
    """With and without the lock, where one result is known and the other is open: the open one is the opposite.

    ``ptl = pmd_lock(mm, pmd); if (...) return ptl; spin_unlock(ptl); return NULL;``: no caller could tell else.
    """
    if len(found) != 2 or bool(found[0].takes or found[0].drops) is bool(found[1].takes or found[1].drops):
        return found
    for known, open_one in (found, found[::-1]):
        if open_one.result == UNKNOWN and known.result != UNKNOWN:
            opposite: Value = NonZero() if known.result == ZERO else ZERO
            return tuple(replace(a, result=opposite) if a is open_one else a for a in found)
    return found


def apply(effect: tuple[Alternative, ...], target: Function, site: Site, state: State) -> list[Outcome]:
    """The states after a call of a wrapper: one for each alternative."""
    names = {p.name: show(a).removeprefix("&") for p, a in zip(target.body.params, site.call.args, strict=False)}
    outcomes: list[Outcome] = []
    for way in effect:
        holds, dropped = list(state.holds), list(state.dropped)
        for kind, lock in way.drops:
            _drop(holds, dropped, kind, _renamed(lock, names))
        for kind, lock in way.takes:
            hold = Hold(kind, _renamed(lock, names), site.call.at)
            if hold not in holds:
                holds.append(hold)
        after = State(tuple(holds), tuple(sorted(dropped)), state.values, state.facts)
        outcomes.append((after, way.result))
    return outcomes


def _drop(holds: list[Hold], dropped: list[tuple[str, str]], kind: str, lock: str) -> None:
    for exact in (True, False):
        for at in range(len(holds) - 1, -1, -1):
            if holds[at].kind == kind and (holds[at].lock == lock or (not exact and may_be_same(holds[at].lock, lock))):
                del holds[at]
                return
    if (kind, lock) not in dropped:
        dropped.append((kind, lock))


def may_be_same(one: str, other: str) -> bool:
    """Whether two expressions may be one lock under two names: two fields of different names are not."""
    fields = [lock.replace("->", ".").rpartition(".") for lock in (one, other)]
    return not all(owner for owner, _, _ in fields) or fields[0][2] == fields[1][2]


def _renamed(lock: str, names: dict[str, str]) -> str:
    """A lock in the caller's words: ``chan->lock`` with chan = pchan is ``pchan->lock``."""

    def rename(match: re.Match[str]) -> str:
        before = match.string[: match.start()]
        if before.endswith(("->", ".")):
            return match.group()
        return names.get(match.group(), match.group())

    return _WORD.sub(rename, lock)
