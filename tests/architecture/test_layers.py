# SPDX-License-Identifier: GPL-2.0-or-later
"""Imports go one way, and each third-party parser has one home."""

import ast
import re
import sys
import tomllib

import pytest

from tests.architecture.source import TOP, Module, imported_names, read_modules

LAYERS = (
    "text",
    "mail",
    "patch",
    "tree",
    "facts",
    "program",
    "findings",
    "rules",
    "settings",
    "engine",
    "scan",
    "selftest",
    "audit",
    "ask",
    "report",
    "integrations",
    "cli",
    "dev",
)

HOMES = {
    "tree_sitter": ("facts",),
    "tree_sitter_c": ("facts",),
    "rich": ("report",),
    "click": ("cli", "dev"),
}


def upward_imports(module: Module) -> list[str]:
    """Stages above its own that *module* imports."""
    if module.stage not in LAYERS:
        return []
    own = LAYERS.index(module.stage)
    used = {name.split(".")[1] for name in imported_names(module) if name.startswith("kpatchlint.")}
    return sorted(stage for stage in used & set(LAYERS) if LAYERS.index(stage) > own)


def strange_imports(module: Module) -> list[str]:
    """Third-party packages that *module* imports away from their home."""
    tops = {name.split(".")[0] for name in imported_names(module)}
    return sorted(top for top in tops & set(HOMES) if module.stage not in HOMES[top])


def as_module(path: str, text: str) -> Module:
    parts = tuple(path.removesuffix(".py").split("/"))
    return Module(path=path, parts=parts, text=text, tree=ast.parse(text))


@pytest.mark.parametrize("module", read_modules(), ids=lambda module: module.path)
def test_imports_go_down_only(module: Module) -> None:
    assert upward_imports(module) == []


@pytest.mark.parametrize("module", read_modules(), ids=lambda module: module.path)
def test_third_party_parsers_stay_at_home(module: Module) -> None:
    assert strange_imports(module) == []


@pytest.mark.parametrize("module", read_modules(), ids=lambda module: module.path)
def test_every_module_belongs_to_a_stage(module: Module) -> None:
    assert module.stage in (*LAYERS, "", "__main__")


@pytest.mark.parametrize(
    ("path", "text", "upward"),
    [
        pytest.param("kpatchlint/patch/x.py", "import kpatchlint.mail.records", [], id="down is fine"),
        pytest.param("kpatchlint/patch/x.py", "from kpatchlint.tree import records", ["tree"], id="absolute"),
        pytest.param("kpatchlint/patch/x.py", "from ..engine import check", ["engine"], id="relative"),
        pytest.param(
            "kpatchlint/patch/x.py", "def f():\n    from kpatchlint import cli", ["cli"], id="inside a function"
        ),
    ],
)
def test_an_upward_import_is_seen(path: str, text: str, upward: list[str]) -> None:
    assert upward_imports(as_module(path, text)) == upward


def test_a_parser_away_from_home_is_seen() -> None:
    assert strange_imports(as_module("kpatchlint/rules/x.py", "from rich.text import Text\nimport tree_sitter_c")) == [
        "rich",
        "tree_sitter_c",
    ]


def test_dependencies_are_what_the_program_imports() -> None:
    stated = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["dependencies"]
    modules = [module for module in read_modules() if module.stage != "dev"]
    tops = {name.split(".")[0] for module in modules for name in imported_names(module)}
    third_party = tops - set(sys.stdlib_module_names) - {"kpatchlint"}
    assert sorted(re.split(r"[<>=~]", name)[0].replace("-", "_") for name in stated) == sorted(third_party)
