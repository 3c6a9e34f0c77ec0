# SPDX-License-Identifier: GPL-2.0-or-later
"""Expression nodes of tree-sitter-c become ``ir`` expressions."""

import re
from dataclasses import dataclass

import tree_sitter

from kpatchlint.facts import ir
from kpatchlint.facts.prepass import Prepared

TsNode = tree_sitter.Node


@dataclass(slots=True)
class Context:
    """What converting one body needs: the pre-passed text, the original, and where they begin."""

    made: Prepared
    source: bytes
    shift: int  # bytes of wrapper before the text in what was parsed
    offset: int  # added to places in the text
    gaps: int = 0

    def place(self, node: TsNode) -> int:
        return max(0, node.start_byte - self.shift + self.offset)

    def text(self, node: TsNode) -> str:
        """The original text of a node, on one line."""
        start = node.start_byte - self.shift
        return one_line(self.source[max(0, start) : node.end_byte - self.shift].decode(errors="replace"))


def one_line(text: str) -> str:
    """*text* with every run of white space as one space."""
    return " ".join(text.split())


def convert(node: TsNode, c: Context) -> ir.Expr:
    """One expression. What has no record of its own becomes ``Opaque`` with its text."""
    match node.type:
        case "identifier" | "field_identifier" | "type_identifier" | "null" | "true" | "false" | "primitive_type":
            return ir.Name(c.place(node), c.text(node)) if c.text(node) else ir.Opaque(c.place(node), "")
        case "number_literal":
            return _number(node, c)
        case "string_literal" | "concatenated_string" | "char_literal":
            return ir.Text(c.place(node))
        case "parenthesized_expression":
            return _inner(node, c)
        case "call_expression":
            return _call(node, c)
        case "field_expression":
            return _member(node, c)
        case "pointer_expression" | "unary_expression":
            return ir.Unary(c.place(node), _operator(node, c), _child(node, "argument", c))
        case "update_expression":
            return ir.Step(c.place(node), _operator(node, c), _child(node, "argument", c))
        case "binary_expression":
            op = _operator(node, c)
            return ir.Binary(c.place(node), op, _child(node, "left", c), _child(node, "right", c))
        case "assignment_expression":
            op = _operator(node, c)
            return ir.Assign(c.place(node), op, _child(node, "left", c), _child(node, "right", c))
        case "comma_expression":
            return ir.Binary(c.place(node), ",", _child(node, "left", c), _child(node, "right", c))
        case "conditional_expression":
            return _ternary(node, c)
        case _:
            return _rarer(node, c)


def _rarer(node: TsNode, c: Context) -> ir.Expr:
    match node.type:
        case "cast_expression":
            return ir.Cast(c.place(node), _field_text(node, "type", c), _child(node, "value", c))
        case "subscript_expression":
            return ir.Index(c.place(node), _child(node, "argument", c), _child(node, "index", c))
        case "sizeof_expression" | "alignof_expression":
            return ir.SizeOf(c.place(node), _operand_text(node, c))
        case "initializer_list":
            return ir.Initialiser(c.place(node), "", _fields(node, c))
        case "compound_literal_expression":
            value = node.child_by_field_name("value")
            fields = _fields(value, c) if value is not None else ()
            return ir.Initialiser(c.place(node), _field_text(node, "type", c), fields)
        case "ERROR":
            c.gaps += 1
            return ir.Opaque(c.place(node), c.text(node))
        case _:
            return ir.Opaque(c.place(node), c.text(node))


def _inner(node: TsNode, c: Context) -> ir.Expr:
    for child in node.named_children:
        if child.type == "compound_statement":
            from kpatchlint.facts.statements import convert_block  # the two halves of C refer to each other

            return ir.BlockExpr(c.place(node), convert_block(child, c))
        if child.type != "comment":
            return convert(child, c)
    return ir.Opaque(c.place(node), c.text(node))


# What a parenthesised name before a parenthesis must look like to be a cast: ``(gfp_t)(a | b)``.
_TYPE_NAME = re.compile(r"\(\s*(?:\w+_t|[us](?:8|16|32|64)|__[bl]e(?:16|32|64)|bool)\s*\)")


def _call(node: TsNode, c: Context) -> ir.Expr:
    callee = node.child_by_field_name("function")
    arguments = node.child_by_field_name("arguments")
    if callee is not None and arguments is not None and callee.type == "parenthesized_expression":
        text = c.made.text[callee.start_byte - c.shift : callee.end_byte - c.shift].decode(errors="replace")
        if _TYPE_NAME.fullmatch(text) and len(arguments.named_children) == 1:
            return ir.Cast(c.place(node), text[1:-1].strip(), convert(arguments.named_children[0], c))
    args: list[ir.Expr] = []
    if arguments is not None:
        for child in arguments.named_children:
            if child.type == "compound_statement":
                from kpatchlint.facts.statements import convert_block

                args.append(ir.BlockExpr(c.place(child), convert_block(child, c)))
            elif child.type != "comment":
                args.append(convert(child, c))
    end = node.end_byte - c.shift + c.offset
    return ir.Call(c.place(node), _child(node, "function", c), tuple(args), end)


def _member(node: TsNode, c: Context) -> ir.Expr:
    base, field = _child(node, "argument", c), _field_text(node, "field", c)
    operator = node.child_by_field_name("operator")
    arrow = operator is not None and operator.type == "->"
    return ir.Member(c.place(node), base, field, arrow)


def _ternary(node: TsNode, c: Context) -> ir.Expr:
    cond = _child(node, "condition", c)
    consequence = node.child_by_field_name("consequence")
    then = convert(consequence, c) if consequence is not None else cond
    return ir.Ternary(c.place(node), cond, then, _child(node, "alternative", c))


def _number(node: TsNode, c: Context) -> ir.Expr:
    text = c.text(node).lower().rstrip("ul")
    try:
        base = 8 if text.startswith("0") and text.isdigit() and len(text) > 1 else 0
        return ir.Number(c.place(node), int(text, base))
    except ValueError:
        return ir.Opaque(c.place(node), c.text(node))


def _fields(node: TsNode, c: Context) -> tuple[tuple[str | None, ir.Expr], ...]:
    fields: list[tuple[str | None, ir.Expr]] = []
    for child in node.named_children:
        if child.type == "initializer_pair":
            designator = child.child_by_field_name("designator")
            value = child.child_by_field_name("value")
            name = c.text(designator).lstrip(".") if designator is not None else None
            if value is not None:
                fields.append((name, convert(value, c)))
        elif child.type != "comment":
            fields.append((None, convert(child, c)))
    return tuple(fields)


def _operand_text(node: TsNode, c: Context) -> str:
    for name in ("type", "value"):
        child = node.child_by_field_name(name)
        if child is not None:
            text = c.text(child)
            return text[1:-1].strip() if text.startswith("(") and text.endswith(")") else text
    return c.text(node)


def _operator(node: TsNode, c: Context) -> str:
    """``...`` of a case range was made ``|`` for the grammar, and its place says so."""
    text = _field_text(node, "operator", c)
    return "..." if text == "." else text


def _field_text(node: TsNode, field: str, c: Context) -> str:
    child = node.child_by_field_name(field)
    return c.text(child) if child is not None else ""


def _child(node: TsNode, field: str, c: Context) -> ir.Expr:
    child = node.child_by_field_name(field)
    return convert(child, c) if child is not None else ir.Opaque(c.place(node), "")
