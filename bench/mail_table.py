# SPDX-License-Identifier: GPL-2.0-or-later
"""How well real list mail is read and placed: ``python -m bench.mail_table FOLDER [own] [quoted] [hard]``.

FOLDER holds raw mails and MANIFEST.jsonl, a row each: ``file``, ``kind`` (own, quoted, hard), ``trees`` that hold its
pre-images ("6.12", "6.1"), ``why`` for hard ones. The trees are those of KPATCHLINT_TREE_6_12 and KPATCHLINT_TREE_6_1.
"""

import collections
import io
import json
import os
import re
import resource
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.git_apply import applies_exactly
from kpatchlint.mail.read import read_inputs
from kpatchlint.patch.extract import extract_patches
from kpatchlint.patch.records import FilePatch, Patch
from kpatchlint.tree.base import open_tree
from kpatchlint.tree.place import lay_patch
from kpatchlint.tree.records import PlacedPatch, Placement, Tree

_LIST_OF = re.compile(r"^(?:own|quoted|hard)-(.*)-[0-9a-f]{6,}\.eml$")


@dataclass(frozen=True, slots=True)
class Row:
    """One mail of the manifest with its patches; for a reply of its own, only the diffs that are not quoted."""

    file: Path
    kind: str
    trees: tuple[str, ...]
    why: str
    patches: tuple[Patch, ...]

    @property
    def list_name(self) -> str:
        found = _LIST_OF.match(self.file.name)
        return found[1] if found else self.file.name


@dataclass(slots=True)
class Share:
    """How many of how many."""

    hits: int = 0
    total: int = 0

    def add(self, hit: bool) -> None:
        self.hits += hit
        self.total += 1

    def __str__(self) -> str:
        return f"{self.hits:4}/{self.total:<4} {100 * self.hits / max(self.total, 1):5.1f} %"


@dataclass(slots=True)
class Clock:
    """Seconds spent in reading and in placing."""

    read_s: float = 0.0
    place_s: float = 0.0
    mails: int = 0
    placements: collections.Counter[str] = field(default_factory=collections.Counter)


def read_rows(folder: Path, kinds: Iterable[str], clock: Clock) -> list[Row]:
    """Read every mail of the manifest that is of one of *kinds*."""
    rows = []
    for line in (folder / "MANIFEST.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if entry["kind"] not in kinds:
            continue
        file = folder / entry["file"]
        began = time.perf_counter()
        patches = [p for mail in read_inputs([str(file)], stdin=io.BytesIO()) for p in extract_patches(mail)]
        clock.read_s += time.perf_counter() - began
        clock.mails += 1
        if entry["kind"] == "own":
            patches = [patch for patch in patches if patch.depth == 0] or patches
        trees = tuple(entry.get("trees", ()))
        rows.append(Row(file, entry["kind"], trees, entry.get("why", ""), tuple(patches)))
    return rows


def place(row: Row, trees: dict[str, Tree], clock: Clock) -> list[PlacedPatch]:
    """The patches of *row* on whichever of its trees they fit best."""
    best: list[PlacedPatch] = []
    order = list(Placement)
    for name in row.trees:
        began = time.perf_counter()
        placed: list[PlacedPatch] = []
        tree = trees[name]
        for patch in row.patches:
            placed.append(lay_patch(patch, placed[-1].tree if patch.continues and placed else tree))
        clock.place_s += time.perf_counter() - began
        if not best or sum(order.index(p.placement) for p in placed) < sum(order.index(p.placement) for p in best):
            best = placed
    clock.placements.update(patch.placement.value for patch in best)
    return best


def is_exact(placed: Sequence[PlacedPatch]) -> bool:
    """Whether every file of every patch is proven by the mail's own blob ids."""
    return bool(placed) and all(patch.placement is Placement.EXACT for patch in placed)


def print_own(rows: Sequence[Row], trees: dict[str, Tree], clock: Clock) -> None:
    """Exact shares beside git's, a line a list."""
    ours: dict[str, Share] = collections.defaultdict(Share)
    gits: dict[str, Share] = collections.defaultdict(Share)
    for row in rows:
        mine = is_exact(place(row, trees, clock))
        git = any(applies_exactly(row.file, row.patches, Path(tree_path(name))) for name in row.trees)
        for name in (row.list_name, "all"):
            ours[name].add(mine)
            gits[name].add(git)
        if git and not mine:
            print(f"  git only: {row.file.name}")
    print(f"{'own diffs, exact':24} {'kpatchlint':18} git mailinfo | git apply")
    for name in sorted(ours, key=lambda name: (name == "all", name)):
        print(f"  {name:22} {ours[name]!s:18} {gits[name]}")


def is_whole(file: FilePatch) -> bool:
    """Whether all hunks of a file are there in full, as far as their numbers tell."""
    drift = 0
    for hunk in file.hunks:
        if not hunk.complete or hunk.old_start is None or hunk.new_start is None:
            return False
        if hunk.old_count and hunk.new_count and hunk.new_start - hunk.old_start != drift:
            return False
        drift += (hunk.new_count or 0) - (hunk.old_count or 0)
    return bool(file.hunks)


def print_quoted(rows: Sequence[Row], trees: dict[str, Tree], clock: Clock) -> None:
    """Replies: exact where the quote is whole, hunks with a place where it is trimmed."""
    whole, files_whole, trimmed, hunks, found = Share(), Share(), Share(), Share(), Share()
    for row in rows:
        placed = place(row, trees, clock)
        found.add(bool(row.patches))
        files = [file for patch in row.patches for file in patch.files]
        results = [file for patch in placed for file in patch.files]
        for file, result in zip(files, results, strict=False):
            if is_whole(file):
                files_whole.add(result.proven)
            for index in range(len(file.hunks)):
                hunks.add(index not in result.unplaced or index in result.cut)
        if files and all(is_whole(file) for file in files):
            whole.add(is_exact(placed))
        elif files:
            trimmed.add(all(set(file.unplaced) <= set(file.cut) for file in results) and bool(results))
    print("quoted diffs")
    print(f"  a patch was found in                        {found}")
    print(f"  whole replies, exact                        {whole}")
    print(f"  files whose quoted hunks are whole, exact   {files_whole}")
    print(f"  trimmed replies, all hunks found            {trimmed}")
    print(f"  hunks that found their place                {hunks}")


def print_hard(rows: Sequence[Row]) -> None:
    """What is in each difficult mail, and what is said of it."""
    print("hard mails: why | patches x files, hunks whole/all, depths | damage")
    for row in sorted(rows, key=lambda row: row.why):
        files = [file for patch in row.patches for file in patch.files]
        hunks = [hunk for file in files for hunk in file.hunks]
        depths = ",".join(str(patch.depth) for patch in row.patches) or "-"
        said = "; ".join(dict.fromkeys(sentence for patch in row.patches for sentence in patch.damage))
        whole = sum(hunk.complete for hunk in hunks)
        shape = f"{len(row.patches)} x {len(files)}, {whole}/{len(hunks)}, depth {depths}"
        print(f"  {row.why:22} {row.file.stem[-12:]} | {shape:28} | {said[:150]}")


def tree_path(name: str) -> str:
    """The folder of tree "6.12" or "6.1"."""
    return os.environ["KPATCHLINT_TREE_" + name.replace(".", "_")]


def main(folder: str, kinds: Sequence[str]) -> None:
    """Print the tables for *kinds*, then throughput and memory."""
    clock = Clock()
    wanted = kinds or ("own", "quoted", "hard")
    trees = {name: open_tree(tree_path(name), None) for name in ("6.12", "6.1")}
    rows = read_rows(Path(folder), wanted, clock)
    of_kind = {kind: [row for row in rows if row.kind == kind] for kind in wanted}
    if "own" in wanted:
        print_own(of_kind["own"], trees, clock)
    if "quoted" in wanted:
        print_quoted(of_kind["quoted"], trees, clock)
    if "hard" in wanted:
        print_hard(of_kind["hard"])
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"read {clock.mails} mails in {clock.read_s:.2f} s: {clock.mails / clock.read_s:.0f} mails/s")
    print(f"placed {sum(clock.placements.values())} patches in {clock.place_s:.2f} s: {dict(clock.placements)}")
    print(f"peak memory {peak_mb:.0f} MB")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
