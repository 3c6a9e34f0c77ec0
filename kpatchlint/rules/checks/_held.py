# SPDX-License-Identifier: GPL-2.0-or-later
"""A scope becomes the sleeps under a hold that run through it; the rules about holds and contexts share them."""

from collections.abc import Iterator
from dataclasses import replace

from kpatchlint.program import Program, Scope
from kpatchlint.program.contexts import holders, settled
from kpatchlint.program.holds import HeldSleep, held_sleeps
from kpatchlint.rules.checks import _paths


def sleeps(program: Program, scope: Scope) -> tuple[HeldSleep, ...]:
    """Every sleep under any hold on a path through changed code, as far as the change is not settled before."""
    return program.once("held sleeps", scope, lambda: tuple(_find(program, scope)))


def _find(program: Program, scope: Scope) -> Iterator[HeldSleep]:
    done = settled(program, scope)
    for function, wanted in holders(program, scope):
        if done.is_all:
            return
        for held in held_sleeps(function, program.sleeps, program.locks, wanted):
            hops = (*held.lead, *held.sink.hops)
            in_scope = scope.whole or scope.touches(h.function for h in hops)
            if in_scope and _paths.is_possible(held.sink):
                sink = _paths.with_witness(program, scope, held.sink)
                if held.always and _paths.is_proven(sink):
                    done.note(hops)
                yield replace(held, sink=sink)
