# SPDX-License-Identifier: GPL-2.0-or-later
"""A function in two versions becomes the calls that can do something in one of them which they cannot in the other.

A patch that adds a message to a function puts none of its other calls in question: what they lead to, and with what
held, is as it was. So paths are followed from the calls that are new, and from those that are made with other locks
held, with other arguments, or on fewer conditions than before.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.facts.traverse import assignments_in
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.flow import Outcome, Site, State
from kpatchlint.program.program import Program
from kpatchlint.program.statements import expressions_of, statements_of
from kpatchlint.program.values import Value

_ROOT = re.compile(r"[*&(]*([A-Za-z_]\w*)")

# Function -> offsets of its calls that are new; a function that is missing is new as a whole.
News = Mapping[Function, frozenset[int]]


@dataclass(frozen=True, slots=True)
class _Situation:
    """How one call is made on some path: what is held and has been let go, and what its words are known to be."""

    text: str
    holds: frozenset[tuple[str, str]]
    dropped: frozenset[tuple[str, str]]
    values: tuple[tuple[str, Value], ...]


@dataclass(slots=True)
class _Calls:
    """The situations of every call of a function, each with the conditions before it.

    ``is_blurred``: there were more paths than are kept apart, so that values are missing.
    """

    program: Program
    function: Function
    found: dict[tuple[int, _Situation], frozenset[tuple[str, bool]]] = field(default_factory=dict)
    is_blurred: bool = False

    def properties(self, state: State) -> frozenset[str]:
        """What the function's own holds say of the context."""
        return self.program.locks.properties(state.holds)

    def call(self, site: Site, state: State) -> list[Outcome]:
        """Note the situation, then let the locks change the state."""
        decisions = self.program.walker.decisions_before(self.function, site.node)
        conditions = frozenset((_said(d.cond), d.taken) for d in decisions)
        text = show(site.call)
        words = words_of(text).union(*(words_of(cond) for cond, _ in conditions))
        tested = {cond for cond, _ in conditions}  # whether such a variable is zero is said by the condition
        values = (pair for pair in state.values if pair[0] not in tested)
        known = ((n, v) for n, v in values if (root := _ROOT.match(n)) and root.group(1) in words)
        holds = self._that_matter((h.kind, h.lock) for h in state.holds)
        situation = _Situation(text, holds, self._that_matter(state.dropped), tuple(known))
        self.found.setdefault((site.call.at, situation), conditions)
        return self.program.locks.after_call(self.function, site, state)

    def _that_matter(self, holds: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Without mutexes and the like: one more or less of them forbids and allows nothing."""
        kinds = self.program.lexicon.holds
        return frozenset(h for h in holds if kinds[h[0]].atomic or not kinds[h[0]].per_lock)


def _said(cond: ir.Expr) -> str:
    """A condition as text; ``!(p = alloc(n))`` asks about p, however that was got."""
    match cond:
        case ir.Assign(op="="):
            return show(cond.target)
        case ir.Binary(left=ir.Assign(op="=", target=target)):
            return f"{show(target)} {cond.op} {show(cond.right)}"
        case _:
            return show(cond)


def news_of(before: Program, after: Program, twins: Mapping[Function, Function]) -> tuple[News, News]:
    """The new calls of each function that can be followed in both versions: in the one before, in the one after.

    Args:
        before: the version without the patch.
        after: the version with it.
        twins: a function before -> the same one after.
    """
    old: dict[Function, frozenset[int]] = {}
    new: dict[Function, frozenset[int]] = {}
    for then, now in twins.items():
        was, is_now = _survey(before, then), _survey(after, now)
        for function, calls, found in ((then, _new_calls(was, is_now), old), (now, _new_calls(is_now, was), new)):
            if calls is not None:
                found[function] = calls
    return old, new


def _survey(program: Program, function: Function) -> _Calls | None:
    calls = _Calls(program, function)
    walk = program.walker.walk(function, State(), calls)
    calls.is_blurred = walk.is_blurred
    return calls if walk.complete else None


def _new_calls(here: _Calls | None, there: _Calls | None) -> frozenset[int] | None:
    if here is None or there is None:
        return None
    is_blurred = here.is_blurred or there.is_blurred
    if is_blurred and _writes(here.function) != _writes(there.function):
        return None  # what variables are known to be was lost on some paths
    known: dict[_Situation, list[frozenset[tuple[str, bool]]]] = {}
    for (_, situation), conditions in there.found.items():
        known.setdefault(_without_values(situation) if is_blurred else situation, []).append(conditions)
    return frozenset(
        at
        for (at, situation), conditions in here.found.items()
        if not any(
            fewer <= conditions for fewer in known.get(_without_values(situation) if is_blurred else situation, ())
        )
    )


def _without_values(situation: _Situation) -> _Situation:
    return replace(situation, values=())


def _writes(function: Function) -> Counter[str]:
    """What the function assigns, in text."""
    assigned = (show(write) for expr in expressions_of(function.body) for write in assignments_in(expr))
    declared = (
        f"{stmt.name} = {show(stmt.init)}"
        for stmt in statements_of(function.body)
        if isinstance(stmt, ir.Declare) and stmt.init is not None
    )
    return Counter((*assigned, *declared))
