# SPDX-License-Identifier: GPL-2.0-or-later
"""``kpatchlint audit``: what is true of a whole tree, for whoever reviews a change that hangs on it."""

import sys

import click
import msgspec

from kpatchlint.cli.output import stdout_view, write
from kpatchlint.text.errors import UsageError


class _Options(msgspec.Struct, frozen=True, kw_only=True):
    """What click has parsed, in types."""

    tree: str | None
    rev: str | None
    arch: str | None
    patches: tuple[str, ...]
    ranges: tuple[str, ...]
    format: str
    every_row: bool


@click.group()
def audit() -> None:
    """Report what is true of a whole tree, for a review."""


@audit.command("page-table-readers")
@click.option("--tree", metavar="DIR", help="Kernel tree. Default: the one around the current folder.")
@click.option("--rev", metavar="REV", help="Revision of a git tree. Default: HEAD.")
@click.option("--arch", metavar="ARCH", help="Architecture. Default: the one that the patches touch, else arm64.")
@click.option("--patch", "patches", metavar="INPUT", multiple=True, help="Lay this over the tree first; '-' is stdin.")
@click.option(
    "--range",
    "ranges",
    metavar="RANGE",
    multiple=True,
    help="Where tables are taken out: linear, vmemmap, vmalloc, modules, kasan, ... Default: where the patch does so.",
)
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--all", "every_row", is_flag=True, help="Show in full what never comes to the ranges, too.")
@click.pass_context
def page_table_readers(context: click.Context, /, **_: object) -> int:
    """List every walker and writer of the kernel's own page tables.

    For each: how the kernel comes there, whose tables, which part of the address space, what is held and by whom, and
    what becomes of it when tables are taken out of a range and freed.
    """
    from kpatchlint.audit import AuditRequest, audit_readers, range_ids

    options = msgspec.convert(context.params, _Options)
    for name in options.ranges:
        if name not in range_ids():
            raise UsageError(f"no range {name!r}; there are {', '.join(range_ids())}")
    request = AuditRequest(
        tree=options.tree, rev=options.rev, arch=options.arch, patches=options.patches, ranges=options.ranges
    )
    report = audit_readers(request, stdin=sys.stdin.buffer)
    if options.format == "json":
        from kpatchlint.report.audit_json import render_audit_json

        write(render_audit_json(report))
    else:
        from kpatchlint.report.audit import render_audit

        write(render_audit(report, stdout_view().width, every_row=options.every_row))
    return 0
