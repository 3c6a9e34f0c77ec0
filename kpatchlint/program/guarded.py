# SPDX-License-Identifier: GPL-2.0-or-later
"""A call becomes whether some path reaches it without passing a test that could have turned it away."""

from collections.abc import Callable, Iterable

from kpatchlint.facts import ir
from kpatchlint.facts.traverse import calls_in
from kpatchlint.program.cfg import Graph, Node


def is_reached_untested(graph: Graph, at: int, is_test: Callable[[ir.Expr], bool]) -> bool:
    """Whether a path from the entry reaches the call at offset *at* and no test that decides about it.

    A test decides when one of its sides leads to the call no more, at least not before it is asked again. False for a
    call that is not in the graph.
    """
    targets = {number for number, node in enumerate(graph.nodes) if _has_call(node, at)}
    tests = {n for n, node in enumerate(graph.nodes) if node.kind == "branch" and node.expr and is_test(node.expr)}
    decisive = {n for n in tests if _decides(graph, n, targets)}
    return bool(targets & _reachable(graph, graph.entry, decisive))


def _decides(graph: Graph, branch: int, targets: set[int]) -> bool:
    """Whether one side leads to no target, but by asking again in a loop's next round."""
    node = graph.nodes[branch]
    return any(not targets & _reachable(graph, side, {branch}) for side in (node.next, node.other))


def _reachable(graph: Graph, start: int, without: set[int]) -> set[int]:
    """Nodes that can be reached from *start* through none of *without*."""
    seen: set[int] = set()
    work = [start]
    while work:
        number = work.pop()
        if number not in seen and number not in without:
            seen.add(number)
            work.extend(_following(graph.nodes[number]))
    return seen


def has_lone_cycle(graph: Graph, nodes: Iterable[int], others: Iterable[int]) -> bool:
    """Whether a loop runs through one of *nodes* and cannot run through any of *others*."""
    back: dict[int, list[int]] = {}
    for number, node in enumerate(graph.nodes):
        for following in _following(node):
            back.setdefault(following, []).append(number)
    for number in nodes:
        round_trip = _closure(number, lambda n: _following(graph.nodes[n])) & _closure(
            number, lambda n: back.get(n, ())
        )
        if number in round_trip and round_trip.isdisjoint(others):
            return True
    return False


def _closure(number: int, ways: Callable[[int], Iterable[int]]) -> set[int]:
    """What can be reached from a node in one step or more."""
    seen: set[int] = set()
    work = list(ways(number))
    while work:
        at = work.pop()
        if at not in seen:
            seen.add(at)
            work.extend(ways(at))
    return seen


def calls_at(node: Node, places: Iterable[int]) -> bool:
    """Whether a node calls something at one of these offsets."""
    return any(_has_call(node, at) for at in places)


def _has_call(node: Node, at: int) -> bool:
    return node.expr is not None and any(call.at == at for call in calls_in(node.expr))


def _following(node: Node) -> Iterable[int]:
    return (n for n in (node.next, node.other, *node.ways) if n >= 0)


def is_reached_without(graph: Graph, at: int, names: Iterable[str]) -> bool:
    """Whether a path from the entry reaches the call at offset *at* and no call of one of *names* before it."""
    targets = {number for number, node in enumerate(graph.nodes) if _has_call(node, at)}
    stops = {number for number, node in enumerate(graph.nodes) if _calls_one_of(node, names)}
    return bool(targets & _reachable(graph, graph.entry, stops))


def comes_too_late(graph: Graph, at: int, end: Iterable[str], wanted: Iterable[str]) -> bool:
    """Whether, after the call at offset *at*, one of *wanted* is called behind one of *end* only, never before it."""
    ends = {number for number, node in enumerate(graph.nodes) if _calls_one_of(node, end)}
    asked = {number for number, node in enumerate(graph.nodes) if _calls_one_of(node, wanted)}
    starts = [number for number, node in enumerate(graph.nodes) if _has_call(node, at)]
    inside, outside = set(starts), set[int]()
    for number in (n for start in starts for n in _following(graph.nodes[start])):
        inside |= _reachable(graph, number, ends)
    for number in (n for e in ends for n in _following(graph.nodes[e]) if inside & _before(graph, e)):
        outside |= _reachable(graph, number, set(starts))
    return bool(asked & outside) and not asked & inside


def _before(graph: Graph, number: int) -> set[int]:
    return {n for n, node in enumerate(graph.nodes) if number in _following(node)}


def is_left_without(graph: Graph, at: int, names: Iterable[str]) -> bool:
    """Whether some path from the call at offset *at* to the function's end has no call of one of *names* on it."""
    stops = {number for number, node in enumerate(graph.nodes) if _calls_one_of(node, names)}
    starts = [number for number, node in enumerate(graph.nodes) if _has_call(node, at)]
    ends = {number for number, node in enumerate(graph.nodes) if node.kind == "exit"}
    following = {n for start in starts for n in _following(graph.nodes[start])}
    return any(ends & _reachable(graph, number, stops) for number in following)


def is_never_followed(graph: Graph, at: int, names: Iterable[str]) -> bool:
    """Whether no path at all from the call at offset *at* has a call of one of *names* on it."""
    wanted = {number for number, node in enumerate(graph.nodes) if _calls_one_of(node, names)}
    starts = [number for number, node in enumerate(graph.nodes) if _has_call(node, at)]
    following = {n for start in starts for n in _following(graph.nodes[start])}
    return bool(starts) and not any(wanted & _reachable(graph, number, set()) for number in following)


def _calls_one_of(node: Node, names: Iterable[str]) -> bool:
    if node.expr is None:
        return False
    return any(isinstance(c.callee, ir.Name) and c.callee.id in names for c in calls_in(node.expr))
