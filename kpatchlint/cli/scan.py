# SPDX-License-Identifier: GPL-2.0-or-later
"""``kpatchlint scan``: what the rules say of code that is there, without a patch."""

import sys

import click
import msgspec

from kpatchlint.cli.output import FormatChoice, find_renderer, put
from kpatchlint.cli.settled import policy_options, settle_parameters
from kpatchlint.findings.records import Severity, State

_NEVER = "never"


class _Options(msgspec.Struct, frozen=True, kw_only=True):
    """What click has parsed, in types."""

    paths: tuple[str, ...]
    tree: str | None
    rev: str | None
    arch: str | None
    rules: tuple[str, ...]
    jobs: int | None
    format: str
    output: str | None
    fail_on: str
    color: str


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--tree", metavar="DIR", help="Kernel tree. Default: the one around the current folder.")
@click.option("--rev", metavar="REV", help="Revision of a git tree. Default: HEAD.")
@click.option("--arch", metavar="ARCH", help="Architecture. Default: the one that the paths are of, else arm64.")
@click.option("--rule", "rules", metavar="ID", multiple=True, help="Only this rule; may be given several times.")
@click.option("--jobs", "-j", metavar="N", type=click.IntRange(min=1), help="Processes. Default: one for each CPU.")
@click.option("--format", type=FormatChoice(), default="text", show_default=True)
@click.option("--output", "-o", metavar="FILE", help="Write the report to FILE instead of stdout.")
@click.option(
    "--fail-on",
    type=click.Choice([*(severity.value for severity in Severity), _NEVER]),
    default=_NEVER,
    show_default=True,
    help="Exit 1 when something of at least this severity is found.",
)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@policy_options
@click.pass_context
def scan(context: click.Context, /, **_: object) -> int:
    """Report what the rules say of a tree as it is.

    PATH is a folder or C file of the tree, from its top; none: the whole tree. Takes minutes for large folders.
    """
    from kpatchlint.scan import ScanRequest
    from kpatchlint.scan import scan as scan_tree
    from kpatchlint.settings.settle import build_policy

    settled = settle_parameters(context, without=("fail-on", "format"))  # what fails a check is about patches
    options = msgspec.convert(settled.parameters, _Options)
    request = ScanRequest(
        paths=options.paths,
        tree=options.tree,
        rev=options.rev,
        arch=options.arch,
        rules=options.rules,
        jobs=options.jobs or 0,
        policy=build_policy(settled.settings),
    )
    report = scan_tree(request, _show_progress if sys.stderr.isatty() else None)
    render = find_renderer(options.format, options.color, options.output)
    put(render(report, {State.PREEXISTING}), options.output)
    severities = [severity.value for severity in Severity]
    bad = severities[: severities.index(options.fail_on) + 1] if options.fail_on != _NEVER else []
    return int(any(shown.verdict.finding.severity.value in bad for shown in report.findings))


def _show_progress(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    print(f"\rkpatchlint: {done} of {total} files", end=end, file=sys.stderr, flush=True)
