# SPDX-License-Identifier: GPL-2.0-or-later
"""A graph is walked forward with states: what is held, what variables are, which conditions were taken.

States that differ in what is held are never merged (property simulation: Das, Lerner, Seigle, PLDI 2002), so a branch
that correlates with a flag stays apart until it is resolved. A node that collects too many states keeps what is held
and forgets the rest. A call that a hook answers with two states forks the path: that is how trylocks work.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.facts.traverse import assignments_in, calls_in
from kpatchlint.program.cfg import Graph, Node, words_of
from kpatchlint.program.evaluate import Env, Evaluator, place_text
from kpatchlint.program.values import UNKNOWN, ZERO, NonZero, Object, Value, truth

_STATES = 32  # a node keeps this many states apart
_VISITS = 12_000  # a function that needs more is given up, and says so


@dataclass(frozen=True, slots=True)
class Hold:
    """Something held since ``at`` (an offset in the function that took it)."""

    kind: str
    lock: str
    at: int


@dataclass(frozen=True, slots=True)
class State:
    """One path's knowledge at one point; tuples are sorted so that equal knowledge is equal.

    ``dropped`` are (kind, lock) that the function let go of without having taken them: the caller's.
    """

    holds: tuple[Hold, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[str, Value], ...] = ()
    facts: tuple[tuple[str, bool], ...] = ()
    _hash: int = field(init=False, compare=False, repr=False, default=0)

    def __post_init__(self) -> None:
        # Asked for several times a step, over tuples of tuples: computed once.
        object.__setattr__(self, "_hash", hash((self.holds, self.dropped, self.values, self.facts)))

    def __hash__(self) -> int:
        return self._hash

    def value(self, name: str) -> Value:
        return dict(self.values).get(name, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Site:
    """A call as the walk reaches it: the call, the node it is in, and the environment it is evaluated in."""

    call: ir.Call
    node: Node
    env: Env


Outcome = tuple[State, Value]


class Hooks(Protocol):
    """What an analysis adds to the walk."""

    def call(self, site: Site, state: State) -> list[Outcome]:
        """States after the call, each with the call's result. ``[(state, UNKNOWN)]`` when it changes nothing."""

    def properties(self, state: State) -> frozenset[str]:
        """Properties ("atomic", ...) of the context in this state, for predicates such as in_atomic()."""


@runtime_checkable
class WatchesWrites(Protocol):
    """Hooks that also want to see what is assigned."""

    def written(self, target: str, value: ir.Expr | None, state: State) -> State:
        """The state after the place *target* ("pmdp", "walk->pte") got *value*; None when that is open."""


@dataclass(slots=True)
class Walk:
    """The result of walking a function: where paths end, whether all were followed, and how many nodes that took.

    ``is_blurred``: there were more states than are kept apart, so what a condition has ruled out may have come back.
    """

    exits: list[tuple[State, Value, int]] = field(default_factory=list)
    complete: bool = True
    visits: int = 0
    is_blurred: bool = False


class Flow:
    """Walks one graph. ``near`` is the file that names are looked up from."""

    def __init__(self, graph: Graph, evaluator: Evaluator, near: str, local_names: frozenset[str]) -> None:
        self._graph = graph
        self._evaluator = evaluator
        self._near = near
        self._locals = local_names
        self._tested = _tested_more_than_once(graph)
        self._words = {text: words_of(text) for text in self._tested}
        self._useful = _asked_for(graph)
        self._plans = {id(n): _plan(n.expr) for n in graph.nodes if n.expr is not None}

    def walk(self, entry: State, hooks: Hooks) -> Walk:
        """Follow every path from *entry*; hooks see each call with each state that reaches it."""
        result = Walk(complete=not self._graph.cut_off)
        seen: dict[int, set[State]] = {}
        work = [(self._graph.entry, entry)]
        while work:
            at, state = work.pop()
            states = seen.setdefault(at, set())
            if len(states) >= _STATES:
                state = State(state.holds, state.dropped)
                result.is_blurred = True
            if state in states:
                continue
            states.add(state)
            result.visits += 1
            if result.visits > _VISITS:
                result.complete = False
                break
            work.extend(self._step(self._graph.nodes[at], state, hooks, result))
        return result

    def _step(self, node: Node, state: State, hooks: Hooks, result: Walk) -> Iterator[tuple[int, State]]:
        match node.kind:
            case "eval":
                for after, _ in self._evaluate(node, state, hooks, wanted=False):
                    yield node.next, after
            case "declare":
                for after, value in self._evaluate(node, state, hooks):
                    bound = self._bind(after, node.text, value)
                    yield node.next, _tell(hooks, node.text, node.expr, bound)
            case "branch":
                yield from self._branch(node, state, hooks)
            case "either":
                yield from self._either(node, state)
            case "end":
                return
            case "many":
                for after, _ in self._evaluate(node, state, hooks, wanted=False):
                    for way in node.ways:
                        yield way, after
            case _:
                if node.expr is None:
                    result.exits.append((state, UNKNOWN, node.at))
                else:
                    result.exits += [(s, v, node.at) for s, v in self._evaluate(node, state, hooks)]

    # -- expressions ----------------------------------------------------------------------------------------------

    def _env(self, state: State, hooks: Hooks) -> Env:
        return Env(self._near, dict(state.values), self._locals, hooks.properties(state))

    def _evaluate(self, node: Node, state: State, hooks: Hooks, wanted: bool = True) -> list[Outcome]:
        """Run the node's calls and assignments in order; each outcome has the expression's value, if *wanted*."""
        if node.expr is None:
            return [(state, UNKNOWN)]
        calls, writes = self._plans[id(node)]
        if not calls and not writes and not wanted:
            return [(state, UNKNOWN)]
        states: list[State] = [state]
        for call in calls:
            after: list[State] = []
            for before in states:
                env = self._env(before, hooks)
                for outcome, value in hooks.call(Site(call, node, env), before):
                    after.append(self._bind(outcome, f"@{call.at}", value) if value != UNKNOWN else outcome)
            states = after
        return [self._settle(node, s, hooks, wanted, writes) for s in states]

    def _settle(self, node: Node, state: State, hooks: Hooks, wanted: bool, writes: "tuple[Write, ...]") -> Outcome:
        """The value of the node's expression, with its assignments carried out and call results forgotten."""
        assert node.expr is not None
        value = self._evaluator.value(node.expr, self._env(state, hooks)) if wanted else UNKNOWN
        for expr in writes:
            state = self._assign(expr, state, hooks)
        if any(name[0] == "@" for name, _ in state.values):
            kept = tuple(pair for pair in state.values if pair[0][0] != "@")
            state = State(state.holds, state.dropped, kept, state.facts)
        return state, value

    def _assign(self, expr: ir.Assign | ir.Step | ir.Unary, state: State, hooks: Hooks) -> State:
        """An assignment binds a place; a step makes it unknown; ``&x`` handed to a call makes x unknown."""
        match expr:
            case ir.Assign(op="="):
                name = place_text(expr.target)
                value = self._evaluator.value(expr.value, self._env(state, hooks))
            case ir.Assign():
                name = place_text(expr.target)
                whole = ir.Binary(expr.at, expr.op[:-1], expr.target, expr.value)
                value = self._evaluator.value(whole, self._env(state, hooks))
            case ir.Step():
                name, value = place_text(expr.target), UNKNOWN
            case _:
                name, value = place_text(expr.operand), UNKNOWN
                if isinstance(state.value(name), Object):
                    return state  # a table of functions built in place outlives being passed on
        if not name:
            return state
        written = expr.value if isinstance(expr, ir.Assign) and expr.op == "=" else None
        return _tell(hooks, name, written, self._bind(state, name, value))

    def _bind(self, state: State, name: str, value: Value) -> State:
        """The state after *name* gets *value*: facts and fields that hang on its old value go."""
        values = {n: v for n, v in state.values if n != name and not _hangs_on(n, name)}
        if value != UNKNOWN and (name[0] == "@" or not words_of(name).isdisjoint(self._useful)):
            values[name] = value
        facts = state.facts
        if facts and name[0] != "@":
            root = name.lstrip("*")
            words = words_of(root)
            facts = tuple(f for f in facts if not words <= self._words.get(f[0], frozenset()))
        return State(state.holds, state.dropped, tuple(sorted(values.items(), key=_first)), facts)

    # -- branches -------------------------------------------------------------------------------------------------

    def _branch(self, node: Node, state: State, hooks: Hooks) -> Iterator[tuple[int, State]]:
        assert node.expr is not None
        text, positive = condition_text(node.expr)
        for after, value in self._evaluate(node, state, hooks):
            known = truth(value)
            if known is None:
                for fact, taken in after.facts:
                    if fact == text:
                        known = taken is positive
            if known is not False:
                yield node.next, self._learn(after, node.expr, text, positive)
            if known is not True:
                yield node.other, self._learn(after, node.expr, text, not positive)

    def _either(self, node: Node, state: State) -> Iterator[tuple[int, State]]:
        for fact, taken in state.facts:
            if node.text and fact == node.text:
                yield (node.next if taken else node.other), state
                return
        for way, taken in ((node.next, True), (node.other, False)):
            if node.text and node.text in self._tested:
                facts = tuple(sorted({*state.facts, (node.text, taken)}))
                yield way, State(state.holds, state.dropped, state.values, facts)
            else:
                yield way, state

    def _learn(self, state: State, expr: ir.Expr, text: str, taken: bool) -> State:
        """Remember a decision that is asked for again, as a value of the variable or as a fact."""
        name = _tested_name(expr)
        if isinstance(expr, ir.Binary) and expr.op == "<" and not taken:
            name = ""  # ret < 0 is false for zero and for what is above
        if isinstance(expr, ir.Binary) and expr.op == ">" and not taken:
            name = ""  # and n > 0 for zero and for what is below
        if name and name in self._tested:
            if state.value(name) != UNKNOWN:
                return state
            values = {**dict(state.values), name: NonZero() if taken else ZERO}
            return State(state.holds, state.dropped, tuple(sorted(values.items(), key=_first)), state.facts)
        if text not in self._tested or any(f == text for f, _ in state.facts):
            return state
        return State(state.holds, state.dropped, state.values, tuple(sorted({*state.facts, (text, taken)})))


def _tell(hooks: Hooks, target: str, value: ir.Expr | None, state: State) -> State:
    written = getattr(type(hooks), "written", None)  # as isinstance() with the protocol, at a tenth of its cost
    if written is None:
        return state
    assert isinstance(hooks, WatchesWrites)
    return hooks.written(target, value, state)


def _first(pair: tuple[str, Value]) -> str:
    return pair[0]


def _hangs_on(name: str, changed: str) -> bool:
    return name.startswith((f"{changed}->", f"{changed}.", f"*{changed}"))


def condition_text(expr: ir.Expr) -> tuple[str, bool]:
    """A leaf condition in one spelling, and whether it is the spelling's truth: ``x == NULL`` is x, negated."""
    match expr:
        case ir.Binary(op="==" | "!=" as op, left=left, right=right) if _is_zero(right):
            return show(left), op == "!="
        case ir.Binary(op="!="):
            return f"{show(expr.left)} == {show(expr.right)}", False
        case ir.Assign(op="="):
            return show(expr.target), True
        case _:
            return show(expr), True


def _is_zero(expr: ir.Expr) -> bool:
    match expr:
        case ir.Number(value=0) | ir.Name(id="NULL" | "false"):
            return True
        case ir.Cast():
            return _is_zero(expr.operand)
        case _:
            return False


def _tested_name(expr: ir.Expr) -> str:
    """The variable that a leaf condition tests against zero, or ""."""
    match expr:
        case ir.Name():
            return expr.id
        case ir.Binary(op="==" | "!=" | "<" | ">", left=ir.Name(id=name), right=right) if _is_zero(right):
            return name
        case ir.Assign(op="=", target=ir.Name(id=name)):
            return name
        case _:
            return ""


def _tested_more_than_once(graph: Graph) -> frozenset[str]:
    """Conditions (and ``#if`` texts) that several branches ask for: only those are worth remembering."""
    counts: Counter[str] = Counter()
    for node in graph.nodes:
        if node.kind == "branch" and node.expr is not None:
            counts[condition_text(node.expr)[0]] += 1
            if isinstance(node.expr, ir.Binary) and node.expr.op in "<>" and (name := _tested_name(node.expr)):
                counts[name] += 1  # the errno idiom: ret < 0 here, ret there; or n > 0 here, n there
        elif node.kind == "either" and node.text:
            counts[node.text] += 1
        elif node.kind == "exit" and isinstance(node.expr, ir.Name):
            counts[node.expr.id] += 1  # what a path returns tells its caller which way it went
    return frozenset(text for text, count in counts.items() if count > 1)


def _asked_for(graph: Graph) -> frozenset[str]:
    """Words of everything whose value can matter: conditions, results, arguments, and what those are made from.

    A variable outside this set is not tracked, so that counters and the like keep no two paths apart.
    """
    found: set[str] = set()
    made: list[tuple[frozenset[str], frozenset[str]]] = []
    for node in graph.nodes:
        if node.expr is None:
            continue
        if node.kind in ("branch", "many", "exit"):
            found |= words_of(show(node.expr))
        if node.kind == "declare":
            made.append((frozenset((node.text,)), words_of(show(node.expr))))
        for call in calls_in(node.expr):
            found |= words_of(show(call))
        for write in assignments_in(node.expr):
            if isinstance(write, ir.Assign):
                made.append((words_of(show(write.target)), words_of(show(write.value))))
    grew = True
    while grew:
        before = len(found)
        for targets, sources in made:
            if not targets.isdisjoint(found):
                found |= sources
        grew = len(found) > before
    return frozenset(found)


def _plan(expr: ir.Expr) -> "tuple[tuple[ir.Call, ...], tuple[Write, ...]]":
    """An expression's calls and writes, each in the order they happen."""
    return tuple(calls_in(expr)), tuple(assignments_in(expr))


Write = ir.Assign | ir.Step | ir.Unary
__all__ = ["Flow", "Hold", "Hooks", "Outcome", "Site", "State", "Walk"]
