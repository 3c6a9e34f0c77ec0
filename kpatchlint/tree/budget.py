# SPDX-License-Identifier: GPL-2.0-or-later
"""What placing one patch may cost at most, so that hostile input ends in a bounded time."""

import msgspec


class Budget(msgspec.Struct):
    """What is left to spend on one patch: what lies where it says, white space intact, costs nothing.

    ``cells`` are lines compared, or steps of alignment at a higher price: all of them take some seconds.
    ``tried_bytes`` are file contents built only to see whether their blob id is the mail's.
    """

    cells: int = 6_000_000
    tried_bytes: int = 100 << 20

    def spend_cells(self, count: int) -> bool:
        """Take *count* cells from what is left, and tell whether that many were left."""
        self.cells -= count
        return self.cells >= 0

    def spend_bytes(self, count: int) -> bool:
        """Take *count* bytes from what is left, and tell whether that many were left."""
        self.tried_bytes -= count
        return self.tried_bytes >= 0

    @property
    def is_used_up(self) -> bool:
        """Whether anything was left undone for want of budget."""
        return self.cells < 0 or self.tried_bytes < 0
