# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults planted at random: ``python -m bench.mutants TREE [--kind KIND] [--count N] [--seed S] [FOLDER...]``.

Takes N random places of the tree's C files (below FOLDER, if given), makes a one-line patch of each that breaks the
code in a known way, and counts how many of them a check reports as an error or a warning of the right class. The
labelled patches are few and known; these are many, and nobody has tuned a rule to them. Not every one is a fault: some
GFP_ATOMIC in a kernel stands where sleeping would be allowed. So the figure is a lower bound of what is found, and what
is missed has to be read.

KIND: mask (GFP_ATOMIC becomes GFP_KERNEL), unlock (the unlock before an early return goes), jump (a jump to the label
that unlocks becomes a return), init (a function that uses __init code loses its own __init). And what breaks nothing,
so that whatever is said of it is false: message (one more message before a return), nowait (GFP_KERNEL becomes
GFP_NOWAIT).
"""

import argparse
import difflib
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kpatchlint.engine import check
from kpatchlint.findings.records import Finding, Severity, State
from kpatchlint.text.errors import KpatchlintError

_SLOW_S = 10
_NOTHING = ""  # the class of what breaks nothing


@dataclass(frozen=True, slots=True)
class Mutant:
    """One line of a file (from 1) as it is, and what it becomes; "" takes it away."""

    path: str
    line: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check said of a mutant: rule names of the right class, of others, and seconds."""

    mutant: Mutant
    found: tuple[str, ...]
    others: tuple[str, ...]
    seconds: float


Sites = Callable[[list[str]], Iterator[tuple[int, str]]]
_UNLOCK = re.compile(r"\t+(?:raw_)?(?:spin|read|write|mutex|up|rcu)_(?:read_|write_)?unlock\w*\(.*\);\n")
_LEAVES = re.compile(r"\t+return\b.*;\n")
_JUMP = re.compile(r"(\t+)goto (?:\w*_)?unlock\w*;\n")
_INIT = re.compile(r"(?:static )?(?:int|void) __init \w+\(.*\)\n")


def _masks(lines: list[str]) -> Iterator[tuple[int, str]]:
    for at, line in enumerate(lines):
        if "(" in line and re.search(r"\bGFP_ATOMIC\b", line) and line.startswith("\t"):
            yield at, re.sub(r"\bGFP_ATOMIC\b", "GFP_KERNEL", line, count=1)


def _unlocks(lines: list[str]) -> Iterator[tuple[int, str]]:
    for at in range(1, len(lines) - 2):
        is_inner = lines[at].startswith("\t\t") and lines[at + 2].strip() == "}"
        if is_inner and _UNLOCK.fullmatch(lines[at]) and _LEAVES.fullmatch(lines[at + 1]):
            yield at, ""


def _jumps(lines: list[str]) -> Iterator[tuple[int, str]]:
    for at, line in enumerate(lines):
        jump = _JUMP.fullmatch(line)
        if jump and len(jump.group(1)) > 1:
            head = next((h for h in reversed(lines[:at]) if re.match(r"[A-Za-z].*\(", h)), "")
            result = "" if re.match(r"(?:static )?(?:inline )?void ", head) else " -EINVAL"
            if "*" not in head.split("(")[0] and "bool" not in head:
                yield at, f"{jump.group(1)}return{result};\n"


def _inits(lines: list[str]) -> Iterator[tuple[int, str]]:
    for at, line in enumerate(lines):
        if _INIT.fullmatch(line) and "(void)" not in line:
            yield at, line.replace(" __init ", " ")


def _messages(lines: list[str]) -> Iterator[tuple[int, str]]:
    for at, line in enumerate(lines):
        if re.fullmatch(r"\treturn \w+;\n", line):
            yield at, '\tpr_debug("%s: done\\n", __func__);\n' + line


def _nowait(lines: list[str]) -> Iterator[tuple[int, str]]:
    for at, line in enumerate(lines):
        if "(" in line and re.search(r"\bGFP_KERNEL\b", line) and line.startswith("\t"):
            yield at, re.sub(r"\bGFP_KERNEL\b", "GFP_NOWAIT", line, count=1)


KINDS: Mapping[str, tuple[str, Sites]] = {
    "mask": ("sleep-in-atomic", _masks),
    "unlock": ("lock-imbalance", _unlocks),
    "jump": ("lock-imbalance", _jumps),
    "init": ("section-mismatch", _inits),
    "message": (_NOTHING, _messages),
    "nowait": (_NOTHING, _nowait),
}


def choose(top: Path, folders: list[str], sites: Sites, count: int, seed: int) -> list[Mutant]:
    """*count* places at random, each file at most once, the same ones for the same seed."""
    files = sorted(path for folder in folders for path in (top / folder).rglob("*.c"))
    generator = random.Random(seed)
    generator.shuffle(files)
    chosen: list[Mutant] = []
    for path in files:
        lines = path.read_text(encoding="latin-1").splitlines(keepends=True)
        places = list(sites(lines))
        if places:
            at, after = generator.choice(places)
            chosen.append(Mutant(path.relative_to(top).as_posix(), at + 1, lines[at], after))
        if len(chosen) == count:
            break
    return chosen


def as_mail(top: Path, mutant: Mutant) -> str:
    """The patch, as it would come from a list."""
    before = (top / mutant.path).read_text(encoding="latin-1").splitlines(keepends=True)
    after = [*before[: mutant.line - 1], *mutant.after.splitlines(keepends=True), *before[mutant.line :]]
    diff = difflib.unified_diff(before, after, f"a/{mutant.path}", f"b/{mutant.path}")
    head = f"From: A Developer <developer@example.org>\nSubject: [PATCH] {mutant.path}: simplify\n\nSimplify.\n---\n"
    return head + f"diff --git a/{mutant.path} b/{mutant.path}\n" + "".join(diff)


def judge(top: Path, kind: str, mutant: Mutant) -> Outcome:
    """Check the mutant over the tree."""
    began = time.monotonic()
    wanted, _ = KINDS[kind]
    with tempfile.NamedTemporaryFile("w", suffix=".patch", encoding="latin-1") as file:
        file.write(as_mail(top, mutant))
        file.flush()
        try:
            report = check(file.name, tree=str(top))
        except KpatchlintError as error:
            return Outcome(mutant, (), (str(error),), time.monotonic() - began)
    loud = [
        shown.verdict.finding
        for shown in report.findings
        if shown.verdict.state is State.INTRODUCED and shown.verdict.finding.severity is not Severity.NOTE
    ]
    found = tuple(f"{f.severity.value} {f.rule}" for f in loud if f.kind == wanted and _is_near(f, mutant))
    others = tuple(f"{f.severity.value} {f.rule}" for f in loud if f.kind != wanted)
    return Outcome(mutant, found, others, time.monotonic() - began)


def _is_near(finding: Finding, mutant: Mutant) -> bool:
    """Whether the finding or its path goes through the file of the mutant; a path through its function does."""
    return mutant.path in {finding.path, *(step.path for step in finding.chain)}


def main() -> int:
    """Print each mutant that is missed, each other finding, and the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tree", type=Path)
    parser.add_argument("folders", nargs="*", default=["arch/arm64", "mm", "kernel", "fs", "net", "drivers", "sound"])
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    for kind in options.kind or KINDS:
        mutants = choose(options.tree, options.folders, KINDS[kind][1], options.count, options.seed)
        with ProcessPoolExecutor(options.jobs) as pool:
            outcomes = list(pool.map(partial(judge, options.tree, kind), mutants))
        for outcome in outcomes:
            place = f"{outcome.mutant.path}:{outcome.mutant.line}"
            if not outcome.found and KINDS[kind][0] != _NOTHING:
                print(f"missed {kind} {place}: {outcome.mutant.before.strip()}")
            if outcome.seconds > _SLOW_S:
                print(f"slow   {kind} {place}: {outcome.seconds:.0f} s")
            if outcome.others:
                print(f"other  {kind} {place}: {', '.join(outcome.others)}")
        found = [o for o in outcomes if o.found]
        errors = sum(any(text.startswith("error") for text in o.found) for o in found)
        times = sorted(o.seconds for o in outcomes)
        print(
            f"{kind}: {len(found)} of {len(outcomes)} found, {errors} as an error; "
            f"seconds median {times[len(times) // 2]:.2f} max {times[-1]:.2f}"
        )
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
