# SPDX-License-Identifier: GPL-2.0-or-later
"""``kpatchlint check``: options become a request to the engine, its report becomes output and an exit code."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from kpatchlint.cli.output import FormatChoice, find_renderer, put
from kpatchlint.cli.settled import policy_options, settle_parameters
from kpatchlint.findings.records import Severity, State
from kpatchlint.text.errors import NothingToAnalyse, UsageError

if TYPE_CHECKING:
    from kpatchlint.engine import Report

_NEVER = "never"


class _Options(msgspec.Struct, frozen=True, kw_only=True):
    """What click has parsed, in types."""

    inputs: tuple[str, ...]
    tree: str | None
    rev: str | None
    arch: str | None
    config: str | None
    format: str
    output: str | None
    fail_on: str
    show: tuple[State, ...]
    color: str


class _States(click.ParamType[tuple[State, ...]]):
    """A comma-separated list of states to show beside the introduced ones."""

    name = "STATES"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[State, ...]:
        if isinstance(value, tuple):
            return value
        names = [name.strip() for name in str(value).split(",") if name.strip()]
        known = [state.value for state in State]
        for name in names:
            if name not in known:
                self.fail(f"{name!r} is none of {', '.join(known)}", param, ctx)
        return tuple(State(name) for name in names)


@click.command()
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@click.option("--tree", metavar="DIR", help="Kernel tree. Default: the one around the current folder.")
@click.option("--rev", metavar="REV", help="Revision of a git tree to lay the patches over. Default: HEAD.")
@click.option("--arch", metavar="ARCH", help="Architecture. Default: the one that the patches touch, else arm64.")
@click.option("--config", metavar="FILE", help="A .config; what it rules out is not reported.")
@click.option("--format", type=FormatChoice(), default="text", show_default=True)
@click.option("--output", "-o", metavar="FILE", help="Write the report to FILE instead of stdout.")
@click.option(
    "--fail-on",
    type=click.Choice([*(severity.value for severity in Severity), _NEVER]),
    default=Severity.ERROR.value,
    show_default=True,
    help="Exit 1 when a finding of at least this severity is introduced.",
)
@click.option("--show", type=_States(), default=(), help="Show these too: fixed,preexisting.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@policy_options
@click.pass_context
def check(context: click.Context, /, **_: object) -> int:
    """Report what patches newly break.

    INPUT is a file (patch, mail, mbox, archive page), '-', a folder (maildir, patches), git:RANGE, git:--staged, or
    inbox:DIR#MESSAGE-ID (a public-inbox clone).

    Exit code: 0 nothing at or above --fail-on; 1 findings; 2 wrong use or internal failure; 3 nothing to analyse.
    """
    from kpatchlint.cli.progress import progress
    from kpatchlint.engine import Request, check_request  # most of the program, which --help has no use for
    from kpatchlint.settings.settle import build_policy

    settled = settle_parameters(context)
    options = msgspec.convert(settled.parameters, _Options)
    request = Request(
        inputs=options.inputs,
        tree=options.tree,
        rev=options.rev,
        arch=options.arch,
        config=None if options.config is None else _read_config(options.config),
        wants_fixed=State.FIXED in options.show,
        wants_old=State.PREEXISTING in options.show,
        policy=build_policy(settled.settings),
    )
    try:
        with progress(is_wanted=not _tells_failure(options)) as tell:
            report = check_request(request, stdin=sys.stdin.buffer, tell=tell)
    except NothingToAnalyse as error:
        return _fail(error, options)
    render = find_renderer(options.format, options.color, options.output)
    put(render(report, {State.INTRODUCED, *options.show}), options.output)
    if report.unfit is not None and not _tells_failure(options):
        raise report.unfit
    return 1 if _is_refused(report, options.fail_on) else 0


def _fail(error: NothingToAnalyse, options: _Options) -> int:
    """Say on stdout that there was nothing to analyse, where the format's reader looks nowhere else."""
    from kpatchlint.report.formats import find_failure_renderer

    render = find_failure_renderer(options.format)
    if render is None:
        raise error
    put(render(error), options.output)
    return 0


def _tells_failure(options: _Options) -> bool:
    from kpatchlint.report.formats import find_failure_renderer

    return find_failure_renderer(options.format) is not None


def _read_config(name: str) -> Mapping[str, str]:
    from kpatchlint.program.config import parse_config

    try:
        text = Path(name).read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError) as error:
        raise UsageError(f"{name}: {getattr(error, 'strerror', None) or 'not a file name'}") from None
    return parse_config(text, name)


def _is_refused(report: "Report", fail_on: str) -> bool:
    """Whether a lasting finding is as bad as *fail_on*; one that the series itself takes away again does not count."""
    if fail_on == _NEVER:
        return False
    severities = list(Severity)
    worst_allowed = severities.index(Severity(fail_on))
    return any(
        severities.index(shown.verdict.finding.severity) <= worst_allowed
        for shown in report.findings
        if shown.verdict.state is State.INTRODUCED and shown.verdict.gone_in is None
    )
