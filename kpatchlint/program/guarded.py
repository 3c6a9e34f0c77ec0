# SPDX-License-Identifier: GPL-2.0-or-later
"""A call becomes whether some path reaches it without passing a test that could have turned it away."""

from collections.abc import Callable, Iterable

from kpatchlint.facts import ir
from kpatchlint.program.cfg import Graph, Node
from kpatchlint.program.flow import calls_in


def is_reached_untested(graph: Graph, at: int, is_test: Callable[[ir.Expr], bool]) -> bool:
    """Whether a path from the entry reaches the call at offset *at* and no test that decides about it.

    A branch decides when one of its sides cannot lead to the call any more. False for a call that is not in the graph.
    """
    targets = {number for number, node in enumerate(graph.nodes) if _has_call(node, at)}
    leading = _leading_to(graph, targets)
    seen: set[int] = set()
    work = [graph.entry]
    while work:
        number = work.pop()
        if number in seen:
            continue
        seen.add(number)
        if number in targets:
            return True
        node = graph.nodes[number]
        decides = node.kind == "branch" and not {node.next, node.other} <= leading
        if not (decides and node.expr is not None and is_test(node.expr)):
            work.extend(_following(node))
    return False


def _has_call(node: Node, at: int) -> bool:
    return node.expr is not None and any(call.at == at for call in calls_in(node.expr))


def _following(node: Node) -> Iterable[int]:
    return (n for n in (node.next, node.other, *node.ways) if n >= 0)


def _leading_to(graph: Graph, targets: set[int]) -> set[int]:
    """Nodes from which a target can be reached."""
    before: dict[int, list[int]] = {}
    for number, node in enumerate(graph.nodes):
        for following in _following(node):
            before.setdefault(following, []).append(number)
    found = set(targets)
    work = list(targets)
    while work:
        for number in before.get(work.pop(), ()):
            if number not in found:
                found.add(number)
                work.append(number)
    return found
