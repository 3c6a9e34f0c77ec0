# SPDX-License-Identifier: GPL-2.0-or-later
"""A function becomes what its paths do to page-table entries, in order: clears, invalidations, frees."""

import enum
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from kpatchlint.facts import ir
from kpatchlint.program.evaluate import Env
from kpatchlint.program.flow import Outcome, Site, State
from kpatchlint.program.pagetable.changes import ChangeHooks
from kpatchlint.program.pagetable.marks import Fact, Mark, Names, find_marks, marks_of, with_marks
from kpatchlint.program.pagetable.words import Flush, TableCall, TableLock, TableWords
from kpatchlint.program.values import UNKNOWN, ZERO, Int


@dataclass(frozen=True, slots=True)
class Clear:
    """An entry is cleared at offset *at*; *was* is LEAF or TABLE if tests said so, else None."""

    entry: str
    level: str
    at: int
    was: Fact | None


class Reach(enum.Enum):
    """How far the strongest invalidation between a clear and a free went."""

    NOWHERE = "none"
    LEAF = "leaf"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Freed:
    """What was below a cleared entry is freed at offset *at* by *call*.

    *reach* says what was invalidated in between, *flush* names the call if it reached leaves only. *early*: the free
    came first. *is_table*: what is freed is a table for certain.
    """

    clear: Clear
    at: int
    call: str
    is_table: bool
    reach: Reach = Reach.NOWHERE
    flush: str = ""
    early: bool = False


@dataclass(frozen=True, slots=True)
class StillMapped:
    """What *entry* maps is freed at offset *at* by *call*, and a path ends with the entry as it was."""

    entry: str
    at: int
    call: str


@dataclass(slots=True)
class Events:
    """All that was seen on the paths of one function."""

    clears: dict[Clear, frozenset[str]] = field(default_factory=dict)  # with the locks that every path holds there
    frees: dict[Freed, None] = field(default_factory=dict)
    mapped: dict[StillMapped, None] = field(default_factory=dict)
    locks: dict[int, frozenset[str]] = field(default_factory=dict)  # by offset of a call: held on every path to it
    is_kernel: bool = False  # something in it is only done to the kernel's tables

    def at_exit(self, state: State) -> None:
        """What a path leaves behind."""
        for mark in marks_of(state):
            if mark.fact is Fact.FREED and mark.detail == Fact.PAGE.value:
                self.mapped[StillMapped(mark.lock, mark.at, mark.by)] = None


@dataclass(frozen=True, slots=True)
class Callees:
    """What is asked of the rest of the program about a call: the argument it frees, and the flush it ends in."""

    frees: Callable[[Site], tuple[int, ...]]
    flushes: Callable[[Site], Flush | None]
    is_kernel_mm: Callable[[ir.Expr], bool]
    truth: Callable[[ir.Expr, Env], bool | None]


class EventHooks:
    """Walks along; what it knows rides on the state as marks."""

    def __init__(self, words: TableWords, names: Names, callees: Callees) -> None:
        self.events = Events()
        self._words = words
        self._names = names
        self._callees = callees
        self._changes = ChangeHooks(words, names)
        self.changes = self._changes.changes

    def properties(self, state: State) -> frozenset[str]:
        """The context does not matter here."""
        return frozenset()

    def written(self, target: str, value: ir.Expr | None, state: State) -> State:
        """Follow entries into and out of variables."""
        fresh = value is not None and self._changes.is_fresh(value, state)
        after = self._names.after_write(target, value, value.at if value is not None else 0, state)
        return self._changes.written(target, value, fresh, after)

    def call(self, site: Site, state: State) -> list[Outcome]:
        """Let the call change what is known; tests part the path."""
        callee = site.call.callee
        locks = frozenset(m.lock for m in marks_of(state) if m.fact is Fact.LOCKED)
        self.events.locks[site.call.at] = self.events.locks.get(site.call.at, locks) & locks
        if not isinstance(callee, ir.Name):
            return [(state, UNKNOWN)]
        if callee.id in self._words.takes:
            return self._take(self._words.takes[callee.id], site, state)
        if callee.id in self._words.drops:
            lock = self._words.drops[callee.id].id
            return [(with_marks(state, find_marks(state, Fact.LOCKED, lock), ()), UNKNOWN)]
        flush = self._words.flushes.get(callee.id) or self._callees.flushes(site)
        if flush is not None:
            state = self._flush(callee.id, flush, state)
        call = self._words.calls.get(callee.id)
        if call is not None:
            return self._table_call(callee.id, call, site, state)
        state = self._changes.reused(site, state)
        if not any(self._names.entry_above(arg, state)[0] for arg in site.call.args):
            return [(state, UNKNOWN)]
        for number in self._callees.frees(site):
            if number >= len(site.call.args):
                continue
            state = self._free(callee.id, site.call.args[number], site, state, is_table=False)
        return [(state, UNKNOWN)]

    def _table_call(self, name: str, call: TableCall, site: Site, state: State) -> list[Outcome]:
        args = site.call.args
        match call.effect:
            case "dies":
                return []  # the path ends here
            case "sync":
                return [(self._changes.sync(state), UNKNOWN)]
            case "dies-if":
                dead = bool(args) and self._callees.truth(args[0], site.env) is True
                return [] if dead else [(state, UNKNOWN)]
            case "safe":
                return self._changes.checked(site, state)
            case _ if call.entry >= len(args):
                return [(state, UNKNOWN)]
            case _:
                return self._entry_call(name, call, site, state)

    def _entry_call(self, name: str, call: TableCall, site: Site, state: State) -> list[Outcome]:
        args = site.call.args
        acts = call.effect in ("clear", "frees", "set")
        if acts and call.mm is not None and self._callees.is_kernel_mm(args[call.mm]):
            self.events.is_kernel = True
        match call.effect:
            case "clear":
                return [(self._clear(name, args[call.entry], site, state), UNKNOWN)]
            case "set":
                return [(self._changes.set(name, call, site, state), UNKNOWN)]
            case "page":
                return [(self._changes.read(args[call.entry], state), UNKNOWN)]
            case "detach":
                return [(self._changes.detach(call, site, state), UNKNOWN)]
            case "leaf" | "table" | "none" | "present":
                return self._test(call.effect, args[call.entry], site, state)
            case "frees":
                is_table = call.mm is not None
                return [(self._free(name, args[call.entry], site, state, is_table), UNKNOWN)]
            case _:
                return [(state, UNKNOWN)]

    # -- tests and locks ------------------------------------------------------------------------------------------

    def _test(self, effect: str, arg: ir.Expr, site: Site, state: State) -> list[Outcome]:
        """A test parts the path in two, unless an earlier one has answered it."""
        entry = self._names.entry_of_value(arg, state)
        if not entry:
            return [(state, UNKNOWN)]
        known = {m.fact for fact in (Fact.LEAF, Fact.TABLE, Fact.NONE) for m in find_marks(state, fact, entry)}
        asked = {"leaf": Fact.LEAF, "table": Fact.TABLE, "none": Fact.NONE}.get(effect)
        if asked is None:  # present: anything but none, as far as one can tell
            if known:
                return [(state, ZERO if known == {Fact.NONE} else Int(1))]
            absent = with_marks(state, (), (Mark("", entry, site.call.at, Fact.NONE),))
            return [(state, Int(1)), (absent, ZERO)]
        if known:
            return [(state, Int(int(asked in known)))]
        yes = with_marks(state, (), (Mark("", entry, site.call.at, asked),))
        return [(yes, Int(1)), (state, ZERO)]

    def _take(self, lock: TableLock, site: Site, state: State) -> list[Outcome]:
        if lock.mm is not None and (
            lock.mm >= len(site.call.args) or not self._callees.is_kernel_mm(site.call.args[lock.mm])
        ):
            return [(state, UNKNOWN)]
        held = with_marks(state, (), (Mark("", lock.id, site.call.at, Fact.LOCKED),))
        return [(held, Int(1)), (state, ZERO)] if lock.result == "nonzero" else [(held, UNKNOWN)]

    # -- events ---------------------------------------------------------------------------------------------------

    def _clear(self, name: str, arg: ir.Expr, site: Site, state: State) -> State:
        entry = self._names.entry(arg)
        if not entry:
            return state
        kinds = [m for fact in (Fact.LEAF, Fact.TABLE, Fact.NONE) for m in find_marks(state, fact, entry)]
        level = self._words.levels.get(name, "")
        was = Fact.LEAF if level == "pte" else next((m.fact for m in kinds), None)
        clear = Clear(entry, level, site.call.at, was)
        locks = frozenset(m.lock for m in marks_of(state) if m.fact is Fact.LOCKED)
        self.events.clears[clear] = self.events.clears.get(clear, locks) & locks
        freed = find_marks(state, Fact.FREED, entry) + find_marks(state, Fact.FREED, _table_below(level))
        for mark in freed:
            is_table = mark.detail == Fact.CHILD.value or was is Fact.TABLE
            self.events.frees[Freed(clear, mark.at, mark.by, is_table, early=True)] = None
        old = [m for fact in (Fact.CLEARED, Fact.FLUSHED) for m in find_marks(state, fact, entry)]
        cleared = Mark(name, entry, site.call.at, Fact.CLEARED, was.value if was else "")
        return with_marks(state, (*kinds, *freed, *old), (cleared,))

    def _entry_by_level(self, level: str, state: State) -> str:
        """A table that came in as a parameter: it belongs to the one entry of the level above that is cleared here."""
        above = _LEVELS[_LEVELS.index(level) + 1] if level in _LEVELS[:-1] else ""
        cleared = [m for m in marks_of(state) if m.fact is Fact.CLEARED and self._words.levels.get(m.kind) == above]
        return cleared[0].lock if len(cleared) == 1 else _table_below(above)

    def _flush(self, name: str, flush: Flush, state: State) -> State:
        """Invalidation settles what is cleared; one of the last level leaves tables open, and is remembered."""
        if flush.kernel:
            self.events.is_kernel = True
        cleared = [m for m in marks_of(state) if m.fact is Fact.CLEARED]
        done = [m for m in cleared if flush.reaches == "table" or m.detail == Fact.LEAF.value]
        settled = [replace(m, fact=Fact.FLUSHED) for m in done]
        weakly = [replace(m, by=name) for m in cleared if m not in done]
        return with_marks(state, cleared, (*settled, *weakly))

    def _free(self, name: str, arg: ir.Expr, site: Site, state: State, is_table: bool) -> State:
        entry, fact = self._names.entry_above(arg, state)
        if not entry and is_table:
            entry = self._entry_by_level(self._words.levels.get(name, ""), state)
        if not entry:
            return state
        is_table = is_table or fact is Fact.CHILD
        open_ = find_marks(state, Fact.CLEARED, entry)
        marks = open_ + find_marks(state, Fact.FLUSHED, entry)
        for mark in marks:
            was = Fact(mark.detail) if mark.detail else None
            clear = Clear(entry, self._words.levels.get(mark.kind, ""), mark.at, was)
            reach = Reach.TABLE if mark not in open_ else Reach.LEAF if mark.by else Reach.NOWHERE
            sure = is_table or was is Fact.TABLE
            self.events.frees[Freed(clear, site.call.at, name, sure, reach, mark.by)] = None
        if marks:
            return with_marks(state, marks, ())
        freed = Mark("", entry, site.call.at, Fact.FREED, (Fact.CHILD if is_table else Fact.PAGE).value, name)
        return with_marks(state, (), (freed,))


_LEVELS = ("pte", "pmd", "pud", "p4d", "pgd")


def _table_below(level: str) -> str:
    """How a table is spelled that some unnamed entry of *level* leads to."""
    return f"<table below a {level}>"
