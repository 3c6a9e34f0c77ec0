# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape raw-allocation: memory is taken or given back where even a kernel with PREEMPT_RT must not sleep."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from kpatchlint.facts import ir
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.callers import Entry, calls_of
from kpatchlint.program.code import Function
from kpatchlint.program.contexts import entries
from kpatchlint.program.evaluate import Env
from kpatchlint.program.flow import Hold, Outcome, Site, State
from kpatchlint.program.reached import Reached, reached
from kpatchlint.program.values import Bits
from kpatchlint.program.vocabulary import Sleeper
from kpatchlint.rules.checks import _paths
from kpatchlint.rules.checks._place import Words, finding_at, step_at
from kpatchlint.rules.records import Rule

_CONDITIONS = ("CONFIG_PREEMPT_RT",)
_DEEP = 3  # calls from the entry; operations in tables are one of them


FOLLOWS_PATHS = True


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What allocates is in the vocabulary (sleeps.toml, by mask); ``frees`` give back.

    Neither is fine in one of ``contexts`` (contexts.toml), nor between one of ``takes`` and what drops it. A mask that
    may sleep, or that is not known, is for the rules about sleeping. ``fix``.
    """

    contexts: tuple[str, ...]
    takes: tuple[str, ...]
    frees: tuple[str, ...]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a call."""
    told: set[tuple[Function, int]] = set()
    for function in scope.functions:
        for call, hold in _held(program, function, params):
            told.add((function, call.at))
            yield _under_lock(program, scope, (rule, params), function, (call, hold))
    for context in params.contexts:
        for entry in entries(program, scope, context):
            for found in reached(program, entry.function, _DEEP, through_fields=True):
                on_path = (entry.by, *(f for f, _ in found.way), found.function)
                is_inside = any(_is_memory(program, f.name, params) for f in on_path)  # the allocator's own code
                if is_inside or not (scope.whole or scope.touches(on_path)):
                    continue
                for call in _memory_calls(program, found.function, params):
                    if (found.function, call.at) not in told:
                        told.add((found.function, call.at))
                        yield _below_entry(scope, (rule, params), entry, found, call)


def _memory_calls(program: Program, function: Function, params: Params) -> Iterator[ir.Call]:
    for call in calls_of(function.body):
        if isinstance(call.callee, ir.Name) and _is_memory(program, call.callee.id, params):
            known = program.lexicon.sleepers.get(call.callee.id)
            if call.callee.id in params.frees or (known is not None and _is_atomic(program, function, call, known)):
                yield call


def _is_atomic(program: Program, function: Function, call: ir.Call, known: Sleeper) -> bool:
    """Whether the mask, as it is spelled at the call, keeps the allocator from sleeping on other kernels."""
    if known.argument >= len(call.args):
        return False
    env = Env(function.path, locals=program.walker.locals(function))
    mask = program.walker.evaluator.value(call.args[known.argument], env)
    return isinstance(mask, Bits) and mask.bit(program.lexicon.gfp.sleep_bit) == 0


def _is_memory(program: Program, name: str, params: Params) -> bool:
    return name in params.frees or name in program.lexicon.allocators


def _held(program: Program, function: Function, params: Params) -> Iterator[tuple[ir.Call, Hold]]:
    """Calls that every path makes with something held that does not sleep on any kernel."""
    if not any(name.encode() in function.text for name in params.takes):
        return
    wanted = {call.at for call in _memory_calls(program, function, params)}
    if not wanted:
        return
    hooks = _Hooks(program, function, params)
    program.walker.walk(function, State(), hooks)
    for at, (call, hold) in hooks.found.items():
        if at in wanted and at not in hooks.free:
            yield call, hold


class _Hooks:
    """Collects the calls of interest under what ``takes`` took, and those that some path makes without."""

    def __init__(self, program: Program, function: Function, params: Params) -> None:
        self._program = program
        self._function = function
        self._params = params
        self._taken: set[int] = set()
        self.found: dict[int, tuple[ir.Call, Hold]] = {}
        self.free: set[int] = set()

    def properties(self, state: State) -> frozenset[str]:
        """What the function's own holds say of the context."""
        return self._program.locks.properties(state.holds)

    def call(self, site: Site, state: State) -> list[Outcome]:
        """Note the call, then let the locks change the state."""
        name = self._program.walker.callee_name(site)
        if name in self._params.takes:
            self._taken.add(site.call.at)
        elif name and _is_memory(self._program, name, self._params):
            hold = next((h for h in reversed(state.holds) if h.at in self._taken), None)
            if hold is None:
                self.free.add(site.call.at)
            else:
                self.found.setdefault(site.call.at, (site.call, hold))
        return self._program.locks.after_call(self._function, site, state)


def _under_lock(
    program: Program, scope: Scope, made: tuple[Rule, Params], function: Function, at: tuple[ir.Call, Hold]
) -> Finding:
    (rule, params), (call, hold) = made, at
    says = program.lexicon.holds[hold.kind].says
    finding = finding_at(scope, rule, function, call.at, _words(call, f"while {says}", params))
    first = step_at(function, hold.at, f"from here on {says}")
    return replace(finding, chain=(first, *finding.chain), conditions=_CONDITIONS)


def _below_entry(scope: Scope, made: tuple[Rule, Params], entry: Entry, found: Reached, call: ir.Call) -> Finding:
    rule, params = made
    runs = f"in `{entry.function.name}()`, which {entry.context.says.partition(',')[0]}"
    finding = finding_at(scope, rule, found.function, call.at, _words(call, runs, params))
    steps = (step_at(f, at, "leads on") for f, at in found.way)
    chain = (_paths.entry_step(entry), *steps, *finding.chain)
    return replace(finding, chain=chain, conditions=_CONDITIONS)


def _words(call: ir.Call, where: str, params: Params) -> Words:
    name = call.callee.id if isinstance(call.callee, ir.Name) else ""
    message = (
        f"`{name}()` takes locks of the allocator whatever the mask, {where}: on a kernel with PREEMPT_RT these sleep"
    )
    return Words(message, "takes a spinlock_t of the allocator", params.fix)
