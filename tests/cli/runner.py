# SPDX-License-Identifier: GPL-2.0-or-later
"""The command as a user runs it: a process of its own, with nothing of the test's environment but what is given."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
FIXTURES = TOP / "fixtures"


@dataclass(frozen=True, slots=True)
class Run:
    """What one call printed, and its exit code."""

    code: int
    out: str
    err: str


def kpatchlint(*arguments: str | Path, stdin: bytes = b"", cwd: Path = TOP, **environment: str) -> Run:
    """Run ``kpatchlint`` with *arguments*; *environment* is laid over a small one."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "kpatchlint", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env={**kept, "PYTHONPATH": str(TOP), **environment},
        check=False,
        timeout=120,
    )
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())
