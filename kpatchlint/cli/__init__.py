# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line: arguments and streams become an exit code. Commands are imported when they are called."""

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from types import MappingProxyType

import click

from kpatchlint import __version__
from kpatchlint.text.clean import printable
from kpatchlint.text.errors import KpatchlintError

_COMMANDS = MappingProxyType(
    {
        "audit": ("kpatchlint.cli.audit", "Report who walks the kernel's page tables, and what keeps them away."),
        "baseline": ("kpatchlint.cli.baseline", "Write the findings that are there now as a file of accepted ones."),
        "callees": ("kpatchlint.cli.ask", "Show what a function calls."),
        "callers": ("kpatchlint.cli.ask", "Show who calls a function, hands it on, or registers it."),
        "check": ("kpatchlint.cli.check", "Report what patches newly break."),
        "completion": ("kpatchlint.cli.completion", "Print what makes a shell complete commands, options and rules."),
        "config": ("kpatchlint.cli.config", "Show how kpatchlint is configured here, and where that comes from."),
        "contexts": ("kpatchlint.cli.ask", "Show in which contexts a function runs."),
        "explain": ("kpatchlint.cli.rules", "Show one rule: what it reports, why, what it misses, examples."),
        "hook": ("kpatchlint.cli.hook", "Have git send-email check patches before it sends them."),
        "man": ("kpatchlint.cli.man", "Print the manual page."),
        "path": ("kpatchlint.cli.ask", "Show the shortest way by calls from one function to another."),
        "rules": ("kpatchlint.cli.rules", "List the rules."),
        "scan": ("kpatchlint.cli.scan", "Report what the rules say of a tree as it is."),
        "selftest": ("kpatchlint.cli.selftest", "Name the rules that are dead on a given kernel."),
        "sleeps": ("kpatchlint.cli.ask", "Show whether a function may sleep, and by which calls."),
    }
)

_RECORDS_PER_COLLECTION = 50_000
_INTERNAL_FAILURE = 2
_INTERRUPTED = 130  # as a shell reports a process that SIGINT ended


class _LazyGroup(click.Group):
    """Commands by name; a command's module is imported only when it runs or prints its own help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(importlib.import_module(_COMMANDS[cmd_name][0]), cmd_name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, said) in sorted(_COMMANDS.items())])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kpatchlint", message="%(prog)s %(version)s")
def cli() -> None:
    """Lint Linux kernel patches: what a patch newly breaks, with the whole path to the fault."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0: nothing at or above --fail-on. 1: findings. 2: wrong use or a failure of ours. 3: nothing to analyse.
    """
    # Millions of small records are made and next to nothing of it is garbage that refers to itself: looking for that
    # after every 700 of them is a tenth of a run.
    gc.set_threshold(_RECORDS_PER_COLLECTION)
    try:
        result = cli.main(args=None if argv is None else list(argv), prog_name="kpatchlint", standalone_mode=False)
    except KpatchlintError as error:
        return _complain(str(error), error.exit_code)
    except click.ClickException as error:
        return _complain(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except Exception as error:  # a bug of ours: its exit code must not read as "findings"
        if os.environ.get("KPATCHLINT_DEBUG"):
            import traceback

            traceback.print_exc()
        said = f"internal failure: {type(error).__name__}: {error} (KPATCHLINT_DEBUG=1 shows where)"
        return _complain(said, _INTERNAL_FAILURE)
    return result if isinstance(result, int) else 0


def _complain(said: str, exit_code: int) -> int:
    """One line on stderr, whatever was in the message."""
    print(f"kpatchlint: {printable(said)}", file=sys.stderr)
    return exit_code
