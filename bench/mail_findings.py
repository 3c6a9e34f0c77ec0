# SPDX-License-Identifier: GPL-2.0-or-later
"""What merged patches draw: ``python -m bench.mail_findings FOLDER OUT [KIND]`` checks each mail over its trees.

FOLDER holds raw mails and MANIFEST.jsonl (see bench/mail_table.py); KIND is own (the default), quoted or hard. The
trees are those of ``make kernels``. Leaves one JSON report a mail in OUT, for bench.judged, and prints each error and
warning, how many mails could be checked, and the seconds that the slowest took. Real patches that were merged are
nearly always right.
"""

import collections
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

_TREES = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "kpatchlint", "kernels")
_LONGEST_S = 600


@dataclass(frozen=True, slots=True)
class Outcome:
    """One mail over one tree: the exit code, the findings, and seconds."""

    name: str
    code: int
    findings: list[dict[str, object]]
    seconds: float


def check(mail: Path, tree: str, out: Path) -> Outcome:
    """Run the command as a user does, and keep what it printed."""
    began = time.monotonic()
    command = [
        sys.executable,
        "-m",
        "kpatchlint",
        "check",
        "--format",
        "json",
        "--tree",
        f"{_TREES}/linux-source-{tree}",
    ]
    done = subprocess.run([*command, str(mail)], capture_output=True, text=True, check=False, timeout=_LONGEST_S)
    took = time.monotonic() - began
    name = f"{mail.stem}-{tree}"
    if done.returncode not in (0, 1):
        return Outcome(name, done.returncode, [], took)
    (out / f"{name}.json").write_text(done.stdout, encoding="utf-8")
    return Outcome(name, done.returncode, json.loads(done.stdout)["findings"], took)


def main() -> None:
    """Print the findings, then the table."""
    folder, out, *kinds = map(Path, sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    rows = [json.loads(line) for line in (folder / "MANIFEST.jsonl").read_text(encoding="utf-8").splitlines()]
    wanted = str(kinds[0]) if kinds else "own"
    jobs = [(folder / row["file"], tree) for row in rows if row["kind"] == wanted for tree in row["trees"]]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(lambda job: check(*job, out), jobs))
    counts: collections.Counter[object] = collections.Counter()
    for outcome in outcomes:
        for each in outcome.findings:
            counts[each["severity"]] += 1
            if each["severity"] != "note":
                place = f"{each['path']}:{each['line']} {each['function']}"
                print(f"{outcome.name}: {each['severity']} {each['rule']} {place}")
        if outcome.code not in (0, 1):
            print(f"{outcome.name}: exit {outcome.code}")
    checked = sum(outcome.code in (0, 1) for outcome in outcomes)
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    print(f"{checked} of {len(outcomes)} checked: {counts['error']} errors, {counts['warning']} warnings, ", end="")
    print(f"{counts['note']} notes; slowest {slowest.seconds:.1f} s ({slowest.name})")


if __name__ == "__main__":
    main()
