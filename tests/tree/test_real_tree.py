# SPDX-License-Identifier: GPL-2.0-or-later
"""Edits of real kernel files, as git shows them and as an archive would, laid over the real tree."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from kpatchlint.patch.records import Patch
from kpatchlint.tree.base import kernel_version, open_tree
from kpatchlint.tree.place import lay_patch
from kpatchlint.tree.records import Placement, Tree
from tests.tree.clean_diff import parse_clean_diff
from tests.tree.repository import Repository, write_files
from tests.tree.test_damaged_hunks import MAILERS, damage, flatten, fold_lines

SAMPLE_COUNT = 120


@pytest.fixture(scope="module")
def tree(tree_6_12: Path) -> Tree:
    return open_tree(str(tree_6_12), None)


@pytest.fixture(scope="module")
def edits(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> tuple[Patch, dict[str, bytes]]:
    """One patch of three scattered edits in each of many files, and what comes out."""
    rng = random.Random(612)
    paths = rng.sample([path for path in tree.listing() if path.endswith((".c", ".h", ".S", "Kconfig"))], SAMPLE_COUNT)
    before = {path: tree.read(path) or b"" for path in paths}
    after = {path: edit(content, rng) for path, content in before.items()}
    repository = Repository(tmp_path_factory.mktemp("edits"), before)
    write_files(repository.top, after)
    return parse_clean_diff(repository.git("diff", "--full-index")), after


def edit(content: bytes, rng: random.Random) -> bytes:
    lines = content.split(b"\n")
    for _ in range(3):
        at = rng.randrange(len(lines))
        lines[at : at + rng.choice((0, 0, 1, 3))] = [b"\tif (new_condition(%d))" % at, b"\t\tnew_call();"]
    return b"\n".join(lines)


def without_ids(patch: Patch) -> Patch:
    return replace(patch, files=tuple(replace(file, old_id=None, new_id=None) for file in patch.files))


def test_real_tree_lists_and_versions(tree: Tree) -> None:
    assert kernel_version(tree).startswith("6.12.")
    assert len(tree.listing()) > 80_000


def test_edits_as_git_shows_them_are_exact(tree: Tree, edits: tuple[Patch, dict[str, bytes]]) -> None:
    patch, after = edits
    placed = lay_patch(patch, tree)
    assert placed.placement is Placement.EXACT
    assert {file.path: file.after for file in placed.files} == after


@pytest.mark.parametrize("mailer", MAILERS)
def test_edits_through_a_mailer_are_exact(tree: Tree, edits: tuple[Patch, dict[str, bytes]], mailer: str) -> None:
    patch, after = edits
    placed = lay_patch(damage(patch, MAILERS[mailer]), tree)
    assert {file.path: file.after for file in placed.files} == after
    assert placed.placement is Placement.EXACT


def test_flattened_edits_without_ids_give_the_same_code(tree: Tree, edits: tuple[Patch, dict[str, bytes]]) -> None:
    patch, after = edits
    placed = lay_patch(without_ids(damage(patch, flatten)), tree)
    whole = [file for file in placed.files if not file.unplaced]
    assert len(whole) >= 0.98 * len(placed.files)
    for file in whole:
        assert fold_lines(file.after) == fold_lines(after[file.path])
    assert all("equally well" in file.notes[0] for file in placed.files if file.unplaced)
