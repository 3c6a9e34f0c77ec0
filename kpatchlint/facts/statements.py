# SPDX-License-Identifier: GPL-2.0-or-later
"""Statement nodes of tree-sitter-c become ``ir`` statements."""

from collections.abc import Iterator

import tree_sitter

from kpatchlint.facts import ir
from kpatchlint.facts.expressions import Context, convert

TsNode = tree_sitter.Node


def convert_block(node: TsNode, c: Context) -> tuple[ir.Stmt, ...]:
    """The statements of a compound statement (or of a preprocessor branch)."""
    return tuple(s for child in node.named_children for s in convert_statement(child, c))


def convert_statement(node: TsNode, c: Context) -> Iterator[ir.Stmt]:
    """One node gives one statement; a declaration one a declarator; a label its own and the one behind it."""
    at = c.place(node)
    match node.type:
        case "comment":
            return
        case "expression_statement":
            for child in node.named_children:
                if child.type != "comment":
                    yield ir.Do(at, convert(child, c))
        case "declaration":
            yield from _declarations(node, c)
        case "compound_statement":
            yield ir.Block(at, convert_block(node, c))
        case "if_statement":
            other = node.child_by_field_name("alternative")
            yield ir.If(at, _condition(node, c), _branch(node, "consequence", c), _else(other, c))
        case "return_statement":
            value = next((x for x in node.named_children if x.type != "comment"), None)
            yield ir.Return(at, convert(value, c) if value is not None else None)
        case "goto_statement":
            label = node.child_by_field_name("label")
            yield ir.Goto(at, c.text(label) if label is not None else "")
        case "labeled_statement":
            yield from _labeled(node, c)
        case "break_statement":
            yield ir.Break(at)
        case "continue_statement":
            yield ir.Continue(at)
        case _:
            yield from _rarer(node, c)


def _rarer(node: TsNode, c: Context) -> Iterator[ir.Stmt]:
    at = c.place(node)
    match node.type:
        case "while_statement":
            yield _while(node, c)
        case "do_statement":
            yield ir.Loop(at, "do", _branch(node, "body", c), cond=_condition(node, c))
        case "for_statement":
            yield _for(node, c)
        case "switch_statement":
            yield ir.Switch(at, _condition(node, c), _branch(node, "body", c))
        case "case_statement":
            yield from _case(node, c)
        case "preproc_ifdef" | "preproc_if":
            yield _config(node, c)
        case "attributed_statement":  # fallthrough
            for child in node.named_children:
                if not child.type.startswith("attribute"):
                    yield from convert_statement(child, c)
        case "preproc_def" | "preproc_call" | "preproc_function_def" | "type_definition" | "struct_specifier":
            return
        case "enum_specifier" | "union_specifier" | "function_definition":
            return
        case _:
            c.gaps += 1
            yield ir.Gap(at, c.text(node))


def _declarations(node: TsNode, c: Context) -> Iterator[ir.Stmt]:
    type_node = node.child_by_field_name("type")
    type_text = c.text(type_node) if type_node is not None else ""
    at = node.start_byte - c.shift
    cleanup = next((x for o, x in c.made.cleanups.items() if at <= o < node.end_byte - c.shift), None)
    for child in node.children_by_field_name("declarator"):
        init: ir.Expr | None = None
        declarator = child
        if child.type == "init_declarator":
            value = child.child_by_field_name("value")
            init = convert(value, c) if value is not None else None
            inner = child.child_by_field_name("declarator")
            declarator = inner if inner is not None else child
        stars, name = _declared(declarator, c)
        yield ir.Declare(c.place(child), type_text + stars, name, init, cleanup)


def _declared(node: TsNode, c: Context) -> tuple[str, str]:
    """Stars (and brackets) that belong to the type, and the declared name."""
    stars = ""
    while True:
        if node.type == "pointer_declarator":
            stars += "*" if stars else " *"
        elif node.type == "array_declarator":
            stars += "[]"
        inner = node.child_by_field_name("declarator")
        if inner is None:
            inner = next((x for x in node.named_children if x.type.endswith("declarator")), None)
        if inner is None:
            break
        node = inner
    return stars, c.text(node)


def _condition(node: TsNode, c: Context) -> ir.Expr:
    child = node.child_by_field_name("condition")
    return convert(child, c) if child is not None else ir.Opaque(c.place(node), "")


def _branch(node: TsNode, field: str, c: Context) -> tuple[ir.Stmt, ...]:
    child = node.child_by_field_name(field)
    if child is None:
        return ()
    return convert_block(child, c) if child.type == "compound_statement" else tuple(convert_statement(child, c))


def _else(node: TsNode | None, c: Context) -> tuple[ir.Stmt, ...]:
    if node is None:
        return ()
    return tuple(
        s
        for child in node.named_children
        for s in (convert_block(child, c) if child.type == "compound_statement" else convert_statement(child, c))
    )


def _labeled(node: TsNode, c: Context) -> Iterator[ir.Stmt]:
    label = node.child_by_field_name("label")
    yield ir.Label(c.place(node), c.text(label) if label is not None else "")
    for child in node.named_children:
        if label is None or child.start_byte != label.start_byte:
            yield from convert_statement(child, c)


def _arguments(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    """An iterator's arguments stand in the ``while`` condition, joined by commas."""
    if isinstance(expr, ir.Binary) and expr.op == ",":
        return (*_arguments(expr.left), *_arguments(expr.right))
    return (expr,)


def _while(node: TsNode, c: Context) -> ir.Stmt:
    at, body, cond = c.place(node), _branch(node, "body", c), _condition(node, c)
    offset = node.start_byte - c.shift
    if offset in c.made.iterators:
        return ir.Loop(at, c.made.iterators[offset], body, args=_arguments(cond))
    if offset in c.made.scoped:
        args = _arguments(cond)
        name = args[0].id if args and isinstance(args[0], ir.Name) else ""
        rest = args[2:] if c.made.scoped[offset] == "scoped_cond_guard" else args[1:]
        return ir.Scoped(at, name, rest, body)
    return ir.Loop(at, "while", body, cond=cond)


def _for(node: TsNode, c: Context) -> ir.Stmt:
    first = node.child_by_field_name("initializer")
    init: tuple[ir.Stmt, ...] = ()
    if first is not None:
        is_declaration = first.type == "declaration"
        init = tuple(_declarations(first, c)) if is_declaration else (ir.Do(c.place(first), convert(first, c)),)
    cond = node.child_by_field_name("condition")
    step = node.child_by_field_name("update")
    return ir.Loop(
        c.place(node),
        "for",
        _branch(node, "body", c),
        init=init,
        cond=convert(cond, c) if cond is not None else None,
        step=convert(step, c) if step is not None else None,
    )


def _case(node: TsNode, c: Context) -> Iterator[ir.Stmt]:
    value = node.child_by_field_name("value")
    yield ir.Case(c.place(node), convert(value, c) if value is not None else None)
    for child in node.named_children:
        if value is None or child.start_byte != value.start_byte:
            yield from convert_statement(child, c)


def _config(node: TsNode, c: Context) -> ir.Stmt:
    """``#ifdef X``/``#ifndef X``/``#if cond`` with whole statements in its branches."""
    name, condition = node.child_by_field_name("name"), node.child_by_field_name("condition")
    alternative = node.child_by_field_name("alternative")
    if name is not None:
        is_negative = node.children[0].type == "#ifndef"
        text = f"{'!' if is_negative else ''}defined({c.text(name)})"
    else:
        text = c.text(condition) if condition is not None else ""
    skip = {x.start_byte for x in (name, condition, alternative) if x is not None}
    then = tuple(s for x in node.named_children if x.start_byte not in skip for s in convert_statement(x, c))
    other = convert_block(alternative, c) if alternative is not None else ()
    return ir.ConfigIf(c.place(node), text, then, other)
