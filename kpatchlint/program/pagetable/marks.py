# SPDX-License-Identifier: GPL-2.0-or-later
"""What one path knows of entries: which variable came from which, what tests said, what was cleared and not flushed."""

import enum
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.program.cfg import words_of
from kpatchlint.program.flow import Hold, State
from kpatchlint.program.pagetable.words import TableWords


class Fact(enum.Enum):
    """The kinds of mark."""

    VALUE = "value"  # the variable *detail* holds what the entry was
    CHILD = "child"  # *detail* points into the table below the entry
    PAGE = "page"  # *detail* names the memory below the entry, be it a table or what a leaf maps
    LEAF = "leaf"  # tests said so
    TABLE = "table"
    NONE = "none"
    CLEARED = "cleared"  # and not yet invalidated all the way; *detail* says what it was, *by* what reached the leaves
    FLUSHED = "flushed"  # cleared, and invalidated
    FREED = "freed"  # what is below the entry was freed, by the call *by*
    FRESH = "fresh"  # the variable *lock* holds a value made from a frame number
    SAFE = "safe"  # the kernel's own test allows the change
    READ = "read"  # what the entry leads to was looked at
    UNCHECKED = "unchecked"  # got another address; *detail* is its level, *by* says whether it was read before
    DETACHED = "detached"  # its table was taken out of use, and walkers may still be in it
    LOCKED = "locked"  # *lock* is a TableLock's id


# Anything can be loaded by ``*p`` or ``p[i]``; entries, or what they are read into, are named after their level.
_TABLE_WORD = re.compile(r"p(?:gd|4d|ud|md|te)", re.IGNORECASE)

# An entry's name may move on to the next entry; what is still owed to the last one stays.
_LASTING = (Fact.LOCKED, Fact.UNCHECKED, Fact.DETACHED)


@dataclass(frozen=True, slots=True)
class Mark(Hold):
    """One such fact about the entry that *lock* spells; it rides on the state as holds do, so paths stay apart."""

    fact: Fact = Fact.VALUE
    detail: str = ""
    by: str = ""


def marks_of(state: State) -> Iterator[Mark]:
    """Everything that the path knows of entries."""
    return (h for h in state.holds if isinstance(h, Mark))


def find_marks(state: State, fact: Fact, entry: str) -> list[Mark]:
    """The marks of one kind on one entry."""
    return [m for m in marks_of(state) if m.fact is fact and m.lock == entry]


def with_marks(state: State, drop: Iterable[Mark], add: Iterable[Mark]) -> State:
    """The state with other marks; the order of marks says nothing, so it is made the same for the same knowledge."""
    gone = set(drop)
    marks = {m for m in marks_of(state) if m not in gone} | set(add)
    others = tuple(h for h in state.holds if not isinstance(h, Mark))
    ordered = sorted(marks, key=lambda m: (m.fact.value, m.lock, m.detail, m.by, m.at))
    return State((*others, *ordered), state.dropped, state.values, state.facts)


class Names:
    """Expressions to the entries they are about, by the marks of a state."""

    def __init__(self, words: TableWords, transparent: frozenset[str]) -> None:
        self._words = words
        self._transparent = transparent

    def entry(self, expr: ir.Expr) -> str:
        """The spelling of an entry that a pointer expression means: ``pmdp``, ``table[i]``; "" for none."""
        match expr:
            case ir.Cast():
                return self.entry(expr.operand)
            case ir.Unary(op="&", operand=ir.Index() | ir.Member() as operand):
                return show(operand)
            case ir.Unary(op="&"):
                return ""  # a copy on the stack
            case ir.Name() | ir.Member() | ir.Binary(op="+"):
                return show(expr)
            case _:
                return ""

    def entry_of_value(self, expr: ir.Expr, state: State) -> str:
        """The entry that a value was read from: ``*pmdp``, ``READ_ONCE(*pmdp)``, or a variable that holds it."""
        match expr:
            case ir.Cast():
                return self.entry_of_value(expr.operand, state)
            case ir.Name():
                return next((m.lock for m in marks_of(state) if m.fact is Fact.VALUE and m.detail == expr.id), "")
            case ir.Unary(op="*"):
                return self.entry(expr.operand)
            case ir.Index():
                return show(expr)
            case ir.Call(callee=ir.Name(id=name), args=args) if self._words.effect(name) == "detach":
                number = self._words.calls[name].entry
                return self.entry(args[number]) if number < len(args) else ""
            case ir.Call(callee=ir.Name(id=name), args=(first, *_)):
                if name in self._transparent or self._words.effect(name) == "value":
                    return self.entry_of_value(first, state)
                return self.entry(first) if self._words.effect(name) == "load" else ""
            case _:
                return ""

    def entry_above(self, expr: ir.Expr, state: State) -> tuple[str, Fact]:
        """The entry that leads to the memory which *expr* names, and whether that is sure to be a table (CHILD)."""
        match expr:
            case ir.Cast():
                return self.entry_above(expr.operand, state)
            case ir.Binary(op="<<" | ">>"):  # a frame number becomes an address
                return self.entry_above(expr.left, state)
            case ir.Name():
                below = (m for m in marks_of(state) if m.fact in (Fact.CHILD, Fact.PAGE) and m.detail == expr.id)
                return next(((m.lock, m.fact) for m in below), ("", Fact.PAGE))
            case ir.Call(callee=ir.Name(id=name), args=args):
                call = self._words.calls.get(name)
                if call is None or call.entry >= len(args):
                    return "", Fact.PAGE
                arg = args[call.entry]
                if call.effect == "wraps":
                    return self.entry_above(arg, state)
                if call.effect in ("child", "page"):
                    fact = Fact.CHILD if call.effect == "child" else Fact.PAGE
                    return self.entry_of_value(arg, state) or self.entry(arg), fact
                return "", Fact.PAGE
            case _:
                return "", Fact.PAGE

    def after_write(self, target: str, value: ir.Expr | None, at: int, state: State) -> State:
        """What is known once the variable *target* holds *value*."""
        add = []
        if value is not None:
            loaded = self.entry_of_value(value, state)
            below, fact = self.entry_above(value, state)
            if loaded and _TABLE_WORD.search(f"{loaded} {target}"):
                add.append(Mark("", loaded, at, Fact.VALUE, target))
            elif below:
                add.append(Mark("", below, at, fact, target))
        gone = [
            m for m in marks_of(state) if m.fact not in _LASTING and (m.detail == target or target in words_of(m.lock))
        ]
        return with_marks(state, gone, [m for m in add if target not in words_of(m.lock)])
