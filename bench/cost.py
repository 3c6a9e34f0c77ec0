# SPDX-License-Identifier: GPL-2.0-or-later
"""What a command takes: wall clock, CPU and memory of one run, and the medians of several."""

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_REPOSITORY = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took, with all that it started and waited for; ``memory_mb`` is that of its largest process."""

    wall_s: float
    cpu_s: float
    memory_mb: float


def measure(command: Sequence[str], folder: Path, cache: Path | None = None) -> Cost:
    """Run *command* in *folder* and wait for it. Ours keeps its index in *cache*.

    Python may keep its bytecode, as it does for whoever has installed us. Exit codes up to 1 are answers.
    """
    environment = {**os.environ, "PYTHONPATH": str(_REPOSITORY)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if cache is not None:
        environment["XDG_CACHE_HOME"] = str(cache)
    start = time.monotonic()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)  # it is waited for: nobody else need
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(*(statistics.median(getattr(cost, name) for cost in costs) for name in Cost.__slots__))
