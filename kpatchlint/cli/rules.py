# SPDX-License-Identifier: GPL-2.0-or-later
"""``kpatchlint rules`` and ``kpatchlint explain``: what the rule files say."""

import click

from kpatchlint.cli.completion import complete_rule
from kpatchlint.cli.output import stdout_view, write


@click.command()
def rules() -> int:
    """List the rules: severity, id and what each one reports."""
    from kpatchlint.rules.load import own_rules

    known = own_rules()
    width = max((len(rule.id) for rule in known), default=0)
    write("".join(f"{rule.severity.value:8} {rule.id:{width}}  {rule.title}\n" for rule in known))
    return 0


@click.command()
@click.argument("rule_id", metavar="RULE", shell_complete=complete_rule)
def explain(rule_id: str) -> int:
    """Show one rule: what it reports, why, what it misses, examples."""
    from kpatchlint.report.rule import render_rule
    from kpatchlint.rules.load import find_rule, own_rules

    write(render_rule(find_rule(rule_id, own_rules()), stdout_view()))
    return 0
