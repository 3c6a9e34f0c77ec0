# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches over a real kernel tree, mangled, read back and placed: the same blob ids come out."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from kpatchlint.mail.archive import parse_archive_page
from kpatchlint.patch.extract import extract_patches
from kpatchlint.tree.place import lay_patch
from kpatchlint.tree.records import Placement
from tests.patch.mangle import EXACT, flattened, reply, with_nbsp
from tests.patch.sample import Change, build_change, read_patch
from tests.tree.repository import MemoryTree

FOLDERS = ("mm", "arch/arm64/mm", "arch/arm64/kernel", "kernel/sched")
SEEDS = range(12)


def random_changes(tree: Path, seed: int) -> Iterator[tuple[str, Change]]:
    """A few edits of a few files: lines dropped, doubled, swapped, renamed; what stands in the tree is not ours."""
    rng = random.Random(seed)
    for folder in FOLDERS:
        files = sorted(
            path for path in (tree / folder).iterdir() if path.suffix in (".c", ".h", ".S") or path.name == "Kconfig"
        )
        path = rng.choice(files)
        content = path.read_bytes()
        if b"\r" in content or not content.endswith(b"\n") or b"\xc2\xa0" in content:
            continue
        before = content.split(b"\n")[:-1]
        after = list(before)
        for _ in range(rng.randint(1, 4)):
            _edit(after, rng)
        if after != before:
            name = str(path.relative_to(tree))
            yield name, build_change(before, after, name)


def _edit(lines: list[bytes], rng: random.Random) -> None:
    at = rng.randrange(len(lines))
    match rng.randrange(4):
        case 0:
            del lines[at : at + rng.randint(1, 5)]
        case 1:
            lines[at:at] = [b"\tsample_call(%d);" % rng.randrange(1000), b""]
        case 2:
            lines[at] = lines[at].replace(b"(", b"_renamed(", 1)
        case _:
            lines[at : at + 2] = reversed(lines[at : at + 2])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("damage", [*EXACT, "a reply"])
def test_same_blob_ids_after(damage: str, seed: int, tree_6_12: Path) -> None:
    for name, change in random_changes(tree_6_12, seed):
        if damage == "a reply":
            raw = reply(change.body, 1 + seed % 6, random.Random(seed))
        elif damage == "latin-1" and not is_latin(change.body):
            continue
        else:
            raw = EXACT[damage](change.body)
        placed = lay_patch(read_patch(raw), MemoryTree({name: change.before}))
        assert (name, placed.placement) == (name, Placement.EXACT)
        assert placed.files[0].after == change.after


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("damage", ["flattened", "no-break spaces"])
def test_same_code_once_white_space_is_folded_after(damage: str, seed: int, tree_6_12: Path) -> None:
    for name, change in random_changes(tree_6_12, seed):
        if damage == "flattened":
            (patch,) = extract_patches(parse_archive_page(flattened(change.body), "page"))
        else:
            patch = read_patch(with_nbsp(change.body))
        placed = lay_patch(patch, MemoryTree({name: change.before}))
        assert (name, placed.placement) != (name, Placement.FRAGMENT)
        if placed.placement is not Placement.PARTIAL:  # a hunk that fits in two places equally well is not guessed
            assert fold(placed.files[0].after or b"") == fold(change.after)


def fold(content: bytes) -> list[bytes]:
    return [b" ".join(line.split()) for line in content.split(b"\n")]


def is_latin(body: bytes) -> bool:
    try:
        body.decode().encode("latin-1")
    except UnicodeError:
        return False
    return True
