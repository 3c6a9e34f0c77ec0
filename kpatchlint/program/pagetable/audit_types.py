# SPDX-License-Identifier: GPL-2.0-or-later
"""A variable of a function becomes its declared type, and a field of it what tables of the tree set it to."""

import re
from collections.abc import Iterator

from kpatchlint.facts import ir
from kpatchlint.facts.prepass import blank_comments
from kpatchlint.facts.traverse import assignments_in
from kpatchlint.program.code import Function
from kpatchlint.program.sources import Sources
from kpatchlint.program.statements import expressions_of, statements_of

_STRUCT = re.compile(r"\b(?:struct|union)\s+(\w+)")
_FILES = 60  # files that mention a struct; one that more know is not looked up


def type_of(function: Function, name: str) -> str:
    """The declared type of a parameter or variable, e.g. "struct vm_struct *"; "" when it is neither."""
    for param in function.body.params:
        if param.name == name:
            return param.type
    declared = (s for s in statements_of(function.body) if isinstance(s, ir.Declare) and s.name == name)
    return next((d.type for d in declared), "")


def struct_of(type_text: str) -> str:
    """The tag of a struct type: "vm_struct" of "struct vm_struct *"; "" for other types."""
    found = _STRUCT.search(type_text)
    return found.group(1) if found else ""


def field_struct(source: bytes, field: str) -> str:
    """The tag of the struct that a field of that name is or points to, as a struct in the same file declares it."""
    declared = re.search(rb"\bstruct\s+(\w+)\s+\**\s*" + re.escape(field.encode()) + rb"\s*[;\[]", source)
    return declared.group(1).decode() if declared else ""


def set_to(function: Function, name: str) -> Iterator[ir.Expr]:
    """Everything that a variable is set to anywhere in the function, but for additions to what it was."""
    for stmt in statements_of(function.body):
        if isinstance(stmt, ir.Declare) and stmt.name == name and stmt.init is not None:
            yield stmt.init
    for expr in expressions_of(function.body):
        for write in assignments_in(expr):
            if isinstance(write, ir.Assign) and write.op == "=" and write.target == ir.Name(write.target.at, name):
                yield write.value


def table_values(sources: Sources, struct: str, field: str) -> Iterator[str]:
    """What initialisers of ``struct X`` anywhere in scope set ``.field`` to, as text without spaces."""
    paths = sources.mentioning(struct)
    if len(paths) > _FILES:
        return
    table = re.compile(rb"struct\s+" + re.escape(struct.encode()) + rb"\s+\w+[^;={}()]*=\s*\{([^;]*)\}\s*;")
    value = re.compile(rb"\." + re.escape(field.encode()) + rb"\s*=\s*([^,}]+)")
    for path in paths:
        source = sources.read(path) or b""
        for body in table.findall(blank_comments(source)):
            yield from ("".join(v.decode(errors="replace").split()) for v in value.findall(body))
