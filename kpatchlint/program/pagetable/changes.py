# SPDX-License-Identifier: GPL-2.0-or-later
"""An entry that gets another value while walkers may use the old one: live changes, and tables taken out of use."""

from dataclasses import dataclass, field

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.program.cfg import words_of
from kpatchlint.program.flow import Outcome, Site, State
from kpatchlint.program.pagetable.marks import Fact, Mark, Names, find_marks, marks_of, with_marks
from kpatchlint.program.pagetable.words import TableCall, TableWords
from kpatchlint.program.values import UNKNOWN, ZERO, Int


@dataclass(frozen=True, slots=True)
class Overwrite:
    """An entry gets another output address at offset *at*, and no path test or invalidation made it safe.

    *was_read*: what the entry led to was looked at before, so the code takes it to be live.
    """

    entry: str
    level: str
    at: int
    was_read: bool


@dataclass(frozen=True, slots=True)
class Reuse:
    """A table is taken out of use at offset *at*, and used again at *again* (None: never) before walkers have left."""

    entry: str
    at: int
    again: int | None


@dataclass(slots=True)
class Changes:
    """What was seen on the paths of one function."""

    overwrites: dict[Overwrite, None] = field(default_factory=dict)
    reuses: dict[Reuse, None] = field(default_factory=dict)

    def at_exit(self, state: State) -> None:
        """What is still open where a path ends."""
        for mark in marks_of(state):
            if mark.fact is Fact.UNCHECKED:
                self.overwrites[Overwrite(mark.lock, mark.detail, mark.at, mark.by == _READ)] = None
            elif mark.fact is Fact.DETACHED:
                self.reuses[Reuse(mark.lock, mark.at, None)] = None


class ChangeHooks:
    """The part of the walk that follows new values; marks carry what it knows."""

    def __init__(self, words: TableWords, names: Names) -> None:
        self.changes = Changes()
        self._words = words
        self._names = names

    def set(self, name: str, call: TableCall, site: Site, state: State) -> State:
        """A new value: fine if the entry was none, was invalidated, or the change was found to be safe."""
        entry = self._names.entry(site.call.args[call.entry])
        if not entry:
            return state
        settled = (Fact.NONE, Fact.SAFE, Fact.CLEARED, Fact.FLUSHED)
        is_settled = any(find_marks(state, fact, entry) for fact in settled)
        number = call.value if call.value is not None else len(site.call.args)
        fresh = number < len(site.call.args) and self.is_fresh(site.call.args[number], state)
        read = _READ if find_marks(state, Fact.READ, entry) else ""
        kept = (Fact.VALUE, Fact.CHILD, Fact.PAGE, Fact.LOCKED, Fact.UNCHECKED, Fact.FRESH, Fact.DETACHED)
        gone = [m for m in marks_of(state) if m.lock == entry and m.fact not in kept]
        if is_settled or not fresh:
            return with_marks(state, gone, ())
        level = self._words.levels.get(name, "")
        return with_marks(state, gone, (Mark("", entry, site.call.at, Fact.UNCHECKED, level, read),))

    def is_fresh(self, expr: ir.Expr, state: State) -> bool:
        """Whether a value is made from a frame number, not from what the entry was."""
        words = words_of(show(expr))
        if any(m.fact is Fact.VALUE and m.detail in words for m in marks_of(state)):
            return False
        return bool(words & self._words.makers) or any(
            m.fact is Fact.FRESH and m.lock in words for m in marks_of(state)
        )

    def written(self, target: str, value: ir.Expr | None, fresh: bool, state: State) -> State:
        """Remember that a variable holds a fresh value."""
        if value is None or not fresh:
            return state
        return with_marks(state, (), (Mark("", target, value.at, Fact.FRESH),))

    def checked(self, site: Site, state: State) -> list[Outcome]:
        """A test that a change of the entry is safe: before it, or (with BUG_ON) right after it."""
        entry = self._names.entry_of_value(site.call.args[0], state) if site.call.args else ""
        if not entry:
            return [(state, UNKNOWN)]
        state = with_marks(state, find_marks(state, Fact.UNCHECKED, entry), ())
        safe = with_marks(state, (), (Mark("", entry, site.call.at, Fact.SAFE),))
        return [(safe, Int(1)), (state, ZERO)]

    def read(self, arg: ir.Expr, state: State) -> State:
        """What the entry leads to is looked at."""
        entry = self._names.entry_of_value(arg, state)
        if not entry or find_marks(state, Fact.READ, entry):
            return state
        return with_marks(state, (), (Mark("", entry, 0, Fact.READ),))

    def detach(self, call: TableCall, site: Site, state: State) -> State:
        """The table below an entry of a live mm is taken out of use."""
        entry = self._names.entry(site.call.args[call.entry])
        return with_marks(state, (), (Mark("", entry, site.call.at, Fact.DETACHED),)) if entry else state

    def sync(self, state: State) -> State:
        """Whoever walks without a lock has left, or what is freed waits for them."""
        return with_marks(state, [m for m in marks_of(state) if m.fact is Fact.DETACHED], ())

    def reused(self, site: Site, state: State) -> State:
        """A detached table is used through the copy of its entry: ``f(..., &copy)``."""
        copies = {
            a.operand.id
            for a in site.call.args
            if isinstance(a, ir.Unary) and a.op == "&" and isinstance(a.operand, ir.Name)
        }
        entries = {m.lock for m in marks_of(state) if m.fact is Fact.VALUE and m.detail in copies}
        open_ = [m for m in marks_of(state) if m.fact is Fact.DETACHED and m.lock in entries]
        for mark in open_:
            self.changes.reuses[Reuse(mark.lock, mark.at, site.call.at)] = None
        return with_marks(state, open_, ()) if open_ else state


_READ = "read"
