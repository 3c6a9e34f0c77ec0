# SPDX-License-Identifier: GPL-2.0-or-later
"""``kpatchlint completion``: the lines with which a shell completes commands, options and rules."""

import click
from click.shell_completion import CompletionItem, get_completion_class

from kpatchlint.cli.output import write

SHELLS = ("bash", "fish", "zsh")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> int:
    """Print what makes SHELL complete kpatchlint's commands, options and rules.

    For bash, in ~/.bashrc: eval "$(kpatchlint completion bash)". For zsh the same in ~/.zshrc. For fish: kpatchlint
    completion fish > ~/.config/fish/completions/kpatchlint.fish
    """
    known = get_completion_class(shell)
    root = click.get_current_context().find_root().command
    if known is None:
        raise click.UsageError(f"no completion for {shell}")
    write(known(root, {}, "kpatchlint", "_KPATCHLINT_COMPLETE").source() + "\n")
    return 0


def complete_rule(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The rules whose ids begin so, each with its title."""
    from kpatchlint.rules.load import own_rules

    return [CompletionItem(rule.id, help=rule.title) for rule in own_rules() if rule.id.startswith(incomplete)]
