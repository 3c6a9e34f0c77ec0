# SPDX-License-Identifier: GPL-2.0-or-later
"""``kpatchlint hook``: what ``git send-email`` asks before it sends anything."""

import contextlib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kpatchlint.cli.output import write
from kpatchlint.text.clean import printable
from kpatchlint.text.errors import NothingToAnalyse

if TYPE_CHECKING:
    from kpatchlint.integrations.hook_file import Hook

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@click.group()
def hook() -> None:
    """Have git send-email check patches before it sends them."""


@hook.command()
@click.option("--strict", is_flag=True, help="Refuse also when the check itself fails.")
def install(strict: bool) -> int:
    """Install the sendemail-validate hook of this repository.

    A hook that is not kpatchlint's is left as it is. core.hooksPath counts; linked work trees share the hook.
    """
    from kpatchlint.integrations.hook_file import install_hook

    write(_told(install_hook(".", _own_program(), is_strict=strict)))
    return 0


@hook.command()
def uninstall() -> int:
    """Remove the hook that 'install' has written."""
    from kpatchlint.integrations.hook_file import uninstall_hook

    write(_told(uninstall_hook(".")))
    return 0


@hook.command()
def status() -> int:
    """Tell whether git send-email will ask kpatchlint here. Exit code: 0 it will, 1 it will not."""
    from kpatchlint.integrations.hook_file import find_hook

    found = find_hook(".")
    write(_told(found))
    return 0 if found.is_working else 1


@hook.command("sendemail-validate", hidden=True)
@click.option("--strict", is_flag=True)
@click.argument("mail", type=click.Path(path_type=Path))
@click.argument("header", required=False)
def sendemail_validate(mail: Path, header: str | None, strict: bool) -> int:
    """What git calls: MAIL is the file to be sent, HEADER that of its header (git 2.41 and later)."""
    from kpatchlint.integrations.sendemail import validate

    return validate(mail, os.environ, sys.stderr, is_strict=strict)


@hook.command("pre-commit", hidden=True)
def pre_commit() -> int:
    """What the pre-commit framework calls before a commit: the staged changes are checked."""
    return _check("git:--staged")


@hook.command("pre-push", hidden=True)
def pre_push() -> int:
    """What the pre-commit framework calls before a push: the commits that are pushed are checked as one series."""
    ends = [os.environ.get(name, "") for name in ("PRE_COMMIT_FROM_REF", "PRE_COMMIT_TO_REF")]
    if not all(_COMMIT.fullmatch(end) for end in ends):
        # The framework gives no range for the first push of a history that the remote has nothing of.
        write("kpatchlint: no commit that the remote has, so there is nothing to compare with\n")
        return 0
    return _check("git:" + "..".join(ends))


@hook.command("b4-series", hidden=True)
def b4_series() -> int:
    """What 'b4 review' calls for a whole series (b4.review-series-check-cmd)."""
    from kpatchlint.integrations.b4 import find_review_range
    from kpatchlint.tree.git import EmptyRange

    source = find_review_range(os.environ)
    if source is not None:  # without a branch there is only the cover letter
        with contextlib.suppress(EmptyRange):
            _run_check(f"git:{source}", "--format=b4-json")
    return 0  # b4 reads stdout, where silence is no result


def _check(source: str) -> int:
    """``kpatchlint check``, for which nothing to analyse is no reason to stop anybody."""
    from kpatchlint.tree.git import EmptyRange

    try:
        return _run_check(source)
    except (NothingToAnalyse, EmptyRange) as error:
        write(f"kpatchlint: {printable(str(error))}\n")
        return 0


def _run_check(*arguments: str) -> int:
    from kpatchlint.cli.check import check

    return int(check.main(args=list(arguments), prog_name="kpatchlint check", standalone_mode=False) or 0)


def _own_program() -> tuple[str, ...]:
    """How to call us again: the command beside this interpreter, else its module.

    With -P: the hook runs at the top of a tree, and none of its files shall be taken for a module.
    """
    script = Path(sys.executable).parent / "kpatchlint"
    return (str(script),) if os.access(script, os.X_OK) else (sys.executable, "-P", "-m", "kpatchlint")


def _told(found: "Hook") -> str:
    lines = [f"{found.path}: {found.state.value}"]
    if found.is_strict:
        lines.append("strict: a check that fails refuses the mail")
    if found.program:
        gone = "" if os.access(found.program[0], os.X_OK) else " (gone: 'kpatchlint hook install' mends that)"
        lines.append(f"calls: {' '.join(found.program)}{gone}")
    if found.hooks_path is not None:
        lines.append(f"core.hooksPath is {found.hooks_path}: every repository that is set to it has the same hook")
    if found.path.exists() and not found.is_executable:
        lines.append("not executable: git does not run it")
    return "".join(f"{line}\n" for line in lines)
