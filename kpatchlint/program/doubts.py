# SPDX-License-Identifier: GPL-2.0-or-later
"""The open conditions before a call become reasons why it may not be reached although a path leads there."""

import enum
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.facts.traverse import assignments_in
from kpatchlint.program.cfg import has_call
from kpatchlint.program.code import Function
from kpatchlint.program.decisions import Decision
from kpatchlint.program.evaluate import place_text
from kpatchlint.program.flow import Site
from kpatchlint.program.statements import expressions_of
from kpatchlint.program.walker import Walker

# Words of a condition on a parameter that chooses whether to wait; a sink behind an unknown one is not proven.
_CHOOSES = re.compile(
    r"sleep|atomic|wait|nonblock|blocking|sched|sync|irq|nmi|poll|may_|can_|gfp|preempt|interrupt", re.IGNORECASE
)


class DoubtKind(enum.Enum):
    """What a doubt hangs on.

    CALLEE: whether the callee is the one that is meant. TARGET: which of several functions a pointer leads to, where
    some do not sleep. FAMILY: the same, of more drivers than are followed. STATE: what memory holds. CALLER: the
    caller's choice. WITNESS: other callers, atomic as well.
    """

    CALLEE = "callee"
    TARGET = "target"
    FAMILY = "family"
    STATE = "state"
    CALLER = "caller"
    WITNESS = "witness"


@dataclass(frozen=True, slots=True, order=True)
class Doubt:
    """Why a step is only possible, in words."""

    text: str
    kind: DoubtKind = field(compare=False)


def find_doubts(walker: Walker, function: Function, site: Site, undecided: Iterable[Decision]) -> Iterator[Doubt]:
    """Why a call in *function* may not be reached; *undecided* are the conditions before it that nothing decides."""
    name = function.name
    for decision in undecided:
        cond = decision.cond
        text = show(cond)
        is_choice = not has_call(cond) and _CHOOSES.search(text)
        if is_choice and any(walker.parameters_in(function, cond)):
            yield Doubt(f"only if `{text}` in `{name}()` lets it, which the caller decides", DoubtKind.CALLER)
        elif _asks_for_current(cond):
            yield Doubt(f"only if `{text}` in `{name}()`: the caller knows which task it is", DoubtKind.CALLER)
        # An allocator that somebody hands in is meant to be used: only the callee's own is in doubt.
        elif walker.callee_name(site) and _is_empty_slot(decision):
            yield Doubt(f"only while `{text}` in `{name}()` finds the slot empty", DoubtKind.STATE)
        elif _is_operation(decision):
            yield Doubt(f"only if `{text}` in `{name}()` is an operation that the object has", DoubtKind.STATE)
        elif _is_first_time(decision, site.env.locals):
            yield Doubt(f"only while `{text}` in `{name}()` is not set", DoubtKind.STATE)
        elif _is_last_reference(decision):
            yield Doubt(f"only if `{text}` in `{name}()` finds the last reference", DoubtKind.STATE)
        elif _is_filled_here(decision, function):
            yield Doubt(f"only while `{text}` in `{name}()` is not filled yet", DoubtKind.STATE)


def _asks_for_current(cond: ir.Expr) -> bool:
    """``k != current``: whether the task is the running one."""
    match cond:
        case ir.Binary(op="==" | "!="):
            return any(isinstance(side, ir.Name) and side.id == "current" for side in (cond.left, cond.right))
        case _:
            return False


def _is_empty_slot(decision: Decision) -> bool:
    """``table[row] == NULL``, ``!*slot``, ``pmd_none(*pmd)``: a slot in memory that may have been filled before.

    Nor is what a counter guards made anew while it counts: ``!atomic_inc_not_zero(&users)``.
    """
    match decision.cond:
        case ir.Index() | ir.Unary(op="*"):
            return not decision.taken
        case ir.Binary(op="==" | "!=" as op, left=ir.Index() | ir.Unary(op="*"), right=ir.Name(id="NULL")):
            return decision.taken is (op == "==")
        case ir.Call(callee=ir.Name(id=name)):
            return name.endswith("_none") if decision.taken else name.endswith(("_present", "_inc_not_zero"))
        case _:
            return False


def _is_first_time(decision: Decision, local_names: frozenset[str]) -> bool:
    """``if (!ready) start();`` with a variable of the whole file, ``if (!d->initialized)``: done once, and long ago."""
    cond = decision.cond
    name = cond.field if isinstance(cond, ir.Member) else ""
    if isinstance(cond, ir.Call) and isinstance(cond.callee, ir.Name):
        name = cond.callee.id
    if name:
        return not decision.taken and _SET_UP.search(name) is not None
    if not isinstance(cond, ir.Name) or decision.taken:
        return False
    return cond.id not in local_names and not cond.id.isupper() and not cond.id.startswith("?")


def _is_operation(decision: Decision) -> bool:
    """``if (map->ops->release)``: whether the object at hand has the operation is not known."""
    match decision.cond:
        case ir.Member(base=ir.Member(field=name)):
            return decision.taken and (name == "ops" or name.endswith("_ops"))
        case _:
            return False


_SET_UP = re.compile(r"(?:_|\b)(?:is_)?initiali[sz]ed\Z")
_LAST_REFERENCE = re.compile(r"(?:_dec_and_test|_sub_and_test|_put_testzero|_dec_and_\w*lock\w*)\Z")


def _is_last_reference(decision: Decision) -> bool:
    """``if (refcount_dec_and_test(r)) release();``: whoever drops a reference as a rule does not drop the last one."""
    match decision.cond:
        case ir.Call(callee=ir.Name(id=name)):
            return decision.taken and _LAST_REFERENCE.search(name) is not None
        case _:
            return False


def _is_filled_here(decision: Decision, function: Function) -> bool:
    """``if (!dev->log) dev->log = alloc();``: done by the first who comes, and perhaps long ago."""
    if decision.taken or not isinstance(decision.cond, ir.Member):
        return False
    place = place_text(decision.cond)
    made = (a for e in expressions_of(function.body) for a in assignments_in(e) if isinstance(a, ir.Assign))
    return any(place_text(a.target) == place for a in made if a.op == "=")
