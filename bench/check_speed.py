# SPDX-License-Identifier: GPL-2.0-or-later
"""A check beside what kernel developers run already: ``python -m bench.check_speed TREE [PATCH...]``.

Two ratios in one run, each of medians of ``--runs`` (5) runs in turn: what else the machine does weighs on both.

- cold: a first check with nothing indexed, beside ``cscope -b -k`` over the files that we index;
- warm: a check of each one-file patch, beside the tree's ``scripts/checkpatch.pl --strict`` on it.

TREE is a kernel with its files checked out. The check runs over a git tree: TREE's own HEAD, or, for a plain directory,
a bare repository made of it in a temporary folder. Without PATCH, small edits are made (``bench/edits.py``).
Memory is that of the largest process; for the cold check all processes together are bounded by it.

Exit code 1 when a median is over its bar: cold 1.0 and 1536 MB, warm 2.0 and 200 MB.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.cost import Cost, measure, median
from bench.edits import build_patches
from kpatchlint.facts.index import is_source
from kpatchlint.tree.base import is_repository
from kpatchlint.tree.directory import DirectoryTree

_COLD_MAX_RATIO, _COLD_MAX_MB = 1.0, 1536
_WARM_MAX_RATIO, _WARM_MAX_MB = 2.0, 200


@dataclass(frozen=True, slots=True)
class Pair:
    """Our median and the other program's."""

    name: str
    ours: Cost
    theirs: Cost

    @property
    def ratio(self) -> float:
        """Wall clock, ours to theirs."""
        return self.ours.wall_s / self.theirs.wall_s


@dataclass(frozen=True, slots=True)
class Place:
    """Where things are: the tree's files, the bare repository of them, and a folder to work in."""

    top: Path
    repository: Path
    scratch: Path

    def check(self, patch: Path) -> list[str]:
        """Our command for one patch."""
        return [sys.executable, "-m", "kpatchlint", "check", "--tree", str(self.repository), str(patch)]


def find_or_build_repository(top: Path, into: Path) -> Path:
    """*top* itself, if it is a repository; else a bare one at *into*, whose one commit is the tree at *top*."""
    if is_repository(str(top)):
        return top
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    git = ["git", f"--git-dir={into}", f"--work-tree={top}", *identity]
    subprocess.run(["git", "init", "-q", "--bare", str(into)], check=True)
    for arguments in (["add", "-A", "-f", "."], ["commit", "-q", "-m", "as it is"], ["gc", "-q"]):
        subprocess.run([*git, "-c", "core.bare=false", "-c", "gc.auto=0", *arguments], check=True, cwd=top)
    return into


def measure_cold(place: Place, patch: Path, runs: int) -> Pair:
    """A first check, with an empty folder for the index, beside cscope."""
    ours, theirs = [], []
    files = [path for path in DirectoryTree(str(place.top)).listing() if is_source(path)]
    for _ in range(runs):
        with tempfile.TemporaryDirectory(dir=place.scratch) as name:
            folder = Path(name)
            (folder / "cscope.files").write_text("".join(f"{place.top}/{path}\n" for path in files))
            theirs.append(measure(["cscope", "-b", "-k", "-i", "cscope.files"], folder))
            ours.append(measure(place.check(patch), folder, folder / "cache"))
    return Pair(f"cold, {len(files)} files", median(ours), median(theirs))


def measure_warm(place: Place, patch: Path, runs: int) -> Pair:
    """A check of one patch beside checkpatch.pl on it; a first run, which may have to index, is left out."""
    cache = place.scratch / "cache"
    theirs_command = ["perl", "scripts/checkpatch.pl", "--strict", str(patch)]
    measure(place.check(patch), place.scratch, cache)
    ours, theirs = [], []
    for _ in range(runs):
        theirs.append(measure(theirs_command, place.top))
        ours.append(measure(place.check(patch), place.scratch, cache))
    return Pair(patch.stem, median(ours), median(theirs))


def show(pair: Pair, other: str) -> None:
    """One line of the table."""
    ours, theirs = pair.ours, pair.theirs
    print(
        f"{pair.name[:40]:40} {ours.wall_s:7.2f} s {ours.cpu_s:7.2f} s CPU {ours.memory_mb:5.0f} MB"
        f" | {other} {theirs.wall_s:6.2f} s {theirs.cpu_s:6.2f} s CPU | ratio {pair.ratio:5.2f}",
        flush=True,
    )


def judge(cold: Pair | None, warm: Sequence[Pair]) -> int:
    """Print the medians; the exit code."""
    is_over = False
    if cold is not None:
        memory_mb = cold.ours.memory_mb * (1 + (os.cpu_count() or 1))
        print(f"cold: {cold.ratio:.2f} of cscope; all processes together at most {memory_mb:.0f} MB")
        is_over = cold.ratio > _COLD_MAX_RATIO or memory_mb > _COLD_MAX_MB
    if not warm:
        return int(is_over)
    ratio = statistics.median(pair.ratio for pair in warm)
    memory_mb = statistics.median(pair.ours.memory_mb for pair in warm)
    worst = max(warm, key=lambda pair: pair.ratio)
    print(
        f"warm: {ratio:.2f} of checkpatch --strict, {memory_mb:.0f} MB (medians of {len(warm)} patches);"
        f" worst {worst.ratio:.2f} ({worst.name}), {max(pair.ours.memory_mb for pair in warm):.0f} MB"
    )
    return int(is_over or ratio > _WARM_MAX_RATIO or memory_mb > _WARM_MAX_MB)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code."""
    parser = argparse.ArgumentParser(description="A check beside cscope (cold) and checkpatch (warm).")
    parser.add_argument("tree", type=Path)
    parser.add_argument("patches", nargs="*", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=["cold", "warm"])
    options = parser.parse_args(arguments)
    if options.only != "warm" and shutil.which("cscope") is None:
        parser.error("cscope is not installed (apt-get install cscope), or give --only warm")
    with tempfile.TemporaryDirectory() as name:
        top = options.tree.resolve()
        place = Place(top, find_or_build_repository(top, Path(name, "tree.git")), Path(name))
        patches = [path.resolve() for path in options.patches] or build_patches(place.top, place.scratch)
        cold = None if options.only == "warm" else measure_cold(place, patches[0], options.runs)
        if cold is not None:
            show(cold, "cscope")
        warm: list[Pair] = []
        for patch in patches if options.only != "cold" else ():
            warm.append(measure_warm(place, patch, options.runs))
            show(warm[-1], "checkpatch")
        return judge(cold, warm)


if __name__ == "__main__":
    sys.exit(main())
