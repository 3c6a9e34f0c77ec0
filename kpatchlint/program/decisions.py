# SPDX-License-Identifier: GPL-2.0-or-later
"""A place in a graph becomes the decisions that lead there: which conditions must have gone which way."""

from dataclasses import dataclass

from kpatchlint.facts import ir
from kpatchlint.program.cfg import Graph, Node


@dataclass(frozen=True, slots=True)
class Decision:
    """A leaf condition (no ``&&``, ``||``, ``!`` left in it) and which way it must go."""

    cond: ir.Expr
    taken: bool


def decisions_before(graph: Graph, node: Node) -> tuple[Decision, ...]:
    """Every branch of which only one side leads to *node*: control dependence, asked for one node."""
    target = next(i for i, n in enumerate(graph.nodes) if n is node)
    found = []
    for number, branch in enumerate(graph.nodes):
        if branch.kind != "branch" or branch.expr is None or branch.next == branch.other:
            continue
        sides = [_reaches(graph, target, number, keep) for keep in (branch.next, branch.other)]
        if sides == [True, False]:
            found.append(Decision(branch.expr, True))
        elif sides == [False, True]:
            found.append(Decision(branch.expr, False))
    return tuple(found)


def _reaches(graph: Graph, target: int, branch: int, kept: int) -> bool:
    """Whether *target* can be reached from the entry when *branch* only ever goes to *kept*."""
    seen = {graph.entry}
    work = [graph.entry]
    while work:
        at = work.pop()
        if at == target:
            return True
        node = graph.nodes[at]
        ways = (kept,) if at == branch else (node.next, node.other, *node.ways)
        for way in ways:
            if way >= 0 and way not in seen:
                seen.add(way)
                work.append(way)
    return False
