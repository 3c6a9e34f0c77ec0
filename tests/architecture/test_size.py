# SPDX-License-Identifier: GPL-2.0-or-later
"""Files, functions and parameter lists stay small enough to be read at once."""

import ast

import pytest

from tests.architecture.source import TOP, FunctionNode, Module, functions, read_modules

FILE_CAP = 400
FUNCTION_CAP = 50
PARAMETER_CAP = 5
RULE_CAP = 120
VAGUE_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py"}

EVERY_MODULE = (*read_modules("kpatchlint"), *read_modules("tests"))


def parameter_count(function: FunctionNode) -> int:
    """Parameters that a caller has to know, without self and cls."""
    arguments = function.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def line_count(function: FunctionNode) -> int:
    """Lines from ``def`` to the end, docstring included."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


@pytest.mark.parametrize("module", EVERY_MODULE, ids=lambda module: module.path)
def test_file_is_short(module: Module) -> None:
    assert len(module.text.splitlines()) <= FILE_CAP


@pytest.mark.parametrize("module", EVERY_MODULE, ids=lambda module: module.path)
def test_functions_are_short(module: Module) -> None:
    long = [f"{f.name}: {line_count(f)} lines" for f in functions(module) if line_count(f) > FUNCTION_CAP]
    assert long == []


@pytest.mark.parametrize("module", read_modules(), ids=lambda module: module.path)
def test_parameter_lists_are_short(module: Module) -> None:
    long = [f"{f.name}: {parameter_count(f)}" for f in functions(module) if parameter_count(f) > PARAMETER_CAP]
    assert long == []


@pytest.mark.parametrize("module", EVERY_MODULE, ids=lambda module: module.path)
def test_file_name_says_what_it_owns(module: Module) -> None:
    assert module.path.rsplit("/", 1)[-1] not in VAGUE_NAMES


def test_rule_files_are_short() -> None:
    long = {
        str(path.relative_to(TOP)): lines
        for path in sorted((TOP / "rules").rglob("*.md"))
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > RULE_CAP
    }
    assert long == {}


def test_counts_are_counted_right() -> None:
    module = ast.parse("class A:\n    def f(self, a, /, b, *, c=1, **rest):\n        'x'\n        return a\n")
    (function,) = functions(Module(path="x.py", parts=("x",), text="", tree=module))
    assert (parameter_count(function), line_count(function)) == (3, 3)
