# SPDX-License-Identifier: GPL-2.0-or-later
"""Damage and reading are inverse: what the mangler does to a clean patch, the reader undoes."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpatchlint.mail.archive import parse_archive_page
from kpatchlint.patch.extract import extract_patches
from kpatchlint.patch.records import FilePatch
from kpatchlint.tree.place import lay_patch
from kpatchlint.tree.records import Placement
from tests.patch.mangle import EXACT, flattened, plain, reply, with_nbsp
from tests.patch.sample import PATH, Change, changes, code_of, read_patch
from tests.tree.repository import MemoryTree

FOLDED = pytest.mark.parametrize("damage", ["flattened", "no-break spaces"])


def folded_code(files: tuple[FilePatch, ...]) -> list[tuple[str | None, str, list[tuple[str, bytes]]]]:
    """The code with white space folded."""
    return [
        (path, place, [(kind, b" ".join(text.split())) for kind, text in lines])
        for path, place, lines in code_of(files)
    ]


@pytest.mark.parametrize("damage", EXACT)
@settings(max_examples=60, deadline=None)
@given(change=changes())
def test_reader_gives_back_every_byte_of(damage: str, change: Change) -> None:
    clean = read_patch(plain(change.body))
    assert code_of(read_patch(EXACT[damage](change.body)).files) == code_of(clean.files)


@pytest.mark.parametrize("damage", EXACT)
@settings(max_examples=25, deadline=None)
@given(change=changes())
def test_blob_ids_prove_what_was_read_from(damage: str, change: Change) -> None:
    placed = lay_patch(read_patch(EXACT[damage](change.body)), MemoryTree({PATH: change.before}))
    assert placed.placement is Placement.EXACT
    assert placed.files[0].after == change.after


@pytest.mark.parametrize("depth", range(1, 7))
@settings(max_examples=60, deadline=None)
@given(change=changes(), seed=st.integers(0, 2**32))
def test_reader_unquotes_a_reply_of_depth(depth: int, change: Change, seed: int) -> None:
    clean = read_patch(plain(change.body))
    patch = read_patch(reply(change.body, depth, random.Random(seed)))
    assert patch.depth == depth
    assert code_of(patch.files) == code_of(clean.files)


@settings(max_examples=100, deadline=None)
@given(change=changes(), depth=st.integers(1, 6), seed=st.integers(0, 2**32))
def test_quoted_patch_ends_with_the_blob_ids_of_the_mail(change: Change, depth: int, seed: int) -> None:
    patch = read_patch(reply(change.body, depth, random.Random(seed)))
    placed = lay_patch(patch, MemoryTree({PATH: change.before}))
    assert placed.placement is Placement.EXACT
    assert placed.files[0].after == change.after


@settings(max_examples=100, deadline=None)
@given(change=changes(), depth=st.integers(1, 6), seed=st.integers(0, 2**32))
def test_every_remark_becomes_a_comment_and_no_remark_becomes_code(change: Change, depth: int, seed: int) -> None:
    patch = read_patch(reply(change.body, depth, random.Random(seed), remarks=1))
    assert len([comment for comment in patch.commentary if comment.text]) <= 1
    for comment in patch.commentary:
        assert comment.depth == depth - 1
        assert comment.after > 0


@settings(max_examples=150, deadline=None)
@given(change=changes())
def test_flattened_page_gives_back_the_code_once_white_space_is_folded(change: Change) -> None:
    clean = read_patch(plain(change.body))
    (patch,) = extract_patches(parse_archive_page(flattened(change.body), "page"))
    assert folded_code(patch.files) == folded_code(clean.files)
    assert all(hunk.folded for file in patch.files for hunk in file.hunks)


@settings(max_examples=150, deadline=None)
@given(change=changes())
def test_no_break_spaces_give_back_the_code_once_white_space_is_folded(change: Change) -> None:
    clean = read_patch(plain(change.body))
    assert folded_code(read_patch(with_nbsp(change.body)).files) == folded_code(clean.files)


@FOLDED
@settings(max_examples=60, deadline=None)
@given(change=changes())
def test_context_comes_from_the_tree_when_the_mail_is(damage: str, change: Change) -> None:
    if damage == "flattened":
        (patch,) = extract_patches(parse_archive_page(flattened(change.body), "page"))
    else:
        patch = read_patch(with_nbsp(change.body))
    placed = lay_patch(patch, MemoryTree({PATH: change.before}))
    if placed.placement in (Placement.EXACT, Placement.PLACED):
        after = placed.files[0].after
        assert after is not None
        assert [line.split() for line in after.split(b"\n")] == [line.split() for line in change.after.split(b"\n")]
