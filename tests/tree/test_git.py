# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches out of a repository, and the base of patches that came by mail."""

from pathlib import Path

import pytest

from kpatchlint.mail.limits import OverLimit
from kpatchlint.patch.records import Patch
from kpatchlint.text.errors import UsageError
from kpatchlint.tree.base import open_tree
from kpatchlint.tree.discover import find_base, find_preimages
from kpatchlint.tree.git import read_git_patches
from kpatchlint.tree.place import lay_patch
from kpatchlint.tree.records import Placement
from kpatchlint.tree.revision import GitTree
from tests.tree.clean_diff import parse_clean_diff
from tests.tree.repository import KERNEL_FILES, Repository

LINES = [b"line %d\n" % n for n in range(1, 60)]


def with_line(number: int, text: bytes, lines: list[bytes] = LINES) -> bytes:
    return b"".join([*lines[: number - 1], text + b"\n", *lines[number:]])


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Four commits on one file; the last also renames another."""
    repository = Repository(
        tmp_path / "kernel", KERNEL_FILES | {"mm/a.c": b"".join(LINES), "mm/old.c": b"".join(LINES)}
    )
    repository.commit({"mm/a.c": with_line(10, b"ten")}, "ten")
    repository.commit({"mm/a.c": with_line(10, b"TEN")}, "TEN")
    repository.git("mv", "mm/old.c", "mm/new.c")
    repository.commit({"mm/a.c": with_line(11, b"eleven")}, "eleven")
    return repository


def read_series(repository: Repository, revisions: str) -> tuple[list[Patch], str]:
    found = read_git_patches(revisions, str(repository.top))
    parts = found.data.split(b"\nFrom ") if not found.is_diff else [found.data]
    return [parse_clean_diff(part) for part in parts], found.base


@pytest.mark.parametrize(
    ("revisions", "count", "base"),
    [
        pytest.param("HEAD~2..", 2, "HEAD~2", id="a range to HEAD"),
        pytest.param("HEAD~3..HEAD~1", 2, "HEAD~3", id="a range that ends earlier"),
        pytest.param("HEAD~1", 1, "HEAD~2", id="one revision is one commit"),
    ],
)
def test_a_range_lies_exactly_on_its_base(repository: Repository, revisions: str, count: int, base: str) -> None:
    patches, found = read_series(repository, revisions)
    assert found == repository.git("rev-parse", base).decode().strip()
    assert len(patches) == count
    tree = open_tree(str(repository.top), found)
    for patch in patches:
        placed = lay_patch(patch, tree)
        assert placed.placement is Placement.EXACT
        tree = placed.tree


def test_what_is_staged_is_laid_over_head(repository: Repository) -> None:
    (repository.top / "mm" / "a.c").write_bytes(with_line(20, b"twenty"))
    repository.git("add", "mm/a.c")
    (repository.top / "mm" / "a.c").write_bytes(b"not staged\n")
    (patch,), base = read_series(repository, "--staged")
    placed = lay_patch(patch, open_tree(str(repository.top), base))
    assert placed.placement is Placement.EXACT
    assert placed.files[0].after == with_line(20, b"twenty")


def test_a_repository_s_own_diff_settings_change_nothing(repository: Repository, tmp_path: Path) -> None:
    plain = read_git_patches("HEAD~3..", str(repository.top)).data
    trap = tmp_path / "trap"
    for setting in (
        "diff.noprefix=true",
        "diff.mnemonicPrefix=true",
        f"diff.external=touch {trap}",
        "diff.context=0",
        "format.attach=true",
        "format.signOff=false",
        "format.numbered=false",
        "format.subjectPrefix=XXX",
        "format.coverLetter=true",
        "format.useAutoBase=true",
        "format.notes=true",
        "log.showSignature=true",
        "gpg.program=touch",
        "core.abbrev=5",
        "color.ui=always",
    ):
        repository.git("config", *setting.split("=", 1))
    assert read_git_patches("HEAD~3..", str(repository.top)).data == plain
    assert not trap.exists()


@pytest.mark.parametrize(
    ("revisions", "message"),
    [
        pytest.param("nope..HEAD", "no commit 'nope..HEAD'", id="an unknown revision"),
        pytest.param("HEAD..HEAD", "holds no commit", id="an empty range"),
        pytest.param("--output=x", "no commit", id="an option"),
        pytest.param("", "no commit", id="nothing"),
        pytest.param("HEAD~3", "root commit", id="a commit without a parent"),
    ],
)
def test_a_wrong_range_is_one_line(repository: Repository, revisions: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        read_git_patches(revisions, str(repository.top))
    assert "\n" not in str(caught.value)


def test_what_a_shallow_clone_lacks_is_told_as_such(repository: Repository, tmp_path: Path) -> None:
    clone = tmp_path / "shallow"
    repository.git("clone", "-q", "--depth", "1", f"file://{repository.top}", str(clone))
    with pytest.raises(
        UsageError, match=r"no commit 'HEAD~1..HEAD' in .*, which is a shallow clone \(git fetch --unshallow"
    ):
        read_git_patches("HEAD~1..HEAD", str(clone))


def test_a_range_over_the_limit_is_refused(tmp_path: Path) -> None:
    repository = Repository(tmp_path, KERNEL_FILES)
    commits = b"".join(
        b"commit refs/heads/main\ncommitter t <t> %d +0000\ndata 0\n%s" % (n, b"from refs/heads/main^0\n" * (n == 0))
        for n in range(202)
    )
    repository.git("fast-import", "--quiet", stdin=commits)
    with pytest.raises(OverLimit, match="202 commits"):
        read_git_patches("HEAD~202..", str(tmp_path))


def test_a_directory_has_no_ranges(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a git repository"):
        read_git_patches("HEAD", str(tmp_path))


def head_of(repository: Repository) -> GitTree:
    tree = open_tree(str(repository.top), None)
    assert isinstance(tree, GitTree)
    return tree


def test_base_commit_is_believed_when_it_is_there(repository: Repository) -> None:
    (patch,), parent = read_series(repository, "HEAD~1")
    stated = parse_clean_diff(b"", base_commit=parent)
    base = find_base([stated, patch], head_of(repository))
    assert (base.tree.revision, base.source) == (parent, "base-commit")
    assert base.describe().endswith("(base-commit): 1 of 1 pre-image blobs match")


def test_an_absent_base_commit_leaves_it_to_the_blobs(repository: Repository) -> None:
    (patch,), parent = read_series(repository, "HEAD~1")
    stated = parse_clean_diff(b"", base_commit="1" * 40)
    base = find_base([stated, patch], head_of(repository))
    assert base.tree.read("mm/a.c") == open_tree(str(repository.top), parent).read("mm/a.c")
    assert base.is_sure


@pytest.mark.parametrize(
    ("revisions", "source"),
    [
        pytest.param("HEAD", "history", id="only in the history"),
        pytest.param("HEAD~2", "heads/side", id="the tip of a branch"),
    ],
)
def test_blobs_find_the_base_that_has_moved_on(repository: Repository, revisions: str, source: str) -> None:
    repository.git("branch", "side", "HEAD~3")
    patches, _ = read_series(repository, revisions)
    base = find_base(patches, head_of(repository))
    assert base.is_sure
    assert base.source.endswith(source.removeprefix("heads/"))
    assert lay_patch(patches[0], base.tree).placement is Placement.EXACT


def test_head_is_kept_when_it_fits(repository: Repository) -> None:
    (repository.top / "mm" / "a.c").write_bytes(with_line(20, b"twenty"))
    repository.git("add", "mm/a.c")
    (patch,), _ = read_series(repository, "--staged")
    base = find_base([patch], head_of(repository))
    assert (base.source, base.matched, base.total) == ("HEAD", 1, 1)


def test_a_stranger_s_patch_gets_head_and_says_so(repository: Repository) -> None:
    diff = b"diff --git a/mm/a.c b/mm/a.c\nindex 123456789abc..987654321abc 100644\n--- a/mm/a.c\n+++ b/mm/a.c\n"
    base = find_base([parse_clean_diff(diff)], head_of(repository))
    assert base.source == "HEAD"
    assert not base.is_sure
    assert "best guess): 0 of 1" in base.describe()


def test_mails_without_ids_say_that_nothing_can_be_checked(repository: Repository) -> None:
    assert "name no pre-image" in find_base([parse_clean_diff(b"")], head_of(repository)).describe()


def test_later_patches_of_a_series_want_no_preimage_of_what_it_wrote(repository: Repository) -> None:
    patches, _ = read_series(repository, "HEAD~3..HEAD~1")
    first = patches[0].files[0]
    assert find_preimages(patches) == {"mm/a.c": first.old_id}


def test_a_file_that_moved_on_is_laid_on_the_preimage_of_the_store(repository: Repository) -> None:
    (patch,), base = read_series(repository, "HEAD~1")
    repository.commit({"mm/a.c": b"".join(LINES).replace(b"line", b"row")})
    head = open_tree(str(repository.top), None)
    placed = lay_patch(patch, head)
    assert placed.placement is Placement.EXACT
    assert "laid on the pre-image" in placed.files[0].notes[0]
    assert placed.base is not None
    assert placed.base.read("mm/a.c") == placed.files[0].before == open_tree(str(repository.top), base).read("mm/a.c")
    assert placed.tree.read("mm/a.c") == placed.files[0].after
