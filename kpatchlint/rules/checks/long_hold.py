# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape long-hold: a lock that everybody needs is held over work that grows with what the caller asks for."""

import re
from collections.abc import Iterator
from dataclasses import replace

import msgspec

from kpatchlint.facts import ir
from kpatchlint.findings.records import Confidence, Finding, Severity
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import is_discarded
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.flow import Hold, Outcome, Site, State
from kpatchlint.program.range_work import RangeWork, Work
from kpatchlint.rules.checks._claims import said_to_be_under_lock
from kpatchlint.rules.checks._place import Words, finding_at, finding_on_line, step_at
from kpatchlint.rules.records import Rule

_TAKES_GLOBAL = re.compile(rb"lock\w*\s*\(\s*&\s*\w+|\b(?:guard|scoped_guard)\s*\(")


FOLLOWS_PATHS = True


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """While one of ``holds`` (holds.toml) is in force on a lock that is no object's own, ``works`` are called for each
    piece of a range. ``rests`` in the loop let others in. ``fix``.
    """

    holds: tuple[str, ...]
    works: tuple[str, ...]
    rests: tuple[str, ...]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a function and lock; and one where the author only says that it will be so."""
    ranges = RangeWork(program, frozenset(params.works), frozenset(params.rests))
    for function in scope.functions:
        if is_discarded(function) or not _TAKES_GLOBAL.search(function.text):
            continue
        hooks = _Hooks(program, function, ranges, params)
        program.walker.walk(function, State(), hooks)
        for hold, work in hooks.found.items():
            yield _finding(program, scope, (rule, params), function, (hold, work))
    yield from _claimed(scope, rule, params)


class _Hooks:
    """Collects the first long work under each lock."""

    def __init__(self, program: Program, function: Function, ranges: RangeWork, params: Params) -> None:
        self._program = program
        self._function = function
        self._ranges = ranges
        self._params = params
        self._locals = program.walker.locals(function)
        self.found: dict[Hold, Work] = {}
        self._seen: dict[tuple[int, int], Work | None] = {}

    def properties(self, state: State) -> frozenset[str]:
        """What the function's own holds say of the context."""
        return self._program.locks.properties(state.holds)

    def call(self, site: Site, state: State) -> list[Outcome]:
        """Ask for the work behind a call that is made with a lock held."""
        held = (h for h in state.holds if h.kind in self._params.holds and self._is_global(h.lock))
        for hold in held:
            key = (hold.at, site.call.at)
            if hold not in self.found and key not in self._seen:
                self._seen[key] = self._work(hold, site.call)
                if (work := self._seen[key]) is not None:
                    self.found[hold] = work
        return self._program.locks.after_call(self._function, site, state)

    def _work(self, hold: Hold, call: ir.Call) -> Work | None:
        if not isinstance(call.callee, ir.Name) or call.callee.id in self._program.lexicon.drops:
            return None
        own = self._ranges.in_loop(self._function, hold.at) if call.callee.id in self._params.works else None
        if own is not None and own.at == call.at:
            return own
        work = self._ranges.of_call(self._function, call)
        return None if work is None or self._lets_go(work, hold) else work

    def _lets_go(self, work: Work, hold: Hold) -> bool:
        """Whether a function on the way down handles the lock itself."""
        name = hold.lock.rpartition(".")[2].rpartition(">")[2]
        below = [function for function, _ in work.way[1:]]
        return any(re.search(rf"unlock\w*\s*\([^;]*\b{re.escape(name)}\b".encode(), f.text) for f in below)

    def _is_global(self, lock: str) -> bool:
        """Whether there is one such lock, not one for each object that a variable may point to."""
        return bool(lock) and not words_of(lock) & self._locals and "[" not in lock and "->" not in lock


def _finding(
    program: Program, scope: Scope, made: tuple[Rule, Params], function: Function, found: tuple[Hold, Work]
) -> Finding:
    (rule, params), (hold, work) = made, found
    says = program.lexicon.holds[hold.kind].says
    first = work.way[0][1] if work.way else work.at
    words = Words(
        f"`{work.function.name}()` calls `{work.name}()` for every piece of a range, while {says} (`{hold.lock}`) "
        f"in `{function.name}()`: nothing else runs here until the whole range is done, and others spin",
        f"called for every piece with `{hold.lock}` held",
        params.fix,
    )
    finding = finding_at(scope, rule, function, first, words)
    taken = step_at(function, hold.at, f"from here on {says}")
    steps = [step_at(f, at, "leads to a loop over the range") for f, at in work.way]
    last = step_at(work.function, work.at, "for every piece of the range")
    return replace(finding, chain=(taken, *steps, last))


def _claimed(scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """The author says that all of a function is to run under a lock, beside code that takes or drops that lock."""
    claim = said_to_be_under_lock(scope)
    if claim is None:
        return
    name, lock, sentence = claim
    for file in scope.files:
        lines = file.source.decode(errors="replace").split("\n")
        at = next(
            (n for n in sorted(file.lines) if re.search(rf"lock\w*\s*\(.*{re.escape(lock)}\b", lines[n - 1])), None
        )
        if at is not None:
            words = Words(
                f"the author wants all of `{name}()` under {lock}: everything that it does for a range would then be "
                "done with preemption off, and whoever needs the lock would spin until it is finished",
                "the lock that is meant",
                params.fix,
            )
            finding = finding_on_line(rule, file, at, "", words)
            yield replace(finding, severity=Severity.NOTE, confidence=Confidence.LOW, notes=(f'said: "{sentence}"',))
            return
