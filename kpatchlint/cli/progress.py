# SPDX-License-Identifier: GPL-2.0-or-later
"""What is being done, on one line of a terminal that is wiped when it is done."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from kpatchlint.engine import Tell, tell_nobody
from kpatchlint.text.clean import printable

_WIPE = "\r\x1b[K"


@contextmanager
def progress(*, is_wanted: bool = True) -> Iterator[Tell]:
    """A function that shows a sentence on stderr in place of the one before.

    It shows nothing unless stderr is a terminal that can wipe a line: a log, a pipe and b4 see no trace of it.
    """
    if not (is_wanted and sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"):
        yield tell_nobody
        return
    try:
        yield _show
    finally:
        print(_WIPE, end="", file=sys.stderr, flush=True)


def _show(doing: str) -> None:
    room = max(shutil.get_terminal_size().columns - 1, 20)
    said = printable(f"kpatchlint: {doing}"[: room + 1], tab=" ")
    print(_WIPE + (said if len(said) <= room else f"{said[: room - 3]}..."), end="", file=sys.stderr, flush=True)
