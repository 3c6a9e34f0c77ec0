# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape page-kept: a page is taken for the time of a function, and a way out does not give it back."""

from collections.abc import Iterator

import msgspec

from kpatchlint.facts import ir
from kpatchlint.facts.show import show
from kpatchlint.facts.traverse import assignments_in, calls_in, local_names
from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.boot import is_boot_only
from kpatchlint.program.cfg import words_of
from kpatchlint.program.code import Function
from kpatchlint.program.guarded import is_never_followed
from kpatchlint.program.statements import expressions_of, statements_of
from kpatchlint.rules.checks._place import Words, finding_at
from kpatchlint.rules.records import Rule


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of ``takes`` gives a page, which one of ``gives_back`` takes again; ``fix``.

    ``same`` give another address of what they are handed, ``uses`` only use it while they run.
    """

    takes: tuple[str, ...]
    gives_back: tuple[str, ...]
    same: tuple[str, ...]
    uses: tuple[str, ...]
    fix: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """One finding a page that nobody but the function ever had."""
    for function in scope.functions:
        if scope.is_cut_off(function) or not any(name.encode() in function.text for name in params.takes):
            continue
        for name, taken in _taken(function, params):
            if not _is_temporary(function, name, params) or is_boot_only(function, program.callers):
                continue
            if is_never_followed(program.walker.graph(function), taken.at, params.gives_back):
                yield _finding(scope, (rule, params), function, (name, taken))


def _taken(function: Function, params: Params) -> Iterator[tuple[str, ir.Call]]:
    """Local variables that get a page, with the call."""
    locals_ = local_names(function.body)
    for name, value in _made(function):
        while isinstance(value, ir.Cast):
            value = value.operand
        if name in locals_ and isinstance(value, ir.Call) and isinstance(value.callee, ir.Name):
            inner = next((c for c in calls_in(value) if _name(c) in params.takes), None)
            if inner is not None and _name(value) in (*params.takes, *params.same):
                yield name, inner


def _made(function: Function) -> Iterator[tuple[str, ir.Expr]]:
    for stmt in statements_of(function.body):
        if isinstance(stmt, ir.Declare) and stmt.init is not None:
            yield stmt.name, stmt.init
    for expr in expressions_of(function.body):
        for write in assignments_in(expr):
            if isinstance(write, ir.Assign) and write.op == "=" and isinstance(write.target, ir.Name):
                yield write.target.id, write.value


def _is_temporary(function: Function, name: str, params: Params) -> bool:
    """Whether all that happens to the page, under any of its addresses, is that it is used: nobody keeps it."""
    locals_ = local_names(function.body)
    addresses = {name}
    grew = True
    while grew:
        before = len(addresses)
        addresses |= {n for n, value in _made(function) if n in locals_ and _is_address(value, addresses, params)}
        grew = len(addresses) > before
    return not any(_is_kept(expr, addresses, params) for expr in _kept_in(function))


def _is_address(value: ir.Expr, addresses: set[str], params: Params) -> bool:
    """Whether an expression is the page under another address."""
    match value:
        case ir.Name(id=name):
            return name in addresses
        case ir.Cast(operand=operand):
            return _is_address(operand, addresses, params)
        case ir.Binary(op="+" | "-", left=left):
            return _is_address(left, addresses, params)
        case ir.Call(args=args):
            return _name(value) in params.same and any(_is_address(arg, addresses, params) for arg in args)
        case _:
            return False


def _kept_in(function: Function) -> Iterator[ir.Expr]:
    """Expressions that may hand a page on: calls, what is stored, what is returned."""
    for stmt in statements_of(function.body):
        match stmt:
            case ir.Return(value=value) if value is not None:
                yield ir.Assign(stmt.at, "=", ir.Opaque(stmt.at, "return"), value)
            case ir.Declare(init=ir.Initialiser() as init):
                yield init
            case _:
                pass
    yield from expressions_of(function.body)


def _is_kept(expr: ir.Expr, addresses: set[str], params: Params) -> bool:
    for call in calls_in(expr):
        names = {arg.id for arg in call.args if isinstance(arg, ir.Name)}
        hands = any(_is_address(arg, addresses, params) for arg in call.args) or bool(names & addresses)
        if hands and _name(call) not in (*params.same, *params.uses, *params.gives_back, *params.takes):
            return True
        if any(isinstance(a, ir.Unary) and a.op == "&" and words_of(show(a)) & addresses for a in call.args):
            return True
    for write in assignments_in(expr):
        if not isinstance(write, ir.Assign) or not words_of(show(write.value)) & addresses:
            continue  # whatever is made of it may be what somebody keeps
        if not isinstance(write.target, ir.Name) or write.target.id not in addresses:
            return True
    return isinstance(expr, ir.Initialiser) and bool(words_of(show(expr)) & addresses)


def _name(call: ir.Call) -> str:
    return call.callee.id if isinstance(call.callee, ir.Name) else ""


def _finding(scope: Scope, made: tuple[Rule, Params], function: Function, taken: tuple[str, ir.Call]) -> Finding:
    (rule, params), (name, call) = made, taken
    words = Words(
        f"`{function.name}()` takes a page with `{_name(call)}()` for its own use (`{name}`) and never gives it back",
        "nobody else has its address, and nothing after it frees it",
        params.fix,
    )
    return finding_at(scope, rule, function, call.at, words)
