# SPDX-License-Identifier: GPL-2.0-or-later
"""``kpatchlint path|contexts|sleeps|callers|callees``: what the model believes of a function, and why."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

from kpatchlint.cli.output import stdout_view, write

if TYPE_CHECKING:
    from kpatchlint.ask.records import Answer
    from kpatchlint.ask.subject import Where

Command = TypeVar("Command", bound=Callable[..., object])

_TEXT = "text"


def _options(command: Command) -> Command:
    """The options that all questions share."""
    formats = click.Choice([_TEXT, "json", "dot", "svg"])
    for option in (
        click.option("--format", "form", type=formats, default=_TEXT, show_default=True),
        click.option("--arch", metavar="ARCH", help="Architecture. Default: arm64."),
        click.option("--rev", metavar="REV", help="Revision of a git tree. Default: HEAD."),
        click.option("--tree", metavar="DIR", help="Kernel tree. Default: the one around the current folder."),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("start", metavar="FROM")
@click.argument("end", metavar="TO")
@_options
def path(start: str, end: str, form: str, **where: str | None) -> int:
    """Show the shortest way by calls from one function to another.

    FROM and TO are names, or PATH:NAME where several files have one of that name.
    """
    from kpatchlint.ask.path import path as ask
    from kpatchlint.ask.subject import find_end, find_function, open_program

    program = open_program(_where(where))
    return _tell(ask(program, find_function(program, start), find_end(program, end)), form)


@click.command()
@click.argument("function")
@_options
def contexts(function: str, form: str, **where: str | None) -> int:
    """Show in which contexts FUNCTION runs: what registers it or a caller of it, and what callers hold."""
    from kpatchlint.ask.contexts import contexts as ask
    from kpatchlint.ask.subject import find_function, open_program

    program = open_program(_where(where))
    return _tell(ask(program, find_function(program, function)), form)


@click.command()
@click.argument("function")
@_options
def sleeps(function: str, form: str, **where: str | None) -> int:
    """Show whether FUNCTION may sleep, and by which calls."""
    from kpatchlint.ask.sleeps import sleeps as ask
    from kpatchlint.ask.subject import find_function, open_program

    program = open_program(_where(where))
    return _tell(ask(program, find_function(program, function)), form)


@click.command()
@click.argument("function")
@_options
def callers(function: str, form: str, **where: str | None) -> int:
    """Show who calls FUNCTION, hands it on, or registers it."""
    from kpatchlint.ask.calls import callers as ask
    from kpatchlint.ask.subject import find_function, open_program

    program = open_program(_where(where))
    return _tell(ask(program, find_function(program, function)), form)


@click.command()
@click.argument("function")
@_options
def callees(function: str, form: str, **where: str | None) -> int:
    """Show what FUNCTION calls, macros expanded and pointers followed where they are known."""
    from kpatchlint.ask.calls import callees as ask
    from kpatchlint.ask.subject import find_function, open_program

    program = open_program(_where(where))
    return _tell(ask(program, find_function(program, function)), form)


def _where(given: dict[str, str | None]) -> "Where":
    from kpatchlint.ask.subject import Where

    return Where(tree=given["tree"], rev=given["rev"], arch=given["arch"])


def _tell(answer: "Answer", form: str) -> int:
    """Exit code 0 when something is believed, 1 when the answer is empty: a script can ask, too."""
    from kpatchlint.report import answer as page
    from kpatchlint.report import answer_graph as graph

    match form:
        case "json":
            write(page.render_answer_json(answer))
        case "dot":
            write(graph.render_dot(answer))
        case "svg":
            write(graph.render_svg(answer))
        case _:
            write(page.render_answer(answer, stdout_view().width))
    return 0 if answer.chains else 1
