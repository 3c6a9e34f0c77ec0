# SPDX-License-Identifier: GPL-2.0-or-later
"""Fuzz the reader with hypothesis: ``python -m bench.fuzz_reader [COUNT [SEED]]``, by default 200,000 inputs.

Prints how many inputs were read, refused in kpatchlint's own words, or broke it, and the slowest one.
"""

import collections
import sys
import time
import traceback

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.patch.hostile import hostile_mails, read_all

LIMIT_S = 2.0


def main(count: int, number: int) -> int:
    """Run *count* inputs from seed *number*; 1 when any broke the reader or took over two seconds."""
    outcomes: collections.Counter[str] = collections.Counter()
    slowest = (0.0, b"")
    start = time.monotonic()

    @seed(number)
    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(data=hostile_mails())
    def run(data: bytes) -> None:
        nonlocal slowest
        began = time.monotonic()
        try:
            found = read_all(data)
        except Exception:
            outcomes["broken"] += 1
            print(repr(data[:2000]), traceback.format_exc(), sep="\n", file=sys.stderr)
            return
        took = time.monotonic() - began
        slowest = max(slowest, (took, data[:200]))
        outcomes["refused" if found < 0 else "no patch" if found == 0 else "patches"] += 1
        outcomes["too slow"] += took > LIMIT_S

    run()
    total = sum(outcomes[name] for name in ("refused", "no patch", "patches", "broken"))
    print(f"inputs {total} in {time.monotonic() - start:.0f} s, seed {number}")
    for name in ("patches", "no patch", "refused", "broken", "too slow"):
        print(f"  {name:10} {outcomes[name]}")
    print(f"  slowest    {slowest[0] * 1000:.0f} ms")
    return int(bool(outcomes["broken"] or outcomes["too slow"] or total < count))


if __name__ == "__main__":
    wanted = [int(word) for word in sys.argv[1:3]]
    sys.exit(main(wanted[0] if wanted else 200_000, wanted[1] if len(wanted) > 1 else 1))
