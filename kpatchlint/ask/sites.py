# SPDX-License-Identifier: GPL-2.0-or-later
"""A function becomes the calls in it, each with what is held there and where it leads."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from kpatchlint.ask.records import Link, Node
from kpatchlint.ask.subject import node
from kpatchlint.facts import ir
from kpatchlint.facts.places import has_word
from kpatchlint.facts.prepass import blank_comments
from kpatchlint.facts.show import show
from kpatchlint.program.code import Function
from kpatchlint.program.flow import Hold, Outcome, Site, State
from kpatchlint.program.program import Program
from kpatchlint.program.values import Value
from kpatchlint.program.walker import Targets

Values = tuple[tuple[str, Value], ...]


@dataclass(slots=True)
class CallSite:
    """One call: as the walk last reached it, the functions behind it, and the holds of each state it is reached in."""

    site: Site
    targets: Targets
    holds: list[tuple[Hold, ...]] = field(default_factory=list)

    @property
    def at(self) -> int:
        return self.site.call.at

    def always_held(self) -> tuple[Hold, ...]:
        """What every state holds that reaches the call."""
        first, *rest = self.holds
        return tuple(hold for hold in first if all(any(_same(hold, h) for h in held) for held in rest))


def call_sites(program: Program, function: Function, values: Values = ()) -> tuple[CallSite, ...]:
    """Every call that some path of *function* reaches when its parameters have *values*, in the order of the source."""
    hooks = _SiteHooks(program, function)
    program.walker.walk(function, State(values=values), hooks)
    return tuple(sorted(hooks.found.values(), key=lambda found: found.at))


def links(program: Program, function: Function, found: CallSite) -> Iterator[Link]:
    """One link for each function behind a call; one to a bare name when the tree has none."""
    targets = found.targets
    callees = [node(target) for target in targets.functions] or [Node(callee_text(program, found.site))]
    for callee in callees:
        yield Link(
            caller=node(function),
            line=function.line_at(found.at),
            code=function.code_at(found.at),
            callee=callee,
            why=targets.note if targets.certain else "",
            doubt=targets.doubt,
            holds=tuple(hold_text(program, hold) for hold in found.always_held()),
        )


def handing_link(program: Program, function: Function, found: CallSite, target: Function) -> Link:
    """The call in *function* that *target* is an argument of."""
    return Link(
        caller=node(function),
        line=function.line_at(found.at),
        code=function.code_at(found.at),
        callee=node(target),
        why=f"handed to {callee_text(program, found.site)}()",
        is_handed_on=True,
    )


def callee_text(program: Program, site: Site) -> str:
    """The name that is called or, through a pointer, the expression."""
    return program.walker.callee_name(site) or show(site.call.callee)


def hold_text(program: Program, hold: Hold) -> str:
    """ "a spinlock is held (zone->lock)"."""
    return program.lexicon.holds[hold.kind].says + (f" ({hold.lock})" if hold.lock else "")


def hands_on(site: Site, name: str) -> bool:
    """Whether the function of that name is an argument of the call."""
    return any(isinstance(arg, ir.Name) and arg.id == name for arg in site.call.args)


def only_in_comments(user: Function, name: str) -> bool:
    """Whether *user* mentions *name*, but in no code: a word in a comment calls nothing."""
    text = user.source[user.span.body : user.span.end]
    return has_word(text, name.encode()) and not has_word(blank_comments(text), name.encode())


def _same(one: Hold, other: Hold) -> bool:
    return one.kind == other.kind and one.lock == other.lock


class _SiteHooks:
    """Collects the calls of one function; locks change the state as the model says."""

    def __init__(self, program: Program, function: Function) -> None:
        self._program = program
        self._function = function
        self.found: dict[tuple[int, str], CallSite] = {}

    def properties(self, state: State) -> frozenset[str]:
        """What the function's own holds say of the context."""
        return self._program.locks.properties(state.holds)

    def call(self, site: Site, state: State) -> list[Outcome]:
        """Note the call, then let the locks change the state."""
        targets = self._program.walker.targets(self._function, site)
        key = (site.call.at, callee_text(self._program, site))
        known = self.found.get(key)
        if known is None or len(targets.functions) > len(known.targets.functions):
            known = CallSite(site, targets, known.holds if known is not None else [])
            self.found[key] = known
        known.holds.append(state.holds)
        return self._program.locks.after_call(self._function, site, state)
