# SPDX-License-Identifier: GPL-2.0-or-later
"""Small trees in memory, as programs."""

from collections.abc import Mapping

from kpatchlint.dev.example import MemoryTree
from kpatchlint.facts.index import SmallIndex
from kpatchlint.facts.parse import parse_expression
from kpatchlint.program.code import Function
from kpatchlint.program.evaluate import Env
from kpatchlint.program.flow import Outcome, Site, State, Walk
from kpatchlint.program.program import Program
from kpatchlint.program.values import UNKNOWN, Value
from kpatchlint.rules.vocabulary import own_vocabulary

# Masks as 6.12 spells them: an enum of bits, and masks made of it.
ENUM_GFP = """
enum {
	___GFP_ATOMIC_BIT_X,
	___GFP_RECLAIM_BIT,
};
#define ___GFP_HIGH		BIT(___GFP_HIGH_BIT)
#define ___GFP_DIRECT_RECLAIM	BIT(___GFP_DIRECT_RECLAIM_BIT)
#define ___GFP_KSWAPD_RECLAIM	BIT(___GFP_KSWAPD_RECLAIM_BIT)
#define ___GFP_ZERO		BIT(___GFP_ZERO_BIT)
"""
# The same as 6.1 has it: numbers.
HEX_GFP = """
#define ___GFP_HIGH		0x20u
#define ___GFP_ZERO		0x100u
#define ___GFP_DIRECT_RECLAIM	0x400u
#define ___GFP_KSWAPD_RECLAIM	0x800u
"""
MASKS = """
#define __GFP_HIGH	((__force gfp_t)___GFP_HIGH)
#define __GFP_ZERO	((__force gfp_t)___GFP_ZERO)
#define __GFP_DIRECT_RECLAIM	((__force gfp_t)___GFP_DIRECT_RECLAIM) /* the caller can wait */
#define __GFP_KSWAPD_RECLAIM	((__force gfp_t)___GFP_KSWAPD_RECLAIM)
#define __GFP_RECLAIM ((__force gfp_t)(___GFP_DIRECT_RECLAIM|___GFP_KSWAPD_RECLAIM))
#define GFP_ATOMIC	(__GFP_HIGH|__GFP_KSWAPD_RECLAIM)
#define GFP_KERNEL	(__GFP_RECLAIM)
#define GFP_NOWAIT	(__GFP_KSWAPD_RECLAIM)
static inline bool gfpflags_allow_blocking(const gfp_t gfp_flags)
{
	return !!(gfp_flags & __GFP_DIRECT_RECLAIM);
}
"""
GFP = ENUM_GFP + MASKS


def build(files: Mapping[str, str], arch: str = "arm64") -> Program:
    """The program of a tree that is nowhere but here, with the gfp header of 6.12 in it."""
    tree = MemoryTree({path: text.encode() for path, text in {"include/linux/gfp_types.h": GFP, **files}.items()})
    return Program(tree, SmallIndex(tree, tree.listing()), {}, own_vocabulary(), arch)


def patched(program: Program, changed: Mapping[str, str | None], files: Mapping[str, str]) -> Program:
    """The program of *files* with some of them replaced; None: deleted."""
    tree = MemoryTree({path: text.encode() for path, text in {"include/linux/gfp_types.h": GFP, **files}.items()})
    overlay = {path: None if text is None else text.encode() for path, text in changed.items()}
    return Program(tree, SmallIndex(tree, tree.listing()), overlay, own_vocabulary(), program.sources.arch)


def function(program: Program, name: str, near: str = "mm/a.c") -> Function:
    """The one definition that *name* has, seen from *near*."""
    (found,) = program.resolver.functions(name, near)
    return found


def value_of(program: Program, text: str, near: str = "mm/a.c", **known: Value) -> Value:
    """What an expression is known to be, with some variables known."""
    env = Env(near, known, frozenset(known))
    return program.walker.evaluator.value(parse_expression(text.encode()), env)


class Recorder:
    """Walks along and notes what is held at each call of a name."""

    def __init__(self, program: Program, by: Function, name: str = "probe") -> None:
        self._program = program
        self._by = by
        self._name = name
        self.seen: list[State] = []

    def properties(self, state: State) -> frozenset[str]:
        return self._program.locks.properties(state.holds)

    def call(self, site: Site, state: State) -> list[Outcome]:
        if self._program.walker.callee_name(site) == self._name:
            self.seen.append(state)
            return [(state, UNKNOWN)]
        return self._program.locks.after_call(self._by, site, state)


def walk(program: Program, name: str, probe: str = "probe") -> tuple[Walk, list[State]]:
    """Follow every path of a function; where it ends, and the states at each call of *probe*."""
    by = function(program, name)
    recorder = Recorder(program, by, probe)
    return program.walker.walk(by, State(), recorder), recorder.seen


def held(states: list[State]) -> set[tuple[str, ...]]:
    """The locks of each state, by name (or kind, for what has no name)."""
    return {tuple(hold.lock or hold.kind for hold in state.holds) for state in states}
