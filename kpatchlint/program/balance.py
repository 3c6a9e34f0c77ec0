# SPDX-License-Identifier: GPL-2.0-or-later
"""A function's paths become lock mistakes: kept on one way out, dropped twice, dropped without having been taken.

A function may return with a lock on purpose. What gives a mistake away is that its own ways out disagree although they
return the same, or that an error comes back with a lock which every success has let go.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.program.code import Function
from kpatchlint.program.flow import Hold, Outcome, Site, State, condition_text
from kpatchlint.program.guarded import calls_at, has_lone_cycle
from kpatchlint.program.locks import Locks, lock_name
from kpatchlint.program.named_locks import KIND as NAMED
from kpatchlint.program.named_locks import NamedLocks
from kpatchlint.program.values import ZERO, Int, Value, truth
from kpatchlint.program.vocabulary import LockCall
from kpatchlint.program.walker import Walker

_WORD = re.compile(r"[A-Za-z_]\w*")
_NESTED = frozenset(("irq", "bh", "preempt"))  # states of the CPU, which are often brought about twice
_ERRNO = re.compile(r"\b(?:int|long|s?size_t|loff_t|s32|s64|errno_t)\b")
_ERROR_POINTER = re.compile(rb"return\s+ERR_(?:PTR|CAST)\b")
_TAKEN = "taken "  # facts that a walk keeps of locks: "taken KIND LOCK" once it has been held on this path


@dataclass(frozen=True, slots=True)
class Imbalance:
    """One mistake with one lock, at offset *at*.

    ``kind``: "kept" (held at the way out *at*), "twice" or "without" (dropped at *at* when not held), "mode" (taken for
    reading and let go as a writer, or the other way round); and what needs others to be one (``handover.py``):
    "forgotten" (taken, and nobody lets it go), "foreign" (let go, and nobody has taken it). ``taken`` is where it was
    taken, None when it was not; ``elsewhere`` a way out that does it right.
    """

    kind: str
    lock: str
    hold_kind: str
    at: int
    taken: int | None = None
    elsewhere: int | None = None


class BalanceHooks:
    """Follows locks and remembers, on each path, which have been taken."""

    def __init__(self, function: Function, locks: Locks, named: NamedLocks) -> None:
        self._function = function
        self._locks = locks
        self._named = named
        self.excess: dict[tuple[int, str, str], bool] = {}  # place, kind, lock -> had it been taken before on the path
        self.sites: dict[tuple[str, str], dict[int, bool]] = {}  # kind, lock -> place -> is it taken there
        self.takers: dict[int, LockCall] = {}  # place -> what takes there
        self.droppers: set[int] = set()  # places where a call of the vocabulary drops
        self.unclear: set[str] = set()  # words of locks that some callee may take or drop
        self.modes: dict[tuple[int, str, str, int], bool] = {}  # place, kind, lock, taken at -> do the modes agree

    def properties(self, state: State) -> frozenset[str]:
        """What the function's own holds say of the context."""
        return self._locks.properties(state.holds)

    def call(self, site: Site, state: State) -> list[Outcome]:
        """The states after a call, each with the locks it took noted."""
        self._note_mode(site, state)
        outcomes = []
        for after, value in self._after(site, state):
            self._note_sites(site, state, after)
            self._note_alias(site, state, after)
            for kind, lock in set(after.dropped) - set(state.dropped):
                had = (f"{_TAKEN}{kind} {lock}", True) in state.facts
                key = (site.call.at, kind, lock)
                self.excess[key] = self.excess.get(key, False) or had
            new = [h for h in after.holds if h not in state.holds]
            if new:
                facts = {*after.facts, *((f"{_TAKEN}{h.kind} {h.lock}", True) for h in new)}
                after = State(after.holds, after.dropped, after.values, tuple(sorted(facts)))
            outcomes.append((after, value))
        return outcomes

    def _after(self, site: Site, state: State) -> list[Outcome]:
        named = self._named.after_call(self._function, site, state)
        if named is not None:
            return named
        self.unclear |= self._locks.unclear_call(self._function, site)
        return self._locks.after_call(self._function, site, state)

    def _note_sites(self, site: Site, before: State, after: State) -> None:
        for hold in set(after.holds) - set(before.holds):
            self.sites.setdefault((hold.kind, hold.lock), {})[site.call.at] = True
        gone = {(h.kind, h.lock) for h in set(before.holds) - set(after.holds)} | (
            set(after.dropped) - set(before.dropped)
        )
        for key in gone:
            self.sites.setdefault(key, {})[site.call.at] = False

    def _note_alias(self, site: Site, before: State, after: State) -> None:
        """An unlock that only fits a lock of another name: one of the two is not what it seems."""
        drop = self._locks.calls(site)[1]
        said = _WORD.findall(lock_name(drop, site)) if drop is not None else []
        for hold in set(before.holds) - set(after.holds):
            words = _WORD.findall(hold.lock)
            if said and words and words != said:
                self.unclear |= {*words, *said}

    def _note_mode(self, site: Site, state: State) -> None:
        take, drop = self._locks.calls(site)
        if take is not None:
            self.takers[site.call.at] = take
        if drop is not None:
            self.droppers.add(site.call.at)
        if drop is None or not drop.mode:
            return
        lock = lock_name(drop, site)
        for hold in state.holds:
            taker = self.takers.get(hold.at)
            if hold.lock == lock and hold.kind in drop.kinds and taker is not None and taker.mode:
                self.modes[site.call.at, hold.kind, lock, hold.at] = taker.mode == drop.mode


Exit = tuple[State, Value, int]


@dataclass(frozen=True, slots=True)
class Survey:
    """What the paths of one function do to locks: its hooks, and its ways out."""

    function: Function
    walker: Walker
    hooks: BalanceHooks
    exits: list[Exit]
    is_blurred: bool = False  # more paths than are kept apart

    def is_clear(self, kind: str, lock: str) -> bool:
        """Whether all that happens to a lock on the function's paths is understood."""
        words = set(_WORD.findall(lock)) - self.walker.locals(self.function) or {kind}
        if not words.isdisjoint(self.hooks.unclear):
            return False
        return not self.goes_round(kind, lock) and not self.hangs_on_flag(kind, lock)

    def hangs_on_flag(self, kind: str, lock: str) -> bool:
        """Whether one condition on what others may change, asked twice, decides over the lock and the unlock."""
        sites = self.hooks.sites.get((kind, lock), {})
        own = self.walker.locals(self.function)  # the walk follows these itself
        taking, dropping = (
            {(show(c), c.at) for at, takes in sites.items() if takes is wanted for c in self._conditions(at)}
            for wanted in (True, False)
        )
        twice = (text for text, at in taking for again, at_again in dropping if text == again and at != at_again)
        return any(own.isdisjoint(_WORD.findall(text)) for text in twice)

    def _conditions(self, at: int) -> list[ir.Expr]:
        """What has to be decided for the call at *at* to be made."""
        nodes = [node for node in self.walker.graph(self.function).nodes if calls_at(node, (at,))]
        return [d.cond for node in nodes for d in self.walker.decisions_before(self.function, node)]

    def goes_round(self, kind: str, lock: str) -> bool:
        """Whether a loop takes one lock after the other, or lets go of one after the other: which ones is not known."""
        graph = self.walker.graph(self.function)
        sites = self.hooks.sites.get((kind, lock), {})
        takes, drops = (
            {n for n, node in enumerate(graph.nodes) if calls_at(node, [at for at, t in sites.items() if t is taking])}
            for taking in (True, False)
        )
        return has_lone_cycle(graph, takes, drops) or has_lone_cycle(graph, drops, takes)

    def hangs_on_parameter(self, at: int) -> bool:
        """Whether the caller decides, by an argument or a flag, if the call at *at* is made."""
        conds = self._conditions(at)
        given = {param.name for param in self.function.body.params}  # a pointer counts when it is asked for by itself
        return any(
            "lock" in show(c) or condition_text(c)[0] in given or any(self.walker.parameters_in(self.function, c))
            for c in conds
        )

    def drops_callers_lock(self, at: int) -> bool:
        """Whether the call at *at* lets go of a lock that the function has not taken: the state goes with that."""
        return any(place == at and lock and not had for (place, _, lock), had in self.hooks.excess.items())

    def had(self, way: Exit, kind: str, lock: str) -> bool:
        """Whether the path to a way out has taken the lock."""
        return (f"{_TAKEN}{kind} {lock}", True) in way[0].facts


def survey_locks(function: Function, walker: Walker, locks: Locks) -> Survey | None:
    """Walk a function for its locks; None when not all of it was understood."""
    hooks = BalanceHooks(function, locks, NamedLocks(walker, locks))
    walk = walker.walk(function, State(), hooks)
    if not walk.complete or walker.graph(function).gaps:
        return None
    end = len(function.text) - 1  # falling off the end is a way out at the closing brace
    exits = [(s, ZERO if _is_error_pointer(function, at) else v, at or end) for s, v, at in walk.exits]
    return Survey(function, walker, hooks, exits, walk.is_blurred)


def _is_error_pointer(function: Function, at: int) -> bool:
    """Whether a way out returns an errno as a pointer, which is what NULL is in other functions."""
    return at > 0 and _ERROR_POINTER.match(function.text, at) is not None


def imbalances(function: Function, walker: Walker, locks: Locks) -> Iterator[Imbalance]:
    """The lock mistakes of one function that show in itself, each lock and way out once."""
    survey = survey_locks(function, walker, locks)
    if survey is not None:
        yield from own_imbalances(survey)


def own_imbalances(survey: Survey) -> Iterator[Imbalance]:
    """The same for a function that has been walked."""
    hooks = survey.hooks
    for (at, kind, lock), had in sorted(hooks.excess.items()):
        if not survey.is_clear(kind, lock):
            continue
        if had and not (kind in _NESTED and survey.drops_callers_lock(at)):
            yield Imbalance("twice", lock, kind, at)
        elif any(_released_properly(e, kind, lock) for e in survey.exits) and not survey.hangs_on_parameter(at):
            yield Imbalance("without", lock, kind, at)
    right = {(at, kind, lock) for (at, kind, lock, _), agree in hooks.modes.items() if agree}
    for (at, kind, lock, taken), agree in sorted(hooks.modes.items()):
        if not agree and (at, kind, lock) not in right and b"downgrade" not in survey.function.text:
            yield Imbalance("mode", lock, kind, at, taken)
    for found in _kept(survey.exits, _success(survey.function)):
        if survey.is_clear(found.hold_kind, found.lock) and (
            found.hold_kind != NAMED or _is_let_go(survey, found.lock)
        ):
            yield found


def _is_let_go(survey: Survey, lock: str) -> bool:
    """Whether every success that took one of a driver's own locks lets it go: else it is kept on purpose."""
    success = _success(survey.function)
    done = [e for e in survey.exits if truth(e[1]) is success and survey.had(e, NAMED, lock)]
    return success is not None and bool(done) and all(not any(h.lock == lock for h in e[0].holds) for e in done)


def _released_properly(way: Exit, kind: str, lock: str) -> bool:
    """Whether a path took the lock and let it go, and nothing of the caller's."""
    state = way[0]
    return (f"{_TAKEN}{kind} {lock}", True) in state.facts and (kind, lock) not in state.dropped


def _kept(exits: list[Exit], success: bool | None) -> Iterator[Imbalance]:
    """Ways out that keep a lock which another way out, with the same or a better result, has let go."""
    seen: set[tuple[str, str, int]] = set()
    for state, value, at in exits:
        for hold in state.holds:
            key = (hold.kind, hold.lock, at)
            if key in seen or any(kind == hold.kind for kind, _ in state.dropped):
                continue  # what was let go before is given back to the caller, or exchanged for another
            if (
                hold.kind not in _NESTED and sum(_same(h, hold) for h in state.holds) > 1
            ):  # taken again instead of let go
                seen.add(key)
                yield Imbalance("kept", hold.lock, hold.kind, at, state.holds[-1].at)
                continue
            if isinstance(value, Int) and value.value > 0:
                continue  # 1 for locked is no error
            others = [e for e in exits if _let_go(e, hold)]
            twin = next((e for e in others if _disagree(truth(value), truth(e[1]), success)), None)
            if twin is not None:
                seen.add(key)
                yield Imbalance("kept", hold.lock, hold.kind, at, hold.at, twin[2])


def _same(one: Hold, other: Hold) -> bool:
    return one.kind == other.kind and one.lock == other.lock


def _let_go(way: Exit, hold: Hold) -> bool:
    state = way[0]
    had = (f"{_TAKEN}{hold.kind} {hold.lock}", True) in state.facts
    return had and not any(_same(h, hold) for h in state.holds)


def _success(function: Function) -> bool | None:
    """The truth of a result that means success: zero for an int, non-NULL and true for others; None for no telling."""
    type_words = function.body.specifiers
    if "lock" in function.name:
        return None  # whose business is the lock: its result says how that went
    if "*" in type_words or re.search(r"\bbool\b", type_words):
        return True
    return False if _ERRNO.search(type_words) else None  # of other types zero may mean anything


def _disagree(kept: bool | None, released: bool | None, success: bool | None) -> bool:
    """Whether a way out that keeps the lock and one that has let it go cannot both be meant.

    Different results are a contract (locked on success), unless success is what lets the lock go.
    """
    if kept is released:
        return True
    return success is not None and released is success and kept is not success
