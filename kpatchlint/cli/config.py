# SPDX-License-Identifier: GPL-2.0-or-later
"""``kpatchlint config``: which settings there are, what they are here, and where each comes from."""

from typing import TYPE_CHECKING

import click

from kpatchlint.cli.output import write
from kpatchlint.text.clean import clip, printable

if TYPE_CHECKING:
    from kpatchlint.findings.policy import Adjustment

_SHOWN = 100  # characters of a value


@click.group()
def config() -> None:
    """Show how kpatchlint is configured here, and where that comes from."""


@config.command()
@click.option("--tree", metavar="DIR", help="Kernel tree. Default: the one around the current folder.")
def show(tree: str | None) -> int:
    """Show each setting with its value and where it was made.

    A flag wins over the environment (KPATCHLINT_FAIL_ON), that over git config (kpatchlint.failOn), that over the
    nearest .kpatchlint.toml or [tool.kpatchlint] of a pyproject.toml, up to the top of the tree.
    """
    from kpatchlint.settings.keys import KEYS, render_value
    from kpatchlint.settings.settle import build_policy, settle

    settings = settle({"tree": tree} if tree else {}, ())
    policy = build_policy(settings)  # a baseline that cannot be read is told here, not at the next check
    rows = [(key.name, render_value(settings.values[key.name].value), settings.values[key.name].where) for key in KEYS]
    rows += [(f"severity.{each.rule}", _level(each), each.where) for each in settings.adjustments]
    cells = [(name, clip(printable(value), _SHOWN), printable(where)) for name, value, where in rows]
    widths = [max(len(cell[column]) for cell in cells) for column in (0, 1)]
    lines = [f"{name:{widths[0]}}  {value:{widths[1]}}  {where}\n" for name, value, where in cells]
    files = ", ".join(printable(file) for file in settings.files) or "none"
    accepted = sum(entry.count for entry in policy.baseline.entries) if policy.baseline else 0
    told = f"configuration file: {files}\n" + (f"accepted by the baseline: {accepted}\n" if policy.baseline else "")
    write("".join(lines) + told)
    return 0


@config.command()
def keys() -> int:
    """List the settings: what each is, its environment variable, what it can be."""
    from kpatchlint.settings.keys import KEYS

    for key in KEYS:
        words = f" ({', '.join(key.words)})" if key.words else ""
        write(f"{key.name:13} {key.variable:24} {key.said}{words}\n")
    write(f"{'severity':13} {'KPATCHLINT_SEVERITY':24} RULE=LEVEL, separated by commas (error, warning, note, off)\n")
    return 0


def _level(adjustment: "Adjustment") -> str:
    level = adjustment.severity.value if adjustment.severity else "off"
    return f"{level} in {' '.join(adjustment.paths)}" if adjustment.paths else level
