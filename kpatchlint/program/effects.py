# SPDX-License-Identifier: GPL-2.0-or-later
"""What a function does to locks as a whole: wrappers that return with something held, or that let the caller's go.

A function with one lock call and no unlock, or the other way round, is walked once; what its paths leave behind, by the
result they return, is what a call of it does. Locks are named by the function's own parameters and renamed at the call.
"""

import re
from dataclasses import dataclass

from kpatchlint.facts.show import show
from kpatchlint.program.code import Function
from kpatchlint.program.flow import Hold, Outcome, Site, State
from kpatchlint.program.values import UNKNOWN, ZERO, NonZero, Value, truth
from kpatchlint.program.vocabulary import Lexicon

_WORD = re.compile(r"[A-Za-z_]\w*")
_CALLED = re.compile(rb"\b([A-Za-z_]\w*)[ \t]*\(")
_LONGEST = 6000  # bytes; a longer function is no wrapper
_ALTERNATIVES = 4


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to come back: what was taken and dropped, and what the result then is."""

    takes: tuple[tuple[str, str], ...]
    drops: tuple[tuple[str, str], ...]
    result: Value


def counts(function: Function, lexicon: Lexicon) -> tuple[int, int]:
    """How many lock and unlock calls stand in the text."""
    names = [n.decode() for n in _CALLED.findall(function.source[function.span.body : function.span.end])]
    takes = sum(n in lexicon.takes for n in names)
    drops = sum(n in lexicon.drops for n in names)
    return takes, drops


def may_have_effect(function: Function, lexicon: Lexicon) -> bool:
    """Whether the function is worth walking for its net effect: it is short, and locks and unlocks do not pair up."""
    if len(function.text) > _LONGEST:
        return False
    takes, drops = counts(function, lexicon)
    if takes != drops:
        return True
    return takes == 0 and "lock" in function.name and len(function.text) < 1500


def alternatives(exits: list[tuple[State, Value, int]]) -> tuple[Alternative, ...]:
    """The distinct ways in which a walked function comes back; empty when it has no effect or too many."""
    found: dict[Alternative, None] = {}
    for state, value, _ in exits:
        takes = tuple((h.kind, h.lock) for h in state.holds)
        found[Alternative(takes, state.dropped, _result_class(value))] = None
    if not any(a.takes or a.drops for a in found):
        return ()
    merged = _merge(found)
    return merged if len(merged) <= _ALTERNATIVES else ()


def _result_class(value: Value) -> Value:
    """Zero, not zero, or unknown: all that a caller can branch on."""
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
            if holds[at].kind == kind and (not exact or holds[at].lock == lock):
                del holds[at]
                return
    if (kind, lock) not in dropped:
        dropped.append((kind, lock))


def _renamed(lock: str, names: dict[str, str]) -> str:
    """A lock in the caller's words: ``chan->lock`` with chan = pchan is ``pchan->lock``."""

    def rename(match: re.Match[str]) -> str:
        before = match.string[: match.start()]
        if before.endswith(("->", ".")):
            return match.group()
        return names.get(match.group(), match.group())

    return _WORD.sub(rename, lock)
