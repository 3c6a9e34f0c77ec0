# SPDX-License-Identifier: GPL-2.0-or-later
"""``kpatchlint selftest``: which rules are alive on a given kernel."""

import sys

import click
import msgspec

from kpatchlint.cli.output import write


class _Options(msgspec.Struct, frozen=True, kw_only=True):
    """What click has parsed, in types."""

    tree: str | None
    rev: str | None
    arch: str | None
    rules: tuple[str, ...]
    jobs: int | None
    format: str


@click.command()
@click.option("--tree", metavar="DIR", help="Kernel tree. Default: the one around the current folder.")
@click.option("--rev", metavar="REV", help="Revision of a git tree. Default: HEAD.")
@click.option("--arch", metavar="ARCH", help="Architecture. Default: arm64.")
@click.option("--rule", "rules", metavar="ID", multiple=True, help="Only this rule; may be given several times.")
@click.option("--jobs", "-j", metavar="N", type=click.IntRange(min=1), help="Processes. Default: one for each CPU.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def selftest(context: click.Context, /, **_: object) -> int:
    """Plant each rule's faults in a kernel, in memory, and name the rules that do not find them.

    A rule goes by names of the kernel. Where one was renamed the rule is silent, and silence then means nothing.

    Exit code: 0 every rule can be trusted on this kernel; 1 one cannot; 2 wrong use or internal failure.
    """
    from kpatchlint.selftest.run import SelfTestRequest, run_selftest

    options = msgspec.convert(context.params, _Options)
    request = SelfTestRequest(
        tree=options.tree, rev=options.rev, arch=options.arch, rules=options.rules, jobs=options.jobs or 0
    )
    report = run_selftest(request, _show_progress if sys.stderr.isatty() else None)
    from kpatchlint.report.selftest import render_selftest, render_selftest_json

    write(render_selftest_json(report) if options.format == "json" else render_selftest(report))
    return 0 if all(each.is_trusted for each in report.rules) else 1


def _show_progress(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    print(f"\rkpatchlint: {done} of {total} rules", end=end, file=sys.stderr, flush=True)
