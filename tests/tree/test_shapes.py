# SPDX-License-Identifier: GPL-2.0-or-later
"""Every shape of file change, made by git and laid by us; and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from kpatchlint.patch.records import DiffLine, FilePatch, FileStatus, Hunk, LineKind, Patch
from kpatchlint.tree.directory import DirectoryTree
from kpatchlint.tree.place import lay_patch
from kpatchlint.tree.records import Placement, Tree
from tests.tree.clean_diff import parse_clean_diff
from tests.tree.repository import MemoryTree, Repository

LINES = b"".join(b"line %d\n" % n for n in range(30))
EDITED = LINES.replace(b"line 9\n", b"line nine\n")
Files = dict[str, bytes | None]


@pytest.mark.parametrize(
    ("before", "changes", "status"),
    [
        pytest.param({}, {"new.c": LINES}, FileStatus.ADDED, id="a new file"),
        pytest.param({}, {"deep/er/new.c": LINES}, FileStatus.ADDED, id="a new file in a new directory"),
        pytest.param({}, {"empty.c": b""}, FileStatus.ADDED, id="a new empty file"),
        pytest.param({"a.c": LINES}, {"a.c": None}, FileStatus.DELETED, id="a deleted file"),
        pytest.param({"a.c": b""}, {"a.c": None}, FileStatus.DELETED, id="a deleted empty file"),
        pytest.param({"a.c": LINES}, {"a.c": b""}, FileStatus.MODIFIED, id="a file emptied"),
        pytest.param({"a.c": b""}, {"a.c": LINES}, FileStatus.MODIFIED, id="an empty file filled"),
        pytest.param({"a.c": LINES}, {"a.c": None, "b.c": LINES}, FileStatus.RENAMED, id="a rename"),
        pytest.param({"a.c": LINES}, {"a.c": None, "b.c": EDITED}, FileStatus.RENAMED, id="a rename with an edit"),
        pytest.param({"a.c": LINES}, {"b.c": EDITED}, FileStatus.COPIED, id="a copy with an edit"),
        pytest.param({"a b.c": LINES}, {"a b.c": EDITED}, FileStatus.MODIFIED, id="a blank in the name"),
    ],
)
def test_a_shape_made_by_git(tmp_path: Path, before: dict[str, bytes], changes: Files, status: FileStatus) -> None:
    repository = Repository(tmp_path, {"README": b"read me\n"} | before)
    repository.commit(changes)
    patch = parse_clean_diff(repository.git("diff", "-M", "-C", "--find-copies-harder", "HEAD~1", "HEAD"))
    assert patch.files[0].status is status
    placed = lay_patch(patch, MemoryTree(before))
    after: Files = {**before, **changes}
    assert {path: placed.tree.read(path) for path in after} == after
    has_ids = patch.files[0].new_id is not None
    assert placed.placement is (Placement.EXACT if has_ids else Placement.PLACED)


def test_two_files_swap_their_names() -> None:
    swap = [
        FilePatch(old_path="a.c", new_path="b.c", status=FileStatus.RENAMED),
        FilePatch(old_path="b.c", new_path="a.c", status=FileStatus.RENAMED),
    ]
    placed = lay_patch(Patch(subject="", files=tuple(swap)), MemoryTree({"a.c": b"A", "b.c": b"B"}))
    assert (placed.tree.read("a.c"), placed.tree.read("b.c")) == (b"B", b"A")


def test_a_change_of_mode_changes_no_content() -> None:
    mode = FilePatch(old_path="a", new_path="a", status=FileStatus.MODE, old_mode="100644", new_mode="100755")
    placed = lay_patch(Patch(subject="", files=(mode,)), MemoryTree({"a": b"A"}))
    assert placed.placement is Placement.PLACED
    assert placed.files[0].before == placed.files[0].after == b"A"


def hunk(*lines: str) -> Hunk:
    rows = tuple(DiffLine(LineKind(line[0]), line[1:].encode(), n) for n, line in enumerate(lines, 1))
    old = sum(row.kind is not LineKind.ADDED for row in rows)
    new = sum(row.kind is not LineKind.REMOVED for row in rows)
    return Hunk(lines=rows, old_start=1, old_count=old, new_start=1, new_count=new)


HUNK = hunk(" line 0", "+new line", " line 1")


def modify(path: str | None, *hunks: Hunk) -> FilePatch:
    return FilePatch(old_path=path, new_path=path, status=FileStatus.MODIFIED, hunks=hunks or (HUNK,))


def lay(tree: Tree, *files: FilePatch) -> tuple[Placement, tuple[str, ...]]:
    placed = lay_patch(Patch(subject="", files=files), tree)
    return placed.placement, tuple(note for file in placed.files for note in file.notes)


@pytest.mark.parametrize(
    ("file", "note"),
    [
        pytest.param(modify("../a.c"), "leaves the tree", id="a path outside"),
        pytest.param(modify("/etc/passwd"), "leaves the tree", id="an absolute path"),
        pytest.param(modify(".git/config"), "leaves the tree", id="the repository itself"),
        pytest.param(replace(modify("a.c"), new_path="../b.c"), "leaves the tree", id="a rename to outside"),
        pytest.param(replace(modify("a.c"), new_mode="120000"), "a symlink", id="a symlink"),
        pytest.param(replace(modify("a.c"), new_mode="160000"), "a submodule", id="a submodule"),
        pytest.param(replace(modify("a.c"), is_binary=True), "binary", id="a binary patch"),
        pytest.param(replace(modify("a.c"), is_combined=True, hunks=()), "combined diff", id="a merge's diff"),
        pytest.param(replace(modify("a.c"), hunks=()), "no hunk of it", id="a header alone"),
        pytest.param(modify("none.c"), "is not in the tree", id="a file that is not there"),
        pytest.param(
            replace(modify("a.c", hunk("+other")), old_path=None, status=FileStatus.ADDED),
            "is in the tree already, with other content",
            id="a new file that is there",
        ),
    ],
)
def test_what_is_not_applied_says_why(file: FilePatch, note: str) -> None:
    tree = MemoryTree({"a.c": LINES})
    placement, notes = lay(tree, file)
    assert placement is Placement.FRAGMENT
    assert note in notes[0]
    assert lay(tree, file, modify("a.c"))[0] is Placement.PARTIAL


def test_a_symlink_in_the_tree_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "real.c").write_bytes(LINES)
    (tmp_path / "link.c").symlink_to("real.c")
    assert lay(DirectoryTree(str(tmp_path)), modify("link.c"))[0] is not Placement.EXACT
    assert (tmp_path / "real.c").read_bytes() == LINES


def test_a_file_that_moved_is_found_by_name_and_context() -> None:
    tree = MemoryTree({"new/place/a.c": LINES, "other/a.c": b"something else\n"})
    placed = lay_patch(Patch(subject="", files=(modify("old/a.c"),)), tree)
    assert placed.placement is Placement.PLACED
    assert placed.files[0].path == "new/place/a.c"
    assert placed.files[0].notes == ("old/a.c is not in the tree; its hunks fit new/place/a.c",)


def test_a_leading_directory_too_many_is_seen_through() -> None:
    placed = lay_patch(Patch(subject="", files=(modify("linux-6.12/mm/a.c"),)), MemoryTree({"mm/a.c": LINES}))
    assert placed.tree.read("mm/a.c") == LINES.replace(b"line 1\n", b"new line\nline 1\n", 1)


def test_a_file_that_could_have_moved_to_two_places_is_not_guessed() -> None:
    placement, notes = lay(MemoryTree({"x/a.c": LINES, "y/a.c": LINES}), modify("old/a.c"))
    assert placement is Placement.FRAGMENT
    assert notes == ("old/a.c is not in the tree",)


def test_a_series_is_laid_on_what_came_before() -> None:
    create = FilePatch(old_path=None, new_path="n.c", status=FileStatus.ADDED, hunks=(hunk("+line 0", "+line 1"),))
    tree: Tree = MemoryTree({})
    for file in (create, modify("n.c"), replace(modify("n.c"), new_path="m.c", status=FileStatus.RENAMED, hunks=())):
        placed = lay_patch(Patch(subject="", files=(file,)), tree)
        assert placed.placement is Placement.PLACED
        tree = placed.tree
    assert tree.read("m.c") == b"line 0\nnew line\nline 1\n"
    assert tree.read("n.c") is None
