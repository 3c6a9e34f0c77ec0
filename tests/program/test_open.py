# SPDX-License-Identifier: GPL-2.0-or-later
"""A base tree's index is opened once for a series, kept for the next run, and follows a git tree's id."""

from pathlib import Path

import pytest

from kpatchlint.dev.example import MemoryTree
from kpatchlint.facts.index import Index
from kpatchlint.program import open as open_module
from kpatchlint.program.open import Workshop, index_folder
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.tree.base import overlay_tree
from kpatchlint.tree.directory import DirectoryTree
from kpatchlint.tree.records import Tree
from kpatchlint.tree.revision import GitTree
from tests.tree.repository import Repository, write_files

FILES = {f"mm/file{n}.c": b"int made_%d(void)\n{\n\treturn 0;\n}\n" % n for n in range(12)}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Indexes go where nobody else looks, and every tree is large enough for one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(open_module, "_SMALL", 1)


def defining(tree: Tree, name: str) -> list[str]:
    program = Workshop(own_vocabulary(), "arm64").program(tree)
    return list(program.sources.defining(name))


def index_of(tree: Tree) -> Index:
    return Workshop(own_vocabulary(), "arm64").program(tree).sources._index


class Unlisted(GitTree):
    """A git tree that may not be listed."""

    def listing(self) -> dict[str, str]:
        raise AssertionError("listed although its index is there")


class Counted(GitTree):
    """A git tree that says which blobs were read."""

    def read(self, path: str) -> bytes | None:
        (Path(self.top) / ".git" / "was-read").open("a").write(f"{path}\n")
        return super().read(path)


def test_a_git_tree_that_was_indexed_is_not_listed_again(tmp_path: Path) -> None:
    top = str(Repository(tmp_path / "repo", FILES).top)
    assert defining(GitTree(top), "made_3") == ["mm/file3.c"]
    assert defining(Unlisted(top), "made_3") == ["mm/file3.c"]


def test_another_revision_costs_the_blobs_that_differ(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repo", FILES)
    top = str(repository.top)
    index_of(GitTree(top))
    repository.commit({"mm/file3.c": b"int renewed(void)\n{\n\treturn 0;\n}\n", "mm/file4.c": None})
    index = index_of(Counted(top))
    assert (list(index.defining("renewed")), list(index.defining("made_4"))) == (["mm/file3.c"], [])
    assert (repository.top / ".git" / "was-read").read_text().split() == ["mm/file3.c"]
    assert list(index_of(Unlisted(top, "HEAD~1")).defining("made_4")) == ["mm/file4.c"]


def test_a_directory_is_looked_at_again(tmp_path: Path) -> None:
    top = write_files(tmp_path / "tree", FILES)
    assert defining(DirectoryTree(str(top)), "made_3") == ["mm/file3.c"]
    (top / "mm/file3.c").write_bytes(b"int renewed_it(void)\n{\n\treturn 0;\n}\n")
    assert defining(DirectoryTree(str(top)), "made_3") == []
    assert defining(DirectoryTree(str(top)), "renewed_it") == ["mm/file3.c"]


def test_a_tree_without_a_folder_is_indexed_in_memory() -> None:
    assert defining(MemoryTree(FILES), "made_3") == ["mm/file3.c"]


def test_two_trees_have_two_folders(tmp_path: Path) -> None:
    assert index_folder(str(tmp_path / "a")) != index_folder(str(tmp_path / "b"))
    assert index_folder(str(tmp_path / "a")).is_relative_to(tmp_path / "cache")


def test_what_a_patch_lays_over_the_base_is_known_too(tmp_path: Path) -> None:
    tree = overlay_tree(
        DirectoryTree(str(write_files(tmp_path / "tree", FILES))),
        {"mm/new.c": b"int brand_new(void)\n{\n\treturn 0;\n}\n", "mm/file3.c": None},
    )
    assert defining(tree, "brand_new") == ["mm/new.c"]
    assert defining(tree, "made_3") == []
    assert defining(tree, "made_4") == ["mm/file4.c"]


def test_a_series_opens_its_base_once(tmp_path: Path) -> None:
    base = DirectoryTree(str(write_files(tmp_path / "tree", FILES)))
    workshop = Workshop(own_vocabulary(), "arm64")
    first, second = workshop.program(base), workshop.program(overlay_tree(base, {"mm/file3.c": None}))
    assert first.sources._index is second.sources._index
