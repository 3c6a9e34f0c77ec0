# SPDX-License-Identifier: GPL-2.0-or-later
"""``kpatchlint baseline``: what a check or a scan finds now becomes a file of accepted findings."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from kpatchlint.cli.output import write, write_file
from kpatchlint.cli.settled import policy_options, settle_parameters
from kpatchlint.findings.records import State, Verdict

if TYPE_CHECKING:
    from kpatchlint.settings.records import Settings


class _Options(msgspec.Struct, frozen=True, kw_only=True):
    inputs: tuple[str, ...]
    scan: bool
    tree: str | None
    rev: str | None
    arch: str | None
    output: str | None


@click.command()
@click.argument("inputs", metavar="[INPUT|PATH]...", nargs=-1)
@click.option("--scan", is_flag=True, help="Accept what is in the tree as it is; arguments are paths of it.")
@click.option("--tree", metavar="DIR", help="Kernel tree. Default: the one around the current folder.")
@click.option("--rev", metavar="REV", help="Revision of a git tree. Default: HEAD.")
@click.option("--arch", metavar="ARCH", help="Architecture. Default: the one that is touched, else arm64.")
@click.option("--output", "-o", metavar="FILE", help="Write to FILE instead of stdout.")
@policy_options
@click.pass_context
def baseline(context: click.Context, /, **_: object) -> int:
    """Write a baseline: the findings that are there now, which a later 'check --baseline FILE' leaves out.

    INPUT is what 'kpatchlint check' takes. What comments and configuration silence is not written. With --baseline,
    the reasons in that file are kept for the findings that are still there.
    """
    from kpatchlint.findings.baseline import build_entries, render_baseline
    from kpatchlint.settings.settle import read_baseline

    settled = settle_parameters(context)
    options = msgspec.convert(settled.parameters, _Options)
    if not options.inputs and not options.scan:
        raise click.UsageError("name the patches to check, or --scan to accept what is in the tree")
    known = read_baseline(settled.settings)
    text = render_baseline(build_entries(_find(options, settled.settings), known))
    if options.output is None:
        write(text)
    else:
        write_file(options.output, text)
    return 0


def _find(options: _Options, settings: "Settings") -> Sequence[Verdict]:
    """What would be reported now: of a scan everything, of a check what the patches introduce for good."""
    from kpatchlint.engine import Request, check_request
    from kpatchlint.findings.policy import Policy
    from kpatchlint.scan import ScanRequest
    from kpatchlint.scan import scan as scan_tree

    # What the old baseline accepts is to be found again.
    policy = Policy(adjustments=settings.adjustments)
    if options.scan:
        request = ScanRequest(
            paths=options.inputs, tree=options.tree, rev=options.rev, arch=options.arch, policy=policy
        )
        return scan_tree(request).ungrouped
    report = check_request(
        Request(inputs=options.inputs, tree=options.tree, rev=options.rev, arch=options.arch, policy=policy),
        stdin=sys.stdin.buffer,
    )
    if report.unfit is not None:
        raise report.unfit
    return [v for v in report.ungrouped if v.state is State.INTRODUCED and v.gone_in is None]
