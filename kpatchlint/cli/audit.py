# SPDX-License-Identifier: GPL-2.0-or-later
"""``kpatchlint audit``: what is true of a whole tree, for whoever reviews a change that hangs on it."""

import sys
from typing import TYPE_CHECKING

import click
import msgspec

from kpatchlint.cli.output import file_view, put, stdout_view
from kpatchlint.text.errors import UsageError

if TYPE_CHECKING:
    from kpatchlint.audit import AuditReport


class _Options(msgspec.Struct, frozen=True, kw_only=True):
    """What click has parsed, in types."""

    tree: str | None
    rev: str | None
    arch: str | None
    patches: tuple[str, ...]
    ranges: tuple[str, ...]
    format: str
    output: str | None
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
@click.option("--format", type=click.Choice(["text", "json", "html"]), default="text", show_default=True)
@click.option("--output", "-o", metavar="FILE", help="Write the audit to FILE instead of stdout.")
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
    put(_rendered(audit_readers(request, stdin=sys.stdin.buffer), options), options.output)
    return 0


def _rendered(report: "AuditReport", options: _Options) -> str:
    """The report in the format that is asked for; a format's module is imported only then."""
    if options.format == "json":
        from kpatchlint.report.audit_json import render_audit_json

        return render_audit_json(report)
    if options.format == "html":
        from kpatchlint.report.html_readers import render_audit_html

        return render_audit_html(report, every_row=options.every_row)
    from kpatchlint.report.audit import render_audit

    view = stdout_view() if options.output is None else file_view()
    return render_audit(report, view.width, every_row=options.every_row)
