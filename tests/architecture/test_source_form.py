# SPDX-License-Identifier: GPL-2.0-or-later
"""Licence tags, no state at module level, no ``Any`` at a public border, no path of one machine."""

import ast
import re

import pytest

from tests.architecture.source import TOP, Module, functions, read_modules, tracked_files

TAG = "SPDX-License-Identifier: GPL-2.0-or-later"
TAGGED = (".py", ".sh", ".toml", ".c", ".h", ".S", ".md")
MUTABLE_CALLS = {"list", "dict", "set", "bytearray", "defaultdict", "deque", "Counter", "OrderedDict"}
MUTATORS = {
    "add",
    "append",
    "clear",
    "discard",
    "extend",
    "insert",
    "pop",
    "popitem",
    "remove",
    "reverse",
    "setdefault",
    "sort",
    "update",
}
MACHINE_PATH = re.compile(r"/(?:tmp|work|root|home)/[A-Za-z0-9]")

EVERY_MODULE = (*read_modules("kpatchlint"), *read_modules("tests"))


def is_mutable(value: ast.expr | None) -> bool:
    """Whether the expression builds an object that somebody could change later."""
    if isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp):
        return True
    if isinstance(value, ast.Call):
        name = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        return name in MUTABLE_CALLS
    return False


def mutated_names(module: Module) -> set[str]:
    """Names whose object is changed somewhere: stored into, deleted from, or told to change by one of its methods."""
    found = set()
    for node in ast.walk(module.tree):
        if (isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load)) or (
            isinstance(node, ast.Attribute) and node.attr in MUTATORS
        ):
            found.add(ast.unparse(node.value))
        elif isinstance(node, ast.AugAssign):
            found.add(ast.unparse(node.target))
    return found


def mutable_globals(module: Module) -> list[str]:
    """State at module level: a mutable object that is no table (CAPITALS, never changed), a ``global`` statement."""
    found = []
    mutated = mutated_names(module)
    for node in module.tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and is_mutable(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [ast.unparse(target) for target in targets]
            found += [n for n in names if n != "__all__" and (n in mutated or not n.isupper())]
    found += [f"global {', '.join(n.names)}" for n in ast.walk(module.tree) if isinstance(n, ast.Global)]
    return found


def public_any(module: Module) -> list[str]:
    """Public functions with ``Any`` in a signature."""
    found = []
    for function in functions(module):
        if function.name.startswith("_"):
            continue
        arguments = function.args
        annotations = [a.annotation for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        for annotation in (*annotations, function.returns):
            if annotation is not None and re.search(r"\bAny\b", ast.unparse(annotation)):
                found.append(function.name)
    return found


@pytest.mark.parametrize("module", read_modules(), ids=lambda module: module.path)
def test_nothing_mutable_at_module_level(module: Module) -> None:
    assert mutable_globals(module) == []


@pytest.mark.parametrize("module", read_modules(), ids=lambda module: module.path)
def test_no_any_in_public_signatures(module: Module) -> None:
    assert public_any(module) == []


@pytest.mark.parametrize("module", EVERY_MODULE, ids=lambda module: module.path)
def test_first_line_is_the_licence_tag(module: Module) -> None:
    assert module.text.splitlines()[0] == f"# {TAG}"


def test_other_source_files_carry_the_licence_tag() -> None:
    bare = []
    for path in tracked_files():
        if path.endswith(TAGGED) and path.startswith(
            ("kpatchlint/", "tests/", "rules/", "tools/", "docs/", "fixtures/")
        ):
            head = (TOP / path).read_text(encoding="utf-8", errors="replace").splitlines()[:3]
            if not any(TAG in line for line in head):
                bare.append(path)
    assert bare == []


def test_no_path_of_one_machine_in_what_is_shipped() -> None:
    found = []
    for path in tracked_files():
        if path.startswith(("tests/", "fixtures/")) or not (TOP / path).is_file():
            continue
        text = (TOP / path).read_text(encoding="utf-8", errors="replace")
        found += [f"{path}: {match.group()}" for match in MACHINE_PATH.finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("A = (1, 2)\nB: frozenset[int] = frozenset({1})", [], id="tuples and frozensets are fine"),
        pytest.param("A = {'a': 1}", [], id="a table is fine"),
        pytest.param("seen = []", ["seen"], id="a list that is no table"),
        pytest.param("A: dict[str, int] = {}\ndef f():\n    A['x'] = 1", ["A"], id="stored into"),
        pytest.param("A = set()\ndef f():\n    A.add(1)", ["A"], id="told to change"),
        pytest.param("import collections\n_a = collections.defaultdict(list)", ["_a"], id="a defaultdict"),
        pytest.param("def f():\n    global A\n    A = 1", ["global A"], id="a global statement"),
        pytest.param("__all__ = ['f']", [], id="__all__ is a list by convention"),
    ],
)
def test_mutable_state_is_seen(text: str, found: list[str]) -> None:
    assert mutable_globals(Module(path="x.py", parts=("x",), text=text, tree=ast.parse(text))) == found


def test_any_is_seen() -> None:
    text = "def f(a: dict[str, Any]) -> int: ...\ndef _g(a: Any) -> Any: ..."
    assert public_any(Module(path="x.py", parts=("x",), text=text, tree=ast.parse(text))) == ["f"]
