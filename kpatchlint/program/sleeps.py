# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a function may sleep, for the arguments and the context it is called with: derived from the tree, top down.

A function that carries an annotation (might_sleep(), might_alloc(gfp)) is a contract: the annotation is all its caller
needs, and its body is not entered. Everything else is walked with the actual masks, flags and function pointers of
the call, so that a helper which allocates for one caller and not for another is judged for each.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.program.code import Function
from kpatchlint.program.decisions import Decision
from kpatchlint.program.doubts import Doubt as Doubt
from kpatchlint.program.doubts import DoubtKind as DoubtKind
from kpatchlint.program.doubts import find_doubts
from kpatchlint.program.flow import Outcome, Site, State
from kpatchlint.program.handed_masks import HandedMasks
from kpatchlint.program.locks import Locks
from kpatchlint.program.values import Bits, Object, Pointers, Value, as_bits
from kpatchlint.program.vocabulary import Lexicon, Sleeper
from kpatchlint.program.walker import Walker

_DEEPEST = 14  # calls from the root
_POINTER = 4  # calls that one through a pointer counts for: behind two of them nothing is proven any more
_KEPT = 10  # sinks a function is summarised by
_BUDGET = 400  # function walks for one root
OPEN_CALLS = 3  # calls on open conditions from which on a path is no longer proven: any two may exclude each other
_TOTAL = 5000  # function walks for all roots of one version: a patch over a hundred files ends in time


@dataclass(frozen=True, slots=True)
class Hop:
    """One call on the way: in *function* at offset *at*, *target* is called. *note* says what the call carries."""

    function: Function
    at: int
    target: str
    note: str = ""


Primitive = tuple[str, str, str]  # what sleeps, and in which file and function


@dataclass(frozen=True, slots=True)
class Sink:
    """One way to sleep: the calls that lead there, the last one being the primitive.

    ``mask`` is the value of the gfp mask, if one decided it. ``dropped`` are holds of the caller that were let go on
    the way. ``doubts`` say which steps are only possible (an ambiguous callee, an unknown flag); none: it is certain.
    ``open_count`` is how many of the calls hang on a condition that nothing decides: each may exclude the next.
    """

    hops: tuple[Hop, ...]
    says: str
    mask: Value | None = None
    dropped: frozenset[str] = frozenset()
    doubts: tuple[Doubt, ...] = ()
    open_count: int = 0

    @property
    def primitive(self) -> Primitive:
        """What sleeps, and in which function: two sinks with the same one are the same fault."""
        last = self.hops[-1]
        return last.target, last.function.path, last.function.name


Question = tuple[Function, tuple[tuple[str, Value], ...], frozenset[str], bool]


class Sleeps:
    """Sleep summaries of one program; answers are remembered by (function, bindings, context)."""

    def __init__(self, walker: Walker, lexicon: Lexicon, locks: Locks) -> None:
        self.walker = walker
        self._lexicon = lexicon
        self._locks = locks
        self._handed = HandedMasks(walker, lexicon)
        self._known: dict[Question, tuple[Sink, ...]] = {}
        self._cut_short: dict[Question, tuple[int, tuple[Sink, ...]]] = {}
        self._open: set[Question] = set()
        self._spent = 0
        self._total = 0
        self._cuts = 0
        self._corridor: frozenset[Function] | None = None
        self._corridor_names: frozenset[str] = frozenset()
        self._changed: frozenset[Function] = frozenset()
        self._news: Mapping[Function, frozenset[int]] = {}

    def start(self) -> None:
        """A new root: give it a fresh budget."""
        self._spent = 0

    @property
    def is_exhausted(self) -> bool:
        """Whether the bound on all questions together is reached: what was asked after that is not answered."""
        return self._total > _TOTAL

    def go_everywhere(self) -> None:
        """From now on follow every call, with a fresh bound on all questions together; what is known stays known."""
        self._corridor = None
        self._total = 0

    def stay_in(
        self, corridor: Iterable[Function], changed: Iterable[Function], news: Mapping[Function, frozenset[int]]
    ) -> None:
        """From now on only follow calls that lead to a *changed* function, through *corridor*, and all below those.

        Below a changed function that is in *news*, only the calls at the offsets named there count.
        """
        self._corridor, self._changed, self._news = frozenset(corridor), frozenset(changed), news
        self._corridor_names = frozenset(f.name for f in self._corridor)
        self._known.clear()
        self._cut_short.clear()

    def is_below(self, function: Function) -> bool:
        """Whether a walk that begins at *function* looks at everything from there on."""
        return self._corridor is None or (function in self._changed and function not in self._news)

    def is_new(self, function: Function, at: int) -> bool:
        """Whether the call at offset *at* of *function* is one that the change is about."""
        return self.is_below(function) or at in self._news.get(function, ())

    def of(
        self, function: Function, values: Iterable[tuple[str, Value]], context: frozenset[str], depth: int, below: bool
    ) -> tuple[Sink, ...]:
        """The ways *function* may sleep when its parameters have *values* in a context with these properties.

        *below* is true when a changed function is on the way already, so that all calls count.
        """
        question = (function, tuple(sorted(values, key=lambda v: v[0])), context, below)
        if question in self._known:
            return self._known[question]
        cut = self._cut_short.get(question)
        if cut is not None and depth >= cut[0]:
            return cut[1]
        if question in self._open:
            return ()
        if depth > _DEEPEST or self._spent > _BUDGET or self.is_exhausted:
            self._cuts += 1
            return ()
        if not self.walker.may_matter(function):
            self._known[question] = ()
            return ()
        self._open.add(question)
        self._spent += 1
        self._total += 1
        cuts = self._cuts
        hooks = SleepHooks(self, function, context, depth, below)
        self.walker.walk(function, State(values=question[1]), hooks)
        self._open.discard(question)
        found = shortest(_beside_drops(hooks.sinks, function))
        if self._cuts == cuts:
            self._known[question] = found
        elif self._spent <= _BUDGET:  # cut short by depth: good for whoever asks from as deep
            self._cut_short[question] = (depth, found)
        return found

    def _leads_on(self, target: Function, values: Iterable[tuple[str, Value]]) -> bool:
        """Whether changed code may be behind a call: by name, or because its address is handed on."""
        if self._corridor is None or target in self._corridor:
            return True
        return any(name in self._corridor_names for _, value in values for name in _pointed_to(value))

    def undecided(self, function: Function, site: Site) -> tuple[Decision, ...]:
        """The conditions before a call in *function* that the values of the walk leave open."""
        decisions = self.walker.decisions_before(function, site.node)
        return tuple(d for d in decisions if self.walker.truth(d.cond, site.env) is None)

    # -- one call -------------------------------------------------------------------------------------------------

    def at_call(self, function: Function, site: Site, context: frozenset[str], depth: int, below: bool) -> list[Sink]:
        """The ways in which one call may sleep, seen from *function*."""
        name = self.walker.callee_name(site)
        below = below or self.is_new(function, site.call.at)
        if not below:
            return self._callees(function, site, context, depth, below)
        sleeper = self._lexicon.sleepers.get(name)
        if sleeper is not None:
            return self._primitive(function, site, name, sleeper)
        lock = self._lexicon.takes.get(name)
        if lock is not None:
            hop = Hop(function, site.call.at, name)
            return [Sink((hop,), f"`{name}()`, which may sleep")] if lock.sleeps else []
        if name and (name in self._lexicon.drops or self._lexicon.is_trusted(name) or name in self._lexicon.predicates):
            return []
        found = self._callees(function, site, context, depth, below)
        if any(s.mask is not None and not s.doubts for s in found):
            return found
        return found + self._promised(function, site)

    def _promised(self, function: Function, site: Site) -> list[Sink]:
        """A callee that is handed a mask which lets it sleep, whether or not a path to an allocation is proven."""
        return [
            Sink(
                (Hop(function, site.call.at, target.name, show(arg)),),
                f"`{target.name}()` with a mask that lets it sleep",
                bits,
                doubts=(Doubt(f"whether `{target.name}()` allocates every time is open", DoubtKind.CALLEE),),
            )
            for target, arg, bits in self._handed.at_call(function, site)
        ]

    def _primitive(self, function: Function, site: Site, name: str, sleeper: Sleeper) -> list[Sink]:
        hop = Hop(function, site.call.at, name)
        if sleeper.when == "always":
            return [Sink((hop,), f"`{name}()`, which {sleeper.says}")]
        if sleeper.argument >= len(site.call.args):
            return []
        arg = site.call.args[sleeper.argument]
        value = self.walker.evaluator.value(arg, site.env)
        if sleeper.when == "mask":
            bits = as_bits(value)
            if bits.bit(self._lexicon.gfp.sleep_bit) != 1:
                return []
            return [Sink((replace(hop, note=show(arg)),), f"`{name}()`, which {sleeper.says}", bits)]
        known = self.walker.truth(arg, site.env)
        if known is False or (known is None and sleeper.when == "true"):
            mask = self._mask_test(arg, site)
            if mask is not None:
                return [Sink((hop,), f"`{name}()`, which {sleeper.says}", mask)]
            if known is False or not self._is_half_true(arg, site):
                return []
            doubt = Doubt(f"only if `{show(arg)}` in `{function.name}()`", DoubtKind.STATE)
            return [Sink((hop,), f"`{name}()`, which {sleeper.says}", doubts=(doubt,))]
        return [Sink((hop,), f"`{name}()`, which {sleeper.says}")]

    def _is_half_true(self, arg: ir.Expr, site: Site) -> bool:
        """``!(flags & ASYNC) && !dev->irq_safe``: what the caller decides is decided, the rest is in memory."""
        match arg:
            case ir.Binary(op="&&"):
                return True in (self.walker.truth(arg.left, site.env), self.walker.truth(arg.right, site.env))
            case _:
                return False

    def _mask_test(self, arg: ir.Expr, site: Site) -> Bits | None:
        """``might_sleep_if(gfp & __GFP_DIRECT_RECLAIM)`` when the bit is known to be set."""
        bits = as_bits(self.walker.evaluator.value(arg, site.env))
        return bits if bits.bit(self._lexicon.gfp.sleep_bit) == 1 else None

    def _callees(self, function: Function, site: Site, context: frozenset[str], depth: int, below: bool) -> list[Sink]:
        targets = self.walker.targets(function, site, () if below or self._corridor is None else self._corridor)
        found: list[Sink] = []
        sleeping = 0
        for target in targets.functions:
            if b"noreturn" in target.head:
                continue  # whoever comes here does not come back to the context
            inside = below or self.is_below(target)
            values = self.walker.bind(target, site)
            if not inside and not self._leads_on(target, values):
                continue
            inner = self.of(target, values, context, depth + (1 if targets.certain else _POINTER), inside)
            sleeping += bool(inner)
            for sink in inner:
                hop = Hop(function, site.call.at, target.name, targets.note)
                found.append(replace(sink, hops=(hop, *sink.hops)))
        if found and (sleeping < len(targets.functions) or not targets.certain):
            text = targets.doubt or f"`{self.walker.callee_name(site)}()` has several definitions, and not all sleep"
            is_one_of_them = targets.doubt and sleeping < len(targets.functions)
            kind = DoubtKind.TARGET if is_one_of_them else DoubtKind.CALLEE
            kind = DoubtKind.FAMILY if targets.of_many else kind
            found = [replace(s, doubts=(*s.doubts, Doubt(text, kind))) for s in found]
        return found


class SleepHooks:
    """Collects sinks while a function is walked; locks change the state as ``Locks`` says."""

    def __init__(self, sleeps: Sleeps, function: Function, context: frozenset[str], depth: int, below: bool) -> None:
        self.sinks: list[Sink] = []
        self._sleeps = sleeps
        self._function = function
        self._context = context
        self._depth = depth
        self._below = below

    def properties(self, state: State) -> frozenset[str]:
        if state.dropped:
            return self._sleeps._locks.properties(state.holds)
        return self._context | self._sleeps._locks.properties(state.holds)

    def call(self, site: Site, state: State) -> list[Outcome]:
        dropped = frozenset(kind for kind, _ in state.dropped)
        sinks = self._sleeps.at_call(self._function, site, self.properties(state), self._depth, self._below)
        undecided = self._sleeps.undecided(self._function, site) if sinks else ()
        doubt = next(find_doubts(self._sleeps.walker, self._function, site, undecided), None)
        for sink in sinks:
            made = replace(sink, dropped=sink.dropped | dropped, open_count=sink.open_count + bool(undecided))
            if doubt is not None:
                made = replace(made, doubts=(*made.doubts, doubt))
            self.sinks.append(made)
        return self._sleeps._locks.after_call(self._function, site, state)


def _pointed_to(value: Value) -> Iterator[str]:
    """Names of the functions that a value holds pointers to, directly or in its fields."""
    match value:
        case Pointers():
            yield from (name for name, _ in value.names)
        case Object():
            for _, inner in value.fields:
                yield from _pointed_to(inner)
        case _:
            return


def _beside_drops(sinks: Iterable[Sink], function: Function) -> Iterator[Sink]:
    """``if (may_wait) { unlock(); alloc(); lock(); } else alloc();``: the other way is there for who must not wait."""
    known = tuple(sinks)
    dropping = {sink.primitive for sink in known if sink.dropped}
    for sink in known:
        if sink.primitive in dropping and not sink.dropped:
            doubt = Doubt(f"another way through `{function.name}()` lets the lock go before", DoubtKind.STATE)
            sink = replace(sink, doubts=(*sink.doubts, doubt))
        yield sink


def shortest(sinks: Iterable[Sink]) -> tuple[Sink, ...]:
    """One sink for each primitive and set of dropped holds: a certain one before a doubtful one, then the shortest."""
    best: dict[tuple[object, ...], Sink] = {}
    for sink in sinks:
        key = (sink.primitive, sink.dropped)
        other = best.get(key)
        if other is None or _rank(sink) < _rank(other):
            best[key] = sink
    return tuple(sorted(best.values(), key=_rank)[:_KEPT])


def _rank(sink: Sink) -> tuple[bool, int, int, tuple[tuple[str, int], ...]]:
    return (
        bool(sink.doubts),
        sink.open_count // OPEN_CALLS,
        len(sink.hops),
        tuple((h.function.path, h.at) for h in sink.hops),
    )
