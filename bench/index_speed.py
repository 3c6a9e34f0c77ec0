# SPDX-License-Identifier: GPL-2.0-or-later
"""The cold index beside cscope's over the same files: ``python -m bench.index_speed TREE [RUNS]``, by default 3 runs.

Prints for each the median of wall clock and CPU seconds and the memory of its largest process, the ratios, and how long
it takes to open the index again. Both run in turn, so that what else the machine does weighs on both. Exit code 1 when
ours is slower or takes over 1.5 GB in all its processes together.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from bench.cost import Cost, measure, median
from kpatchlint.facts.index import is_source, open_index
from kpatchlint.tree.directory import DirectoryTree

RUNS = 3
MEMORY_MAX_MB = 1536
_OURS = [sys.executable, "-m", "bench.index_speed", "--once"]


def open_once(top: str, folder: str) -> None:
    """What a first or later check does with the index."""
    tree = DirectoryTree(top)
    open_index(tree, tree.listing(), Path(folder))


def show(name: str, cost: Cost) -> None:
    """One line of the table."""
    print(
        f"{name:14} {cost.wall_s:7.2f} s wall {cost.cpu_s:7.2f} s CPU {cost.memory_mb:6.0f} MB in the largest process"
    )


def compare(top: str, runs: int) -> int:
    """Print the table; the exit code."""
    sources = [path for path in DirectoryTree(top).listing() if is_source(path)]
    print(f"{len(sources)} files, {os.cpu_count()} processors, median of {runs}")
    costs: dict[str, list[Cost]] = {"cscope -b -k": [], "cold index": [], "opened again": []}
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "cscope.files").write_text("".join(f"{top}/{path}\n" for path in sources))
            costs["cscope -b -k"].append(measure(["cscope", "-b", "-k", "-i", "cscope.files"], folder))
            shutil.rmtree(folder / "index", ignore_errors=True)
            costs["cold index"].append(measure([*_OURS, top, str(folder / "index")], folder))
            costs["opened again"].append(measure([*_OURS, top, str(folder / "index")], folder))
    for what, each in costs.items():
        show(what, median(each))
    theirs, ours = median(costs["cscope -b -k"]), median(costs["cold index"])
    memory_mb = ours.memory_mb * (1 + (os.cpu_count() or 1))
    print(f"cold index / cscope: {ours.wall_s / theirs.wall_s:.2f} wall, {ours.cpu_s / theirs.cpu_s:.2f} CPU")
    print(f"all processes of the cold index together: at most {memory_mb:.0f} MB")
    return int(ours.wall_s > theirs.wall_s or memory_mb > MEMORY_MAX_MB)


if __name__ == "__main__":
    if sys.argv[1] == "--once":
        open_once(*sys.argv[2:4])
    else:
        sys.exit(compare(os.path.realpath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else RUNS))
