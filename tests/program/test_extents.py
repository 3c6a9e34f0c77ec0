# SPDX-License-Identifier: GPL-2.0-or-later
"""Sizes of tables fold from the tree's own headers, in each configuration."""

from pathlib import Path

import pytest

from kpatchlint.facts.parse import parse_expression
from kpatchlint.program.extents import Folder
from kpatchlint.program.open import Workshop
from kpatchlint.program.program import Program
from kpatchlint.program.scope import Scope
from kpatchlint.rules.load import find_rule, own_rules
from kpatchlint.rules.shapes import bind
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.tree.directory import DirectoryTree

NEAR = "arch/arm64/mm/mmu.c"


def program_of(tree: Path) -> Program:
    return Workshop(own_vocabulary(), "arm64").program(DirectoryTree(str(tree)))


@pytest.fixture(scope="module", params=["6.12", "6.1"])
def program(request: pytest.FixtureRequest) -> Program:
    tree: Path = request.getfixturevalue(f"tree_{request.param.replace('.', '_')}")
    return program_of(tree)


@pytest.mark.real_tree
@pytest.mark.parametrize(
    ("configuration", "entries"),
    [
        pytest.param("4K pages, 48-bit addresses", 512, id="a pgd that is a page"),
        pytest.param("4K pages, 39-bit addresses", 512, id="three levels of 4K"),
        pytest.param("16K pages, 47-bit addresses", 2048, id="three levels of 16K"),
        pytest.param("16K pages, 48-bit addresses", 2, id="two entries only"),
        pytest.param("64K pages, 42-bit addresses", 8192, id="two levels of 64K"),
        pytest.param("64K pages, 48-bit addresses", 64, id="a small object of a cache"),
    ],
)
def test_pgd_size_folds_in_each_configuration(program: Program, configuration: str, entries: int) -> None:
    folder = Folder(program, next(c for c in program.lexicon.configurations if c.name == configuration))
    assert folder.fold(parse_expression(b"PTRS_PER_PGD"), NEAR) == entries
    assert folder.fold(parse_expression(b"PGD_SIZE"), NEAR) == entries * 8


@pytest.mark.real_tree
def test_untouched_trees_copy_pgds_by_their_own_size(program: Program) -> None:
    places = [
        ("arch/arm64/mm/mmu.c", "map_entry_trampoline"),
        ("arch/arm64/mm/kasan_init.c", "kasan_init_shadow"),
        ("arch/arm64/kernel/pi/map_kernel.c", "map_kernel"),  # not in 6.1
    ]
    functions = tuple(f for path, name in places for f in program.resolver.in_file(path, name))
    bound = bind(find_rule("page-size-for-pgd", own_rules()))
    assert list(bound.shape.check(program, Scope(functions), bound.rule, bound.params)) == []
    assert len(functions) >= 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param(b"~0", -1, id="complement"),
        pytest.param(b"(4 * 3) << 2", 48, id="operators"),
        pytest.param(b"sizeof(pgd_t)", 8, id="size of a type"),
        pytest.param(b"sizeof(struct nobody)", None, id="a type that nobody listed"),
        pytest.param(b"NO_SUCH_MACRO + 1", None, id="a name that the tree does not define"),
        pytest.param(b"1 / 0", None, id="division by zero"),
    ],
)
def test_expressions_fold_or_are_open(tree_6_12: Path, text: bytes, value: int | None) -> None:
    program = program_of(tree_6_12)
    folder = Folder(program, program.lexicon.configurations[0])
    assert folder.fold(parse_expression(text), NEAR) == value
