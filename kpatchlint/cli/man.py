# SPDX-License-Identifier: GPL-2.0-or-later
"""``kpatchlint man``: the commands, as click knows them, and the settings become a manual page."""

import re
from collections.abc import Iterable, Iterator

import click

from kpatchlint import __version__
from kpatchlint.cli.output import write

_NAME = "kpatchlint"
_EXIT_STATUS = (
    ("0", "nothing at or above --fail-on is introduced"),
    ("1", "findings"),
    ("2", "wrong use, or a failure of kpatchlint itself"),
    ("3", "nothing to analyse: no patch in the input, or none that fits the tree anywhere"),
    ("130", "interrupted"),
)
_FILES = (
    (".kpatchlint.toml", "settings of a tree; the nearest one at or above the current folder counts"),
    ("pyproject.toml", "the same in its table [tool.kpatchlint]"),
    ("~/.cache/kpatchlint", "indexes of trees; may be removed at any time (XDG_CACHE_HOME)"),
)


@click.command()
def man() -> int:
    """Print the manual page: kpatchlint man | man -l -"""
    write(render_man(click.get_current_context().find_root().command))
    return 0


def render_man(command: click.Command) -> str:
    """The page of *command* and all below it, in man(7)."""
    context = click.Context(command, info_name=_NAME)
    lines = [
        f'.TH {_NAME.upper()} 1 "" "{_NAME} {__version__}" "User Commands"',
        ".SH NAME",
        f"{_NAME} \\- {_plain(_purpose(command.help or ''))}",
        ".SH SYNOPSIS",
        f".B {_NAME}",
        ".I COMMAND",
        "[options] [arguments]",
        ".SH DESCRIPTION",
        *_prose(command.help or ""),
        ".SH COMMANDS",
    ]
    for path, each in _walk(command, context):
        lines += _command_lines(path, each)
    lines += [".SH EXIT STATUS", *_pairs(_EXIT_STATUS)]
    lines += [".SH ENVIRONMENT", *_prose("Each setting has a variable; a flag wins over it."), *_pairs(_variables())]
    lines += [".SH FILES", *_pairs(_FILES), ".SH SEE ALSO", ".BR git\\-send\\-email (1)"]
    return "\n".join(lines) + "\n"


def _walk(command: click.Command, context: click.Context, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that is shown, with the words that call it; groups are told by what is in them."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name in command.list_commands(context):
        each = command.get_command(context, name)
        if each is not None and not each.hidden:
            yield from _walk(each, click.Context(each, info_name=name, parent=context), f"{path} {name}".strip())


def _command_lines(path: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    usage = " ".join(command.collect_usage_pieces(context)).replace("[OPTIONS]", "[options]")
    yield ".SS " + _quoted(f"{_NAME} {path} {usage}")
    yield from _prose(command.help or "")
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is not None and record[1]:  # an argument is told of in the text above
            yield from _pairs([record])


def _variables() -> Iterator[tuple[str, str]]:
    from kpatchlint.settings.keys import KEYS

    for key in KEYS:
        words = f" ({', '.join(key.words)})" if key.words else ""
        yield key.variable, f"{key.said}{words}"
    yield "KPATCHLINT_SEVERITY", "severities as RULE=LEVEL, separated by commas"
    yield "KPATCHLINT_DEBUG", "show where a failure of kpatchlint itself happened"


def _pairs(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, said in pairs:
        yield from (".TP", f".B {_plain(name)}", _plain(said))


def _prose(text: str) -> Iterator[str]:
    """Paragraphs, their lines joined: the page's reader breaks them anew."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text.strip())):
        if number:
            yield ".PP"
        yield _plain(" ".join(paragraph.split()))


def _purpose(text: str) -> str:
    """What is said before the first colon or full stop, as NAME sections have it."""
    said = re.split(r"[:.](?:\s|$)", " ".join(text.split()))[0]
    return said[:1].lower() + said[1:]


def _plain(text: str) -> str:
    """Text in which nothing is a request or an escape of roff; hyphens are those that one types."""
    said = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{said}" if said.startswith((".", "'")) else said


def _quoted(text: str) -> str:
    return '"' + _plain(text).replace('"', "\\(dq") + '"'
