# SPDX-License-Identifier: GPL-2.0-or-later
"""The small tree of the rules' tests, in memory, to be planted in."""

from collections.abc import Mapping

from kpatchlint.dev.example import MemoryTree
from kpatchlint.rules.load import find_rule, own_rules
from kpatchlint.selftest.example import Bed
from kpatchlint.selftest.records import RuleReport
from kpatchlint.selftest.run import make_bed, plant_rule
from kpatchlint.tree.records import Tree
from tests.cli.runner import FIXTURES

_TOP = FIXTURES / "tree-arm64-mini"


def small_tree(more: Mapping[str, str] | None = None, renamed: tuple[str, str] = ("", "")) -> MemoryTree:
    """The small tree without the code that the demo changes, with files laid over it and one name renamed."""
    paths = [path for path in sorted(_TOP.rglob("*")) if path.is_file()]
    files = {path.relative_to(_TOP).as_posix(): path.read_text() for path in paths}
    kept = {path: text for path, text in files.items() if not path.startswith("arch/arm64/mm/")} | dict(more or {})
    old, new = renamed
    return MemoryTree({path: (text.replace(old, new) if old else text).encode() for path, text in kept.items()})


def bed_of(tree: Tree, arch: str = "arm64") -> Bed:
    return make_bed(tree, arch)


def report_on(rule_id: str, tree: Tree, arch: str = "arm64") -> RuleReport:
    """What the self-test says of one rule on a tree."""
    return RuleReport(find_rule(rule_id, own_rules()), plant_rule(rule_id, bed_of(tree, arch)))
