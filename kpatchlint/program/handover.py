# SPDX-License-Identifier: GPL-2.0-or-later
"""A function returns with a lock, or lets go of one that it has not taken: does anything in reach do the opposite?

A lock that one function takes and another lets go is a contract between the two, and the other one stands nearby: in
the same file, among the callers, or in a header. Where nobody does the opposite, there is no contract, and the one who
keeps the lock has forgotten it. The opposite is looked for in the text, generously: one too many only costs a report.
"""

import re
from collections.abc import Iterator

from kpatchlint.program.balance import Exit, Imbalance, Survey, survey_locks
from kpatchlint.program.callers import Callers
from kpatchlint.program.code import Function
from kpatchlint.program.effects import is_contract
from kpatchlint.program.flow import Hold, State
from kpatchlint.program.locks import Locks
from kpatchlint.program.scope import functions_of
from kpatchlint.program.spots import functions_naming
from kpatchlint.program.values import UNKNOWN, Int
from kpatchlint.program.vocabulary import Lexicon
from kpatchlint.program.walker import Walker

_KEEPS = re.compile(
    r"lock|get|start|begin|enter|acquire|claim|prepare|suspend|freeze|disable|hold|grab|down|open|quiesce|pause|reserve"
    r"|take|init|setup|save|_on$|pre"
)
_LETS_GO = re.compile(
    r"unlock|put|release|end|finish|stop|exit|leave|drop|done|complete|resume|enable|thaw|close|post|commit|abort|flush"
    r"|up$|free|cleanup|restore|_off$|switch|tail"
)
_WORD = re.compile(r"[A-Za-z_]\w*")
_PAIRED = frozenset(("spin", "raw", "rwlock", "mutex", "rwsem", "rcu", "srcu", "sock", "bit", "irq", "bh"))
_STATES = frozenset(("irq", "bh"))  # of the CPU, which many things bring about
_FILES = 40  # files that mention a lock's name; with more, it is no name of one lock
_CALLERS = 40
_CALL = rb"\b(%s)[ \t]*\("
_TAKES = r"\w*lock\w*|down\w*|\w*acquire\w*|\w*_get\w*|\w*begin\w*|\w*start\w*|\w*enter\w*|\w*claim\w*"
_DROPS = r"\w*unlock\w*|up|up_\w+|\w*release\w*|\w*_put\w*|\w*end\w*|\w*stop\w*|\w*exit\w*|\w*done\w*|\w*leave\w*"


class Handovers:
    """Answers for one version of the program."""

    def __init__(self, walker: Walker, locks: Locks, callers: Callers, lexicon: Lexicon) -> None:
        self._walker = walker
        self._locks = locks
        self._one_sided: dict[tuple[Function, str, str, str], bool] = {}
        self._resolver = walker.resolver
        self._callers = callers
        self._lexicon = lexicon

    def one_sided(self, survey: Survey) -> Iterator[Imbalance]:
        """What a function keeps ("forgotten") or lets go ("foreign") although nobody does the opposite."""
        name = survey.function.name
        if is_contract(survey.function):
            return
        if not _KEEPS.search(name):
            yield from self._forgotten(survey)
        if not _LETS_GO.search(name):
            yield from self._foreign(survey)

    def _forgotten(self, survey: Survey) -> Iterator[Imbalance]:
        seen: set[tuple[str, str]] = set()
        for state, _, at in survey.exits:
            for hold in state.holds:
                key = (hold.kind, hold.lock)
                if key in seen or hold.kind not in _PAIRED or not self._is_whole(survey, state, hold):
                    continue
                if hold.at not in survey.hooks.takers or key in state.dropped or not survey.is_clear(*key):
                    continue  # what was dropped before is given back to the caller
                seen.add(key)
                if any(_is_told(survey, e, key) for e in survey.exits):
                    continue
                if not self._has_partner(survey.function, *key, "drop"):
                    yield Imbalance("forgotten", hold.lock, hold.kind, at, hold.at)

    def _is_whole(self, survey: Survey, state: State, hold: Hold) -> bool:
        """Whether a hold counts by itself: interrupts that went off with a spinlock do once that has been let go."""
        taker = survey.hooks.takers.get(hold.at)
        if self._lexicon.holds[hold.kind].per_lock or hold.kind == "rcu":
            return True
        return taker is not None and len(taker.kinds) > 1 and sum(h.at == hold.at for h in state.holds) == 1

    def _foreign(self, survey: Survey) -> Iterator[Imbalance]:
        for (at, kind, lock), had in sorted(survey.hooks.excess.items()):
            key = (kind, lock)
            if had or at not in survey.hooks.droppers or any(survey.had(e, *key) for e in survey.exits):
                continue
            if kind not in _PAIRED - _STATES or not survey.is_clear(*key):
                continue
            dropped = [e for e in survey.exits if key in e[0].dropped and not _holds(e, key)]
            kept = [e for e in survey.exits if e not in dropped]
            twin = next((k for k in kept if any(_is_same_result(survey.function, k, d) for d in dropped)), None)
            if not dropped or (kept and twin is None) or survey.hangs_on_parameter(at):
                continue
            if twin is None and self._is_taken_by_caller(survey.function, *key):
                continue
            if not self._has_partner(survey.function, *key, "take"):
                yield Imbalance("foreign", lock, kind, at, None, twin[2] if twin else None)

    def _has_partner(self, function: Function, kind: str, lock: str, wants: str) -> bool:
        """Whether a function in reach may do what *wants* says ("take" or "drop") to the lock more often than not.

        Args:
            function: the one that leaves the lock taken or dropped.
            kind: of hold.
            lock: as *function* spells it; its last word is what others know it by.
            wants: what the partner does.
        """
        words = _WORD.findall(lock)
        if self._lexicon.holds[kind].per_lock and (not words or words[-1] in self._walker.locals(function)):
            return True  # the lock is a parameter or a variable: whoever hands it in knows it by another name
        name = words[-1] if words else ""
        return any(self._does(other, kind, name, wants) for other in self._near(function, name) if other != function)

    def _is_taken_by_caller(self, function: Function, kind: str, lock: str) -> bool:
        words = _WORD.findall(lock)
        for caller in self._callers.users(function)[:_CALLERS]:
            takes = _count(caller, _TAKES, words[-1]) if words else self._count_kind(caller, kind, "take")
            if takes:
                return True
        return False

    def _near(self, function: Function, name: str) -> Iterator[Function]:
        sources = self._resolver.sources
        yield from functions_of(function.path, sources.read(function.path))
        yield from self._callers.users(function)[:_CALLERS]
        folder = function.path.rsplit("/", 1)[0]
        paths = sources.mentioning(name) if name else ()
        if len(paths) > _FILES:  # "lock" is another one in every file
            return
        for path in paths:
            if path.rsplit("/", 1)[0] == folder or path.endswith(".h"):
                yield from functions_naming(path, sources.read(path) or b"", name)

    def _does(self, other: Function, kind: str, name: str, wants: str) -> bool:
        """Whether a function may do to the lock what *wants* says, and not the opposite before or after it."""
        if name:
            takes, drops = (_count(other, pattern, name) for pattern in (_TAKES, _DROPS))
        else:
            takes = self._count_kind(other, kind, "take")
            drops = self._count_kind(other, kind, "drop")
        wanted, opposite = (takes, drops) if wants == "take" else (drops, takes)
        if not wanted or not opposite:
            return wanted > 0
        return self._comes_back_with(other, kind, name, wants)

    def _comes_back_with(self, other: Function, kind: str, name: str, wants: str) -> bool:
        """Whether a function that does both is one-sided on some path, or cannot be followed."""
        key = (other, kind, name, wants)
        if key not in self._one_sided:
            survey = survey_locks(other, self._walker, self._locks)
            self._one_sided[key] = survey is None or any(
                _is_same_lock(k, lock, kind, name)
                for way in survey.exits
                for k, lock in (way[0].dropped if wants == "drop" else ((h.kind, h.lock) for h in way[0].holds))
            )
        return self._one_sided[key]

    def _count_kind(self, other: Function, kind: str, what: str) -> int:
        calls = self._lexicon.takes if what == "take" else self._lexicon.drops
        names = "|".join(re.escape(n) for n, lock in calls.items() if kind in lock.kinds)
        return len(re.findall(_CALL % names.encode(), other.text))


def _is_same_lock(kind: str, lock: str, wanted: str, name: str) -> bool:
    """Whether a lock is of the kind and has the name as one of its words."""
    return kind == wanted and (not name or name in _WORD.findall(lock))


def _count(other: Function, names: str, lock: str) -> int:
    """Calls of one of *names* (but none that also is of the other kind) whose arguments name the lock."""
    pattern = rb"\b(?:%s)[ \t]*\([^;{}]*\b%s\b" % (names.encode(), re.escape(lock.encode()))
    found = [m.group() for m in re.finditer(pattern, other.text)]
    if names is _TAKES:
        found = [f for f in found if b"unlock" not in f.split(b"(")[0]]
    return len(found)


def _is_told(survey: Survey, way: Exit, key: tuple[str, str]) -> bool:
    """Whether a way out makes the lock a mistake of the function's own: it has let go, or has taken it twice."""
    count = sum((h.kind, h.lock) == key for h in way[0].holds)
    return count > 1 or (count == 0 and survey.had(way, *key))


def _holds(way: Exit, key: tuple[str, str]) -> bool:
    return any((h.kind, h.lock) == key for h in way[0].holds)


def _is_same_result(function: Function, one: Exit, other: Exit) -> bool:
    """Whether the caller cannot tell two ways out apart: the same known value, or none at all."""
    if re.search(r"\bvoid\b(?!.*\*)", function.body.specifiers):
        return True
    return one[1] != UNKNOWN and one[1] == other[1] and isinstance(one[1], Int)
