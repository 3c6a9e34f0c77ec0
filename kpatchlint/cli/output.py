# SPDX-License-Identifier: GPL-2.0-or-later
"""Where output goes: what stdout can show, writing to it when nobody reads on, and files."""

import os
import shutil
import sys
import tempfile
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kpatchlint.text.errors import UsageError

if TYPE_CHECKING:
    from kpatchlint.report.formats import Renderer
    from kpatchlint.report.terminal import View

_PIPE_WIDTH = 100
_NARROWEST, _WIDEST = 40, 200


class FormatChoice(click.ParamType[str]):
    """The name of a report format; the table of formats is imported when one is named."""

    name = "FORMAT"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from kpatchlint.report.formats import FORMATS

        return click.Choice(FORMATS).convert(value, param, ctx)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        from kpatchlint.report.formats import FORMATS

        return click.Choice(FORMATS).get_metavar(param, ctx) or self.name


def find_renderer(name: str, colour: str, output: str | None) -> "Renderer":
    """The function that renders the format of that name for stdout or, if *output* names one, a file."""
    from kpatchlint.report import formats

    if name != formats.TEXT:
        return formats.find_renderer(name)
    from kpatchlint.report.terminal import render_terminal

    view = stdout_view(colour) if output is None else file_view(colour)
    return lambda report, states: render_terminal(report, states, view)


def put(text: str, output: str | None) -> None:
    """Write *text* to stdout, or to the file that *output* names; errors as ``write_file``."""
    if output is None:
        write(text)
    else:
        write_file(output, text)


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


def write_file(name: str, text: str) -> None:
    """Write *text* to the file of that name, all of it or nothing: a reader never sees half a report.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        if os.path.isfile(name) or not os.path.lexists(name):
            _replace(os.path.realpath(name), text)
        else:  # /dev/stdout, a pipe: nothing to put in its place
            Path(name).write_text(text, encoding="utf-8", errors="backslashreplace")
    except (OSError, ValueError) as error:
        raise UsageError(f"{name}: {getattr(error, 'strerror', None) or 'not a file name'}") from None


def _replace(path: str, text: str) -> None:
    """Put a file with *text* where *path* is, or leave all as it was."""
    folder, base = os.path.split(path)
    handle, part = tempfile.mkstemp(dir=folder, prefix=f".{base}.")
    try:
        with open(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
        os.chmod(part, 0o666 & ~_umask())
        os.replace(part, path)
    except BaseException:
        os.unlink(part)
        raise


def _umask() -> int:
    """The process's own mask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def file_view(colour: str = "auto") -> "View":
    """How text is written to a file: as to a pipe, without colour unless it is asked for."""
    from kpatchlint.report.terminal import View

    return View(width=min(max(_piped_width(), _NARROWEST), _WIDEST), colour=colour == "always")


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
