# SPDX-License-Identifier: GPL-2.0-or-later
"""Placement against git itself: random files, random edits, random drift."""

import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpatchlint.patch.records import FileStatus
from kpatchlint.tree.place import lay_patch
from kpatchlint.tree.records import Placement
from tests.tree.clean_diff import parse_clean_diff
from tests.tree.repository import MemoryTree, Repository

# Few different lines, so that hunks often fit in several places.
LINES = st.sampled_from(
    [b"", b"}", b"\treturn 0;", b"int f(void)", b"{", b"\tcall(a);", b"\tcall(b);", b"#endif", b"x\r"]
)
ENDS = st.sampled_from([b"\n", b""])
FILES = st.builds(lambda lines, end: b"\n".join(lines) + (end if lines else b""), st.lists(LINES, max_size=40), ENDS)
RARE = st.integers(0, 10**6).map(lambda n: b"\tvalue_%d;" % n)


@st.composite
def edited(draw: st.DrawFn, content: bytes) -> bytes:
    """*content* with a few lines deleted, replaced and inserted."""
    lines = content.split(b"\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines)))
        span = draw(st.integers(0, 3))
        lines[at : at + span] = draw(st.lists(LINES | RARE, max_size=3))
    return b"\n".join(lines)


@st.composite
def file_pairs(draw: st.DrawFn) -> tuple[bytes, bytes]:
    before = draw(FILES)
    return before, draw(edited(before))


@pytest.fixture(scope="module")
def repository() -> Repository:
    return Repository(Path(tempfile.mkdtemp(prefix="kpatchlint-test-")))


def git_diff(repository: Repository, before: bytes, after: bytes, *options: str) -> bytes:
    (repository.top / "a.c").write_bytes(before)
    repository.git("add", "-f", "a.c")
    (repository.top / "a.c").write_bytes(after)
    return repository.git("diff", "--no-color", "--full-index", *options, "--", "a.c")


def git_apply(repository: Repository, base: bytes, diff: bytes) -> bytes | None:
    """What git makes of *diff* on *base*, None when it refuses."""
    (repository.top / "a.c").write_bytes(base)
    try:
        repository.git("apply", "--whitespace=nowarn", "-", stdin=diff)
    except subprocess.CalledProcessError:
        return None
    return (repository.top / "a.c").read_bytes()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(pair=file_pairs(), context=st.sampled_from(["-U3", "-U1", "-U0", "-U8"]))
def test_a_diff_over_its_own_base_gives_the_author_s_file(
    repository: Repository, pair: tuple[bytes, bytes], context: str
) -> None:
    before, after = pair
    patch = parse_clean_diff(git_diff(repository, before, after, context))
    placed = lay_patch(patch, MemoryTree({"a.c": before}))
    if not patch.files:
        assert before == after
        return
    assert placed.files[0].after == after
    assert placed.placement is Placement.EXACT


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(pair=file_pairs())
def test_the_line_sets_rebuild_one_file_from_the_other(repository: Repository, pair: tuple[bytes, bytes]) -> None:
    before, after = pair
    patch = parse_clean_diff(git_diff(repository, before, after))
    if not patch.files:
        return
    file = lay_patch(patch, MemoryTree({"a.c": before})).files[0]
    kept_before = [line for n, line in enumerate(before.split(b"\n"), 1) if n not in file.removed_lines]
    kept_after = [line for n, line in enumerate(after.split(b"\n"), 1) if n not in file.added_lines]
    assert [line for line in kept_before if line] == [line for line in kept_after if line]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(pair=file_pairs())
def test_a_patch_and_its_reverse_give_the_base_back(repository: Repository, pair: tuple[bytes, bytes]) -> None:
    before, after = pair
    there = parse_clean_diff(git_diff(repository, before, after))
    back = parse_clean_diff(git_diff(repository, before, after, "-R"))
    if there.files:
        patched = lay_patch(there, MemoryTree({"a.c": before})).tree
        assert lay_patch(back, patched).tree.read("a.c") == before


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(pair=file_pairs(), data=st.data())
def test_over_a_drifted_base_it_never_differs_from_git_where_both_are_sure(
    repository: Repository, pair: tuple[bytes, bytes], data: st.DataObject
) -> None:
    """git takes the nearest place; we may leave a hunk open where it guesses, but must not place it elsewhere.

    Files end in a newline here: ``git apply`` glues lines together when only the patch's own file lacks it.
    """
    before, after = (content.rstrip(b"\n") + b"\n" for content in pair)
    drifted = data.draw(edited(before)).rstrip(b"\n") + b"\n"
    diff = git_diff(repository, before, after)
    patch = parse_clean_diff(diff)
    if not patch.files or patch.files[0].status is not FileStatus.MODIFIED:
        return
    by_git = git_apply(repository, drifted, diff)
    placed = lay_patch(patch, MemoryTree({"a.c": drifted}))
    if placed.placement in (Placement.EXACT, Placement.PLACED) and by_git is not None:
        assert placed.files[0].after == by_git
