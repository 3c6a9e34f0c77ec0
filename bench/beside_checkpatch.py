# SPDX-License-Identifier: GPL-2.0-or-later
"""Found bugs and false alarms: ``python -m bench.beside_checkpatch LABELS [--only ID,...] [--jobs N] VERSION=TREE...``.

Runs ``kpatchlint check`` and the tree's own ``scripts/checkpatch.pl --strict`` on the same labelled patches, one after
the other, and prints for each how many planted bugs it finds, how many clean patches it says something bad about, and
seconds a patch.

LABELS is a file of JSON lines, patches beside it: ``file``, ``tree`` (one of the VERSIONs), ``kind`` ("bug" or
"clean"), and for a bug ``class``, ``expect_file``, ``expect_function``, ``expect_line``, and maybe ``also_accept``:
pairs of file and function.

- A bug is found by kpatchlint when an introduced error or warning has the label's class, and the function or a line at
  most 3 away from the label's is its place or on its path.
- checkpatch has no such classes, so for it any ERROR, WARNING or CHECK at most 3 lines from the label's line counts;
  the kinds of those messages are printed, so that everybody can see whether they are about the bug.
- A clean patch is left alone when it draws no error and no warning. For checkpatch those about the mail (not about a
  line of code) and CHECK do not count.
"""

import argparse
import collections
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

_NEAR = 3  # lines
_LONGEST_S = 600
_MESSAGE = re.compile(r"(?m)^(?P<path>[^:\n]+):(?P<line>\d+): (?P<level>ERROR|WARNING|CHECK):(?P<kind>\w+): ")

# The classes of faults that are each other's near relatives: either is the right name.
_KIN = {
    "reader-safety": {"nonleaf-clear"},
    "nonleaf-clear": {"reader-safety", "tlb-missing"},
    "error-rollback": {"ret-ignored"},
    "ret-ignored": {"error-rollback"},
    "barrier": {"tlb-missing", "bbm"},
    "tlb-missing": {"bbm", "barrier"},
    "bbm": {"tlb-missing"},
}

Label = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One program on one patch. ``is_right``: the bug is found, or the clean patch left alone; ``said``: by what."""

    label: Label
    is_right: bool
    said: tuple[str, ...]
    seconds: float


def ask_ours(label: Label, patch: Path, tree: Path) -> Outcome:
    """``kpatchlint check``, as a user runs it."""
    command = [sys.executable, "-m", "kpatchlint", "check", "--isolated", "--format", "json"]
    text, took = _run([*command, "--tree", str(tree), str(patch)], Path.cwd())
    found = [f for f in json.loads(text)["findings"] if f["state"] == "introduced" and f["severity"] != "note"]
    right = [f for f in found if _is_hit(label, f)] if label["kind"] == "bug" else []
    said = right if label["kind"] == "bug" else found
    return Outcome(label, bool(right) if label["kind"] == "bug" else not found, tuple(f["rule"] for f in said), took)


def _is_hit(label: Label, finding: Mapping[str, object]) -> bool:
    kind = str(label["class"])
    if finding["class"] not in {kind, *_KIN.get(kind, ())}:
        return False
    chain = finding["chain"]
    places = [finding, *(chain if isinstance(chain, list) else [])]
    also = label.get("also_accept") or []
    named = {(label["expect_file"], label["expect_function"]), *map(tuple, also if isinstance(also, list) else [])}
    return any(
        (place["path"], place["function"]) in named
        or (place["path"] == label["expect_file"] and _is_near(label, place["line"]))
        for place in places
    )


def _is_near(label: Label, line: object) -> bool:
    return abs(int(str(line)) - int(str(label["expect_line"]))) <= _NEAR


def ask_theirs(label: Label, patch: Path, tree: Path) -> Outcome:
    """checkpatch of the same tree, with all that it has to say."""
    text, took = _run(["scripts/checkpatch.pl", "--strict", "--terse", "--showfile", "--show-types", str(patch)], tree)
    messages = [found for found in _MESSAGE.finditer(text) if (tree / found["path"]).is_file()]
    if label["kind"] == "bug":
        near = [m for m in messages if m["path"] == label["expect_file"] and _is_near(label, m["line"])]
        return Outcome(label, bool(near), tuple(m["kind"] for m in near), took)
    loud = [m for m in messages if m["level"] != "CHECK"]
    return Outcome(label, not loud, tuple(m["kind"] for m in loud), took)


def _run(command: Sequence[str], folder: Path) -> tuple[str, float]:
    """What it prints, and seconds."""
    began = time.monotonic()
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=_LONGEST_S)
    return done.stdout.decode(errors="replace"), time.monotonic() - began


def tell(name: str, outcomes: Sequence[Outcome]) -> None:
    """Print one program's table, and what it said where it was right about a bug or wrong about a clean patch."""
    bugs = [outcome for outcome in outcomes if outcome.label["kind"] == "bug"]
    clean = [outcome for outcome in outcomes if outcome.label["kind"] == "clean"]
    print(
        f"{name:12} bugs found {sum(o.is_right for o in bugs)}/{len(bugs)}, "
        f"clean patches left alone {sum(o.is_right for o in clean)}/{len(clean)}, "
        f"seconds a patch: median {statistics.median(o.seconds for o in outcomes):.2f}, "
        f"at most {max(o.seconds for o in outcomes):.1f}"
    )
    said = collections.Counter(kind for o in bugs for kind in dict.fromkeys(o.said))
    print(f"  at the bugs: {', '.join(f'{kind} {count}' for kind, count in said.most_common()) or 'nothing'}")
    for outcome in clean:
        if not outcome.is_right:
            print(f"  {outcome.label['file']} (clean): {', '.join(outcome.said)}")


def main() -> int:
    """Run both on every patch, print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("trees", metavar="VERSION=TREE", nargs="+")
    parser.add_argument("--only", metavar="ID,...", help="these labels only")
    parser.add_argument("--jobs", type=int, default=1, help="patches at a time; more than one makes seconds worth less")
    options = parser.parse_args()
    trees = {version: Path(tree).resolve() for version, _, tree in (each.partition("=") for each in options.trees)}
    labels = [json.loads(line) for line in options.labels.read_text(encoding="utf-8").splitlines()]
    wanted = set(options.only.split(",")) if options.only else {label["id"] for label in labels}
    chosen = [label for label in labels if label["id"] in wanted and label["tree"] in trees]

    def ask(label: Label) -> tuple[Outcome, Outcome]:
        patch, tree = options.labels.resolve().parent / str(label["file"]), trees[str(label["tree"])]
        return ask_ours(label, patch, tree), ask_theirs(label, patch, tree)

    with ThreadPoolExecutor(options.jobs) as pool:
        pairs = list(pool.map(ask, chosen))
    tell("kpatchlint", [ours for ours, _ in pairs])
    tell("checkpatch", [theirs for _, theirs in pairs])
    return 0


if __name__ == "__main__":
    sys.exit(main())
