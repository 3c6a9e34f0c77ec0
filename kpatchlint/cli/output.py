# SPDX-License-Identifier: GPL-2.0-or-later
"""What stdout can show, and writing to it when nobody reads on."""

import os
import shutil
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kpatchlint.report.terminal import View

_PIPE_WIDTH = 100
_NARROWEST, _WIDEST = 40, 200


def write(text: str) -> None:
    """Print *text* to stdout; a reader that has gone away (``| head``) is no failure."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes stdout once more at exit and would complain there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def stdout_view(colour: str = "auto") -> "View":
    """The width, colour and characters of stdout.

    Args:
        colour: "auto" (a terminal, without NO_COLOR and not TERM=dumb), "always" or "never".
    """
    from kpatchlint.report.terminal import View

    is_terminal = sys.stdout.isatty()
    is_coloured = is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size((_PIPE_WIDTH, 24)).columns if is_terminal else _piped_width()
    return View(
        width=min(max(width, _NARROWEST), _WIDEST),
        colour=is_coloured if colour == "auto" else colour == "always",
        unicode=(sys.stdout.encoding or "").lower().replace("-", "").startswith("utf"),
    )


def _piped_width() -> int:
    """COLUMNS when somebody set it: a pipe has no width of its own."""
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isascii() and columns.isdigit() else _PIPE_WIDTH
