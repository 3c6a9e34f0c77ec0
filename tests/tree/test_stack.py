# SPDX-License-Identifier: GPL-2.0-or-later
"""Which tree each diff of a series starts from. One file of one line tells them apart."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.mail.records import Mail
from kpatchlint.patch.extract import extract_patches
from kpatchlint.patch.records import Patch
from kpatchlint.tree.content import compute_blob_id
from kpatchlint.tree.records import Placement
from kpatchlint.tree.stack import Stack, lay_series
from tests.tree.repository import MemoryTree

BASE = MemoryTree({"mm/a.c": b"one\n"})


def change(old: str, new: str, depth: int = 0) -> str:
    """A diff of mm/a.c with true ids, quoted to *depth*."""
    ids = "..".join(compute_blob_id(f"{word}\n".encode())[:12] for word in (old, new))
    head = f"diff --git a/mm/a.c b/mm/a.c\nindex {ids} 100644\n--- a/mm/a.c\n+++ b/mm/a.c\n"
    diff = f"{head}@@ -1 +1 @@\n-{old}\n+{new}\n"
    return "".join("> " * depth + line + "\n" for line in diff.splitlines())


def mail(*diffs: str) -> list[Patch]:
    body = "\nor rather\n\n".join(diffs).encode()
    return extract_patches(Mail(subject="[PATCH] mm: x", author="A <a@x>", body=body, origin="t"))


def words(stack: Stack) -> list[str]:
    """What mm/a.c says after each patch of the stack."""
    return [(placed.tree.read("mm/a.c") or b"").decode().strip() for placed in stack.patches]


@pytest.mark.parametrize(
    ("mails", "stacks"),
    [
        pytest.param([], [], id="no mail"),
        pytest.param([[change("one", "two")], [change("two", "six")]], [["two", "six"]], id="one diff a mail"),
        pytest.param([[change("one", "two"), change("two", "six")]], [["two", "six"]], id="one mail that goes on"),
        pytest.param([[change("one", "two"), change("one", "six")]], [["two"], ["six"]], id="two proposals"),
        pytest.param(
            [[change("one", "two", depth=1), change("one", "six")], [change("six", "ten")]],
            [["six", "ten"], ["two"]],
            id="what is quoted is not what the next mail starts from",
        ),
        pytest.param(
            [[change("one", "two")], [change("two", "six"), change("two", "ten"), change("ten", "end")]],
            [["two", "six"], ["ten", "end"]],
            id="the second proposal goes on",
        ),
    ],
)
def test_lay_series_stacks(mails: list[list[str]], stacks: list[list[str]]) -> None:
    laid = lay_series([mail(*diffs) for diffs in mails], BASE)
    assert [words(stack) for stack in laid] == stacks
    assert {placed.placement for stack in laid for placed in stack.patches} <= {Placement.EXACT}


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=4), min_size=1, max_size=8, unique=True))
def test_chain_of_changes_is_one_stack_in_one_mail_or_in_many(chain: list[str]) -> None:
    diffs = [change(old, new) for old, new in itertools.pairwise(("one", *chain))]
    (in_one,) = lay_series([mail(*diffs)], BASE)
    (in_many,) = lay_series([mail(diff) for diff in diffs], BASE)
    assert words(in_one) == words(in_many) == chain
