# SPDX-License-Identifier: GPL-2.0-or-later
"""Opening trees: what counts as one, and that nothing outside it is ever read."""

import os
import pickle
import subprocess
import time
from pathlib import Path

import pytest

from kpatchlint.text.errors import UsageError
from kpatchlint.tree.base import find_repository, kernel_version, open_tree, overlay_tree
from kpatchlint.tree.content import compute_blob_id, split_lines
from kpatchlint.tree.directory import DirectoryTree
from kpatchlint.tree.paths import is_safe_path
from kpatchlint.tree.records import Overlay, Tree
from kpatchlint.tree.revision import GitTree
from tests.tree.repository import KERNEL_FILES, MemoryTree, Repository, write_files

FILES = KERNEL_FILES | {"mm/a.c": b"int a;\n", "mm/sub/b.h": b"#define B\n"}


@pytest.fixture(params=["directory", "git", "bare"])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Tree:
    """The same kernel, held in three ways, each with a symlink and a name that git would take for an option."""
    top = tmp_path / "kernel"
    write_files(top, FILES | {"-x.c": b"x\n"})
    (top / "mm" / "link.c").symlink_to("a.c")
    (top / "dir").symlink_to("mm")
    if request.param == "directory":
        return open_tree(str(top), None)
    repository = Repository(top, {})
    if request.param == "git":
        (top / "mm" / "a.c").write_bytes(b"changed, not committed\n")
        return open_tree(str(top), None)
    bare = tmp_path / "bare.git"
    repository.git("clone", "-q", "--bare", str(top), str(bare))
    return open_tree(str(bare), "main")


def test_a_file_reads_as_it_is(tree: Tree) -> None:
    assert tree.read("mm/a.c") == b"int a;\n"
    assert tree.read("mm/sub/b.h") == b"#define B\n"
    assert tree.read("-x.c") == b"x\n"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("mm/none.c", id="no such file"),
        pytest.param("mm", id="a directory"),
        pytest.param("mm/a.c/x", id="below a file"),
        pytest.param("mm/link.c", id="a symlink"),
        pytest.param("dir/a.c", id="through a symlinked directory"),
        pytest.param("../kernel/mm/a.c", id="leaves the tree"),
        pytest.param("/etc/passwd", id="absolute"),
        pytest.param("mm//a.c", id="an empty component"),
        pytest.param("./mm/a.c", id="a dot component"),
        pytest.param("", id="empty"),
        pytest.param(".git/HEAD", id="inside the repository"),
        pytest.param("mm/a.c\n", id="a newline"),
        pytest.param("a\0b", id="a NUL"),
        pytest.param("\udcff.c", id="not UTF-8"),
    ],
)
def test_what_is_no_regular_file_reads_as_none(tree: Tree, path: str) -> None:
    assert tree.read(path) is None


def test_listing_has_regular_files_only(tree: Tree) -> None:
    assert set(tree.listing()) == {*FILES, "-x.c"}


def test_listing_of_a_revision_gives_blob_ids(tree: Tree) -> None:
    if tree.kind == "git":
        assert {path: compute_blob_id(tree.read(path) or b"") for path in tree.listing()} == dict(tree.listing())


def test_listing_of_a_directory_changes_with_the_file(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    before = DirectoryTree(str(tmp_path)).listing()
    os.utime(tmp_path / "mm" / "a.c", ns=(time.time_ns(), 1))
    after = DirectoryTree(str(tmp_path)).listing()
    assert {path for path in before if before[path] != after[path]} == {"mm/a.c"}


def test_a_fifo_does_not_hang(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    os.mkfifo(tmp_path / "mm" / "pipe.c")
    tree = open_tree(str(tmp_path), None)
    assert tree.read("mm/pipe.c") is None
    assert "mm/pipe.c" not in tree.listing()


def test_a_submodule_reads_as_none(tmp_path: Path) -> None:
    repository = Repository(tmp_path, FILES)
    repository.git("update-index", "--add", "--cacheinfo", "160000," + "1" * 40 + ",sub")
    repository.git("commit", "-q", "-m", "sub")
    tree = open_tree(str(tmp_path), None)
    assert tree.read("sub") is None
    assert tree.read("sub/a.c") is None
    assert "sub" not in tree.listing()


@pytest.mark.parametrize("rev", ["HEAD~1", "v6.12", "v6.12^{}", "topic"])
def test_a_revision_is_named_as_in_git(tmp_path: Path, rev: str) -> None:
    repository = Repository(tmp_path, FILES)
    repository.git("tag", "-a", "-m", "tag", "v6.12")
    repository.git("branch", "topic")
    first = repository.git("rev-parse", "HEAD").decode().strip()
    repository.commit({"mm/a.c": b"int later;\n"})
    tree = open_tree(str(tmp_path), rev)
    assert tree.revision == first
    assert tree.read("mm/a.c") == b"int a;\n"


def test_a_linked_work_tree_is_a_repository(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "main", FILES)
    repository.git("worktree", "add", "-q", str(tmp_path / "linked"))
    assert open_tree(str(tmp_path / "linked"), None).kind == "git"


def test_a_sha256_repository_has_its_own_ids(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "--object-format=sha256", str(tmp_path)], check=True)
    Repository(tmp_path, FILES)
    tree = open_tree(str(tmp_path), None)
    assert tree.listing()["mm/a.c"] == compute_blob_id(b"int a;\n", 64)
    assert tree.read("mm/sub/b.h") == b"#define B\n"


@pytest.mark.parametrize(
    ("makefile", "version"),
    [
        pytest.param(KERNEL_FILES["Makefile"], "6.12.117", id="a stable release"),
        pytest.param(
            b"VERSION = 6\nPATCHLEVEL = 13\nSUBLEVEL = 0\nEXTRAVERSION = -rc2\n", "6.13.0-rc2", id="a candidate"
        ),
        pytest.param(b"# x\nVERSION=7\nPATCHLEVEL=0\n", "7.0", id="no sublevel"),
        pytest.param(b"all:\n", "unknown", id="no version at all"),
    ],
)
def test_kernel_version_is_make_kernelversion(makefile: bytes, version: str) -> None:
    assert kernel_version(MemoryTree({"Makefile": makefile})) == version


@pytest.mark.parametrize(
    ("files", "rev", "message"),
    [
        pytest.param({"README": b""}, None, "is not a kernel tree", id="no Makefile"),
        pytest.param({"Makefile": b"all:\n", "Kconfig": b""}, None, "is not a kernel tree", id="another Makefile"),
        pytest.param({"Makefile": KERNEL_FILES["Makefile"]}, None, "is not a kernel tree", id="no Kconfig"),
        pytest.param(FILES, "v6.12", "is not a git repository", id="a revision of a directory"),
    ],
)
def test_a_wrong_directory_is_one_line(tmp_path: Path, files: dict[str, bytes], rev: str | None, message: str) -> None:
    write_files(tmp_path, files)
    with pytest.raises(UsageError) as caught:
        open_tree(str(tmp_path), rev)
    assert message in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rev", ["nope", "--all", "-x", "HEAD:mm", "a b", "HEAD\n", ""])
def test_an_unknown_revision_is_one_line(tmp_path: Path, rev: str) -> None:
    Repository(tmp_path, FILES)
    if rev == "":
        assert open_tree(str(tmp_path), rev).kind == "git"
        return
    with pytest.raises(UsageError, match="no commit"):
        open_tree(str(tmp_path), rev)


def test_a_missing_directory_and_a_repository_without_commits_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a kernel tree"):
        open_tree(str(tmp_path / "none"), None)
    Repository(tmp_path / "empty")
    with pytest.raises(UsageError):
        open_tree(str(tmp_path / "empty"), None)


def test_the_tree_around_the_current_directory_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, FILES | {"MAINTAINERS": b""})
    monkeypatch.chdir(tmp_path / "mm" / "sub")
    assert open_tree(None, None).read("mm/a.c") == b"int a;\n"


def test_a_hook_s_environment_does_not_lead_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Repository(tmp_path / "right", FILES)
    Repository(tmp_path / "wrong", KERNEL_FILES | {"mm/a.c": b"wrong\n"})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "wrong" / ".git"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "wrong" / ".git" / "objects"))
    assert open_tree(str(tmp_path / "right"), None).read("mm/a.c") == b"int a;\n"


def test_a_broken_repository_does_not_lead_to_the_one_around_it(tmp_path: Path) -> None:
    Repository(tmp_path, FILES)
    (tmp_path / "inner" / ".git").mkdir(parents=True)
    with pytest.raises(UsageError):
        open_tree(str(tmp_path / "inner"), None)


def test_programs_that_a_repository_names_are_not_started(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "kernel", FILES | {".gitattributes": b"*.c filter=evil diff=evil\n"})
    trap = tmp_path / "trap"
    for name in ("core.fsmonitor", "filter.evil.smudge", "diff.evil.textconv", "diff.external", "core.pager"):
        repository.git("config", name, f"touch {trap}")
    tree = open_tree(str(tmp_path / "kernel"), None)
    assert tree.read("mm/a.c") == b"int a;\n"
    assert tree.listing()
    assert not trap.exists()


def test_a_git_tree_survives_pickling_and_forking(tmp_path: Path) -> None:
    Repository(tmp_path, FILES)
    tree = open_tree(str(tmp_path), None)
    assert tree.read("mm/a.c") == b"int a;\n"
    assert pickle.loads(pickle.dumps(tree)).read("mm/a.c") == b"int a;\n"
    child = os.fork()
    if child == 0:
        os._exit(0 if tree.read("mm/sub/b.h") == b"#define B\n" else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert tree.read("Kconfig") == KERNEL_FILES["Kconfig"]


def test_overlays_of_a_series_are_one_overlay() -> None:
    tree: Tree = MemoryTree({"a.c": b"0", "b.c": b"0"})
    for n in range(5):
        tree = overlay_tree(tree, {"a.c": b"%d" % n, "b.c": None})
    assert isinstance(tree, Overlay)
    assert isinstance(tree.base, MemoryTree)
    assert (tree.read("a.c"), tree.read("b.c")) == (b"4", None)


def test_the_repository_is_found_below_overlays(tmp_path: Path) -> None:
    Repository(tmp_path, FILES)
    tree = open_tree(str(tmp_path), None)
    assert isinstance(find_repository(overlay_tree(tree, {"a": b""})), GitTree)
    assert find_repository(overlay_tree(MemoryTree({}), {"a": b""})) is None


@pytest.mark.parametrize("path", ["a/.GIT/config", "git~1/x", ".git", "a/../b", "x" * 300, "a/" * 3000 + "b", "a\x7fb"])
def test_unsafe_paths_are_refused(path: str) -> None:
    assert not is_safe_path(path)


@pytest.mark.parametrize("path", ["a b.c", ".gitignore", "..c", "a/…/ü.c", "Makefile"])
def test_odd_but_safe_paths_are_taken(path: str) -> None:
    assert is_safe_path(path)


@pytest.mark.parametrize("content", [b"", b"\n", b"a", b"a\n", b"a\r\nb", b"\n\n\n", b"a\x0cb\x0bc\n"])
def test_lines_join_to_the_content(content: bytes) -> None:
    assert b"".join(split_lines(content)) == content
    assert all(line.endswith(b"\n") for line in split_lines(content)[:-1])


def test_a_listing_of_sources_leaves_out_the_rest(tmp_path: Path) -> None:
    for name in ("mm/a.c", "mm/a.h", "mm/Kconfig", "tools/mm/b.c", "mm/tools/c.c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    tree = DirectoryTree(str(tmp_path))
    found = tree.listing_of((".c", ".h"), ("tools/",))
    assert sorted(found) == ["mm/a.c", "mm/a.h", "mm/tools/c.c"]
    assert found.items() <= tree.listing().items()
