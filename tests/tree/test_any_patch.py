# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever a reader may hand over, placement answers with a record that holds together."""

import string

from hypothesis import given, settings
from hypothesis import strategies as st

from kpatchlint.patch.records import DiffLine, FilePatch, FileStatus, Hunk, LineKind, Patch
from kpatchlint.tree.content import compute_blob_id, split_lines
from kpatchlint.tree.place import lay_patch
from kpatchlint.tree.records import PlacedFile
from tests.tree.repository import MemoryTree

TEXTS = st.sampled_from(
    [b"", b" ", b"}", b"call_a();", b"\tcall_b();", b"call_c();\r", b"\xc2\xa0x", b"\xff", b"{", b"--x"]
)
PATHS = st.none() | st.sampled_from(
    ["a.c", "dir/a.c", "dir/b.c", "../x", "/x", "", ".git/x", "a\nb", "\udcff", "none.c"]
)
IDS = st.none() | st.sampled_from(["0" * 12, "1234567", compute_blob_id(b"")[:12], "f" * 64])
COUNTS = st.none() | st.integers(-2, 40) | st.just(10**12)

LINES = st.builds(DiffLine, st.sampled_from(LineKind), TEXTS, st.integers(0, 99), st.booleans(), st.booleans())
HUNKS = st.builds(
    Hunk,
    lines=st.lists(LINES, max_size=12).map(tuple),
    old_start=COUNTS,
    old_count=COUNTS,
    new_start=COUNTS,
    new_count=COUNTS,
    section=st.sampled_from(["", "int f(void)", "\udcff", "call_a();"]),
    complete=st.booleans(),
    folded=st.booleans(),
)
FILES = st.builds(
    FilePatch,
    old_path=PATHS,
    new_path=PATHS,
    status=st.sampled_from(FileStatus),
    hunks=st.lists(HUNKS, max_size=4).map(tuple),
    old_id=IDS,
    new_id=IDS,
    new_mode=st.sampled_from([None, "100644", "120000", "junk"]),
    is_binary=st.booleans(),
    is_combined=st.booleans(),
)
PATCHES = st.builds(
    Patch,
    subject=st.text(string.printable, max_size=20),
    files=st.lists(FILES, max_size=4).map(tuple),
    mentions=st.lists(st.sampled_from(["dir/a.c", "../x", "", "/", ".../a.c"]), max_size=2).map(tuple),
)
TREES = st.dictionaries(
    st.sampled_from(["a.c", "dir/a.c", "dir/b.c", "other/b.c"]),
    st.lists(TEXTS, max_size=20).map(b"\n".join),
).map(MemoryTree)


@settings(max_examples=600, deadline=None)
@given(patch=PATCHES, tree=TREES)
def test_any_patch_over_any_tree_gives_a_sound_record(patch: Patch, tree: MemoryTree) -> None:
    placed = lay_patch(patch, tree)
    assert placed.base is not None
    for file in placed.files:
        check_file(file)
        if len(placed.files) == 1 and file.is_laid:
            assert placed.tree.read(file.path) == file.after or len(file.unplaced) > 0
    for fragment in placed.fragments:
        assert len(split_lines(fragment.code)) == len(fragment.lines)


def check_file(file: PlacedFile) -> None:
    assert (file.before is None) == (file.old_blob is None)
    assert (file.after is None) == (file.new_blob is None)
    assert file.old_blob in (None, compute_blob_id(file.before or b""))
    assert file.new_blob in (None, compute_blob_id(file.after or b""))
    assert set(file.cut) <= set(file.unplaced)
    assert file.is_laid or (file.after is None and not file.proven)
    if file.after is not None:
        assert all(1 <= line <= len(split_lines(file.after)) for line in file.added_lines)
        assert all(1 <= line <= len(split_lines(file.before or b"")) for line in file.removed_lines)
