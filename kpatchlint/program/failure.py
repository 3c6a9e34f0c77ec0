# SPDX-License-Identifier: GPL-2.0-or-later
"""A call that has failed becomes what the path does afterwards: what it leaves undone, what it uses all the same."""

from collections.abc import Collection, Iterator

from kpatchlint.facts import ir
from kpatchlint.facts.traverse import calls_in
from kpatchlint.program.cfg import Graph, Node, words_of
from kpatchlint.program.code import Function
from kpatchlint.program.flow import condition_text
from kpatchlint.program.program import Program
from kpatchlint.program.spots import functions_naming
from kpatchlint.program.statements import expressions_of, statements_of

_DEEP = 3  # calls above a name that is asked about
_FILES = 40  # that mention it


def kept_results(function: Function) -> Iterator[tuple[ir.Call, str]]:
    """Calls whose result a variable gets, with its name."""
    for stmt in statements_of(function.body):
        if isinstance(stmt, ir.Declare) and isinstance(stmt.init, ir.Call):
            yield stmt.init, stmt.name
    for expr in expressions_of(function.body):
        match expr:
            case ir.Assign(op="=", target=ir.Name(id=name), value=ir.Call() as call):
                yield call, name
            case _:
                pass


def fails_without(graph: Graph, at: int, result: str, names: Collection[str]) -> bool:
    """Whether a path on which the call at *at* gave a nonzero *result* ends with no call of one of *names* after it."""
    work, seen = _after(graph, at), set[int]()
    while work:
        number = work.pop()
        node = graph.nodes[number]
        if number in seen or _calls_one_of(node, names):
            continue
        seen.add(number)
        if node.kind == "exit":
            return True
        work.extend(_on_failure(node, result))
    return False


def used_untested(graph: Graph, at: int, result: str, use: int) -> bool:
    """Whether a path leads from the call at *at* to the one at *use* with no test of *result* in between."""
    work, seen = _after(graph, at), set[int]()
    while work:
        number = work.pop()
        node = graph.nodes[number]
        if number in seen:
            continue
        seen.add(number)
        if _has_call(node, use):
            return True
        is_test = node.kind == "branch" and node.expr is not None and result in words_of(condition_text(node.expr)[0])
        if not is_test:
            work.extend(_following(node))
    return False


def names_leading_to(program: Program, names: Collection[str]) -> frozenset[str]:
    """The *names*, and those of functions that call or hand on such a one, some calls up."""
    found = set(names)
    work = {function for name in names for function in _naming(program, name)}
    for depth in range(_DEEP):
        work = {function for function in work if function.name not in found}
        found |= {function.name for function in work}
        if depth < _DEEP - 1:
            work = {user for function in work for user in program.callers.users(function)}
    return frozenset(found)


def _naming(program: Program, name: str) -> Iterator[Function]:
    for path in program.sources.mentioning(name)[:_FILES]:
        yield from functions_naming(path, program.sources.read(path) or b"", name)


def _on_failure(node: Node, result: str) -> Iterator[int]:
    """Where a node leads when *result* is an error; every way when it does not ask for that."""
    if node.kind == "branch" and node.expr is not None:
        text, positive = condition_text(node.expr)
        match node.expr:
            case ir.Binary(op="<", left=ir.Name(id=name), right=ir.Number(value=0)) if name == result:
                yield node.next
                return
            case _ if text == result:
                yield node.next if positive else node.other
                return
    yield from _following(node)


def _after(graph: Graph, at: int) -> list[int]:
    return [n for node in graph.nodes if _has_call(node, at) for n in _following(node)]


def _following(node: Node) -> Iterator[int]:
    return (n for n in (node.next, node.other, *node.ways) if n >= 0)


def _has_call(node: Node, at: int) -> bool:
    return node.expr is not None and any(call.at == at for call in calls_in(node.expr))


def _calls_one_of(node: Node, names: Collection[str]) -> bool:
    if node.expr is None:
        return False
    return any(isinstance(c.callee, ir.Name) and c.callee.id in names for c in calls_in(node.expr))
