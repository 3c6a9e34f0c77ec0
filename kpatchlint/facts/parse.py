# SPDX-License-Identifier: GPL-2.0-or-later
"""The text of one function or macro becomes the records of ``ir``, by tree-sitter-c on the pre-passed text."""

import functools
import re

import tree_sitter
import tree_sitter_c

from kpatchlint.facts import expressions, ir
from kpatchlint.facts.expressions import Context
from kpatchlint.facts.prepass import blank_comments, prepare
from kpatchlint.facts.spans import FunctionSpan
from kpatchlint.facts.statements import convert_block

_WRAP = b"void f(){"  # what a macro body is parsed inside of
_PARAM_NAME = re.compile(r"([A-Za-z_]\w*)\s*(?:\[[^\]]*\]\s*)*$")
_FUNCTION_PARAM = re.compile(r"\(\s*\*+\s*(?:const\s+)?([A-Za-z_]\w*)\s*(?:\[\s*\]\s*)?\)\s*\(")
_LONGEST_BODY = 400_000  # bytes; a longer body is data in disguise and becomes one gap


@functools.cache
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_c.language()))


def parse_function(source: bytes, span: FunctionSpan) -> ir.Body:
    """Parse one function out of its file. Offsets in the result count from ``span.start``."""
    start = span.start
    inside = FunctionSpan(span.name, 0, (span.params[0] - start, span.params[1] - start), span.body - start, 0)
    return _parse_text(source[start : span.end], inside)


@functools.lru_cache(maxsize=1024)
def _parse_text(text: bytes, span: FunctionSpan) -> ir.Body:
    """Parse a function's own text; most functions are the same before and after a patch, and are parsed once."""
    params = parse_params(blank_comments(text[span.params[0] : span.params[1]]).decode(errors="replace"))
    head = blank_comments(text[: span.params[0]]).decode(errors="replace")
    name = head.rfind(span.name)
    specifiers = " ".join(head[: name if name >= 0 else len(head)].split())
    attributes = " ".join(text[span.params[1] + 1 : span.body].decode(errors="replace").split())
    body, gaps = _statements(text[span.body :], span.body)
    return ir.Body(span.name, params, specifiers, attributes, body, gaps)


def parse_macro(name: str, params: tuple[str, ...], text: bytes) -> ir.Body:
    """Parse a function-like macro's body as statements. Offsets count from the body's first byte."""
    body, gaps = _statements(b"{" + text.rstrip().rstrip(b";") + b";}", -1)
    return ir.Body(name, tuple(ir.Param(p, "") for p in params), "", "", body, gaps)


@functools.lru_cache(maxsize=4096)
def parse_expression(text: bytes) -> ir.Expr:
    """Parse one expression, e.g. an object-like macro's body. ``Opaque`` when it is not one."""
    body, gaps = _statements(b"{(" + text + b");}", -2)
    match body:
        case (ir.Do(expr=expr),) if not gaps:
            return expr
        case _:
            return ir.Opaque(0, text.decode(errors="replace"))


def _statements(text: bytes, offset: int) -> tuple[tuple[ir.Stmt, ...], int]:
    """Statements of a braced block; *offset* is added to every place."""
    if len(text) > _LONGEST_BODY:
        return (ir.Gap(max(offset, 0), "body too long"),), 1
    made = prepare(text)
    tree = _parser().parse(_WRAP[:-1] + made.text)
    context = Context(made, text, len(_WRAP) - 1, offset)
    for child in tree.root_node.children:
        block = child.child_by_field_name("body") if child.type == "function_definition" else None
        if block is not None:
            stmts = convert_block(block, context)
            return stmts, max(context.gaps, _count_errors(block))
    return (ir.Gap(max(offset, 0), expressions.one_line(text.decode(errors="replace"))),), 1


def _count_errors(node: tree_sitter.Node) -> int:
    """Places where the grammar had to skip or to invent something, whether the conversion came across them or not."""
    if not node.has_error:
        return 0
    return int(node.is_error or node.is_missing) + sum(_count_errors(child) for child in node.children)


def parse_params(text: str) -> tuple[ir.Param, ...]:
    """Split a parameter list at its top-level commas; ``void`` and ``...`` are no parameters."""
    parts, depth, last = [], 0, 0
    for at, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[last:at])
            last = at + 1
    parts.append(text[last:])
    return tuple(_param(" ".join(p.split())) for p in parts if p.strip() and p.strip() not in ("void", "..."))


def _param(text: str) -> ir.Param:
    function = _FUNCTION_PARAM.search(text)
    if function:
        return ir.Param(function.group(1), text, True)
    name = _PARAM_NAME.search(text)
    if not name or name.start() == 0:
        return ir.Param("", text)
    return ir.Param(name.group(1), text[: name.start()].strip())
