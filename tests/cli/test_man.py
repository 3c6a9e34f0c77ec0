# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual page says all that the commands take, and a reader of such pages finds nothing wrong with it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from kpatchlint.cli import cli
from kpatchlint.cli.man import render_man
from kpatchlint.settings.keys import KEYS


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}".strip(), command


@pytest.fixture(scope="module")
def page() -> str:
    return render_man(cli)


def shown(mandoc: Path, page: str) -> str:
    """The page as a person reads it, on one line."""
    done = subprocess.run(
        [mandoc, "-Tascii", "-O", "width=500"], input=page.encode(), capture_output=True, check=True
    ).stdout.decode()
    while "\b" in done:
        at = done.index("\b")
        done = done[: at - 1] + done[at + 1 :]
    return " ".join(done.split())


def test_reader_finds_nothing_wrong(mandoc: Path, page: str) -> None:
    done = subprocess.run([mandoc, "-Tlint", "-Werror"], input=page.encode(), capture_output=True, check=False)
    assert (done.returncode, done.stdout.decode()) == (0, "")


def test_every_command_and_option_is_told(mandoc: Path, page: str) -> None:
    text = shown(mandoc, page)
    for path, command in commands(cli):
        if command.hidden:
            assert f"kpatchlint {path} " not in text
            continue
        assert f"kpatchlint {path}" in text
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert option.opts[0] in text, f"{path} {option.opts[0]}"


def test_every_setting_is_told_with_its_variable(mandoc: Path, page: str) -> None:
    text = shown(mandoc, page)
    assert [key.name for key in KEYS if f"{key.variable} {key.said}" not in text] == []


def test_text_is_no_request() -> None:
    hostile = click.Command("x", help="'quoted at the start\n\n.SH OWNED\n\nback\\slash")
    lines = render_man(click.Group("kpatchlint", {"x": hostile}, help="h")).splitlines()
    assert "\\&'quoted at the start" in lines
    assert "\\&.SH OWNED" in lines
    assert "back\\eslash" in lines
