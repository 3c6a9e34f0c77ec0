# SPDX-License-Identifier: GPL-2.0-or-later
"""Every kpatchlint command that a document shows is one that there is, with options that it has."""

import re
import shlex
from pathlib import Path

import click
import pytest

from kpatchlint.cli import cli
from kpatchlint.settings.file import OVERRIDES_MAX_COUNT, PATTERNS_MAX_COUNT, read_nearest
from kpatchlint.settings.keys import KEYS
from tests.architecture.source import TOP

DOCUMENTS = ["README.md", "CONTRIBUTING.md", *sorted(f"docs/{path.name}" for path in (TOP / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"(?:^|[ '(])kpatchlint ((?:[a-z]+)(?: .*)?)$")


def shown_commands() -> list[tuple[str, str]]:
    """(document, what follows "kpatchlint") of each command in a code block or a code span."""
    found = []
    for document in DOCUMENTS:
        text = (TOP / document).read_text(encoding="utf-8")
        lines = [line for block in BLOCK.findall(text) for line in block.splitlines()]
        lines += re.findall(r"`(kpatchlint [^`]+)`", BLOCK.sub("", text))
        found += [
            (document, call.group(1)) for line in lines if (call := CALL.search(line.partition(" #")[0].rstrip()))
        ]
    return found


def words_of(call: str) -> list[str]:
    """The words up to a pipe, a redirection, or the parenthesis or quote that the command stands in."""
    alone = re.split(r" (?:\|\|?|>|2>&1|&&)(?: |$)|\)", call)[0]
    return shlex.split(alone.partition("'")[0] if alone.count("'") % 2 else alone)


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that *words* begin with, and the rest of them."""
    command: click.Command = cli
    while isinstance(command, click.Group) and words:
        inner = command.get_command(click.Context(command), words[0])
        assert inner is not None, f"no command {words[0]!r}"
        command, words = inner, words[1:]
    return command, words


@pytest.mark.parametrize(("document", "call"), [call for call in shown_commands() if not call[1].startswith("at ")])
def test_command_is_one_that_there_is(document: str, call: str) -> None:
    command, rest = command_of(words_of(call))
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    used = {word.partition("=")[0] for word in rest if word.startswith("-") and word not in ("-", "--")}
    assert used <= known | {"--help", "-h"}, document


def test_documents_show_commands_at_all() -> None:
    assert {document for document, _ in shown_commands()} >= {"README.md", "docs/hook.md", "docs/b4.md", "docs/ci.md"}


def test_configuration_that_is_shown_is_one(tmp_path: Path) -> None:
    text = (TOP / "docs/configuration.md").read_text()
    (shown,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / ".kpatchlint.toml").write_text(shown)
    layer, _ = read_nearest(tmp_path, tmp_path)
    assert set(layer.values) == {"fail-on", "baseline", "hook.fail-on"}
    assert len(layer.adjustments) == 2


def test_every_setting_is_in_the_table() -> None:
    text = (TOP / "docs/configuration.md").read_text()
    table = text[text.index("| setting |") : text.index("## The file")]
    assert [key.name for key in KEYS if f"`{key.name}`" not in table] == []
    assert f"{OVERRIDES_MAX_COUNT}\noverrides or more than {PATTERNS_MAX_COUNT} patterns" in text
