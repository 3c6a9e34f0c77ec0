# SPDX-License-Identifier: GPL-2.0-or-later
"""How much of an untrusted input is read at all; beyond it the reader says so and stops."""

from dataclasses import dataclass

from kpatchlint.text.errors import InputTooLarge

MAIL_MAX_BYTES = 2 * 1024 * 1024
INPUT_MAX_BYTES = 64 * 1024 * 1024  # one mbox, or all files of one folder
LINE_MAX_BYTES = 64 * 1024
LINES_MAX_COUNT = 50_000  # of one mail
HUNKS_MAX_COUNT = 10_000  # of one mail
MAILS_MAX_COUNT = 1000
PATCHES_MAX_COUNT = 200
FILES_MAX_COUNT = 2000
MIME_MAX_DEPTH = 10
MIME_MAX_PARTS = 200


@dataclass(eq=False)
class OverLimit(InputTooLarge):
    """One measure of the input is over its limit; *what* is a noun phrase such as "a line of the mail"."""

    origin: str
    what: str
    size: int
    limit: int
    unit: str = "bytes"

    def __str__(self) -> str:
        return f"{self.origin}: {self.what} has {self.size} {self.unit}, over the limit of {self.limit}"


def check_limit(origin: str, what: str, size: int, limit: int, unit: str = "bytes") -> None:
    """Raise OverLimit when *size* is above *limit*."""
    if size > limit:
        raise OverLimit(origin, what, size, limit, unit)
