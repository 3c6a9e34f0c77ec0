# SPDX-License-Identifier: GPL-2.0-or-later
"""Fuzz the reader with hypothesis: ``python -m bench.fuzz_reader [COUNT [SEED]]``, by default 200,000 inputs.

Prints how many inputs were read, refused in kpatchlint's own words, or broke it, and the slowest one. Exit code 1 when
any broke it or took over two seconds.
"""

import collections
import gc
import sys
import time
import traceback
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.patch.hostile import hostile_mails, read_all

LIMIT_S = 2.0
BATCH_COUNT = 5000  # hypothesis remembers what it has drawn, so one long run would fill the memory


@dataclass(slots=True)
class Record:
    """What has come out so far, and how long the slowest input took."""

    outcomes: collections.Counter[str] = field(default_factory=collections.Counter)
    slowest_s: float = 0.0

    def run(self, data: bytes) -> None:
        """Read one input and note what comes of it."""
        began = time.process_time()
        try:
            found = read_all(data)
        except Exception:
            self.outcomes["broken"] += 1
            print(repr(data[:2000]), traceback.format_exc(), sep="\n", file=sys.stderr)
            return
        took = time.process_time() - began
        self.slowest_s = max(self.slowest_s, took)
        self.outcomes["too slow"] += took > LIMIT_S
        self.outcomes["refused" if found < 0 else "no patch" if found == 0 else "patches"] += 1

    @property
    def total(self) -> int:
        return self.outcomes.total() - self.outcomes["too slow"]


def run_batch(record: Record, count: int, number: int) -> None:
    """Draw *count* inputs from seed *number*."""
    everything = list(HealthCheck)

    @seed(number)
    @settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=everything
    )
    @given(data=hostile_mails())
    def run(data: bytes) -> None:
        record.run(data)

    run()


def main(count: int, number: int) -> int:
    """Run at least *count* inputs from seed *number* on."""
    record = Record()
    start = time.monotonic()
    batch = 0
    while record.total < count:
        run_batch(record, min(BATCH_COUNT, count - record.total), number + batch)
        batch += 1
        gc.collect()  # what hypothesis remembers hangs together in cycles
    print(f"inputs {record.total} in {time.monotonic() - start:.0f} s, seed {number}")
    for name in ("patches", "no patch", "refused", "broken", "too slow"):
        print(f"  {name:10} {record.outcomes[name]}")
    print(f"  slowest    {record.slowest_s * 1000:.0f} ms")
    return int(bool(record.outcomes["broken"] or record.outcomes["too slow"]))


if __name__ == "__main__":
    wanted = [int(word) for word in sys.argv[1:3]]
    sys.exit(main(wanted[0] if wanted else 200_000, wanted[1] if len(wanted) > 1 else 1))
