# SPDX-License-Identifier: GPL-2.0-or-later
"""A family, an id and a check shape become a rule file with all its headings: ``python -m kpatchlint.dev.new_rule``."""

import re
from pathlib import Path

import click
import msgspec

from kpatchlint.rules.errors import nearest
from kpatchlint.rules.folder import find_rules_folder
from kpatchlint.rules.shapes import Shape, find_shape, shape_names
from kpatchlint.text.errors import KpatchlintError, UsageError

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*/[a-z0-9]+(?:-[a-z0-9]+)*")

_TEMPLATE = """\
+++
# SPDX-License-Identifier: GPL-2.0-or-later
id = "{id}"
title = ""
class = ""            # one of the classes of the JSON contract (docs/design.md)
check = "{check}"
severity = "warning"  # error only for what is proven on every step
confidence = "medium"

[params]
{params}
[[evidence]]
path = ""             # a kernel file that shows why the rule is true
contains = ""
+++

## What it reports

## Why

## What it misses

## Source

## Examples
### The fault
```c
void f(void) {{ }} // expect: {id}
```
### The fix
```c
void f(void) {{ }}
```
### Looks like the fault and is none
```c
void f(void) {{ }}
```
"""


def render_rule(rule_id: str, shape: Shape) -> str:
    """The text of a new rule file, with every parameter of the shape to be filled in."""
    lines = []
    for field in msgspec.structs.fields(shape.params):
        mark = "" if field.required else "# "
        lines.append(f"{mark}{field.encode_name} = ")
    return _TEMPLATE.format(id=rule_id, check=shape.name, params="".join(f"{line}\n" for line in lines))


def write_rule(name: str, check: str, rules: Path) -> Path:
    """Write ``rules/family/id.md``. Raises UsageError when the name is odd, taken, or the shape unknown."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is not family/id in kebab-case, e.g. context/sleep-in-timer")
    shape = find_shape(check)
    if shape is None:
        raise UsageError(f"unknown check {check!r}{nearest(check, shape_names())}")
    path = rules / f"{name}.md"
    taken = sorted(rules.rglob(path.name))
    if taken:
        raise UsageError(f"there is a rule of that id: rules/{taken[0].relative_to(rules)}")
    path.parent.mkdir(exist_ok=True)
    path.write_text(render_rule(path.stem, shape), encoding="utf-8")
    return path


@click.command()
@click.argument("name", metavar="FAMILY/ID")
@click.option("--check", required=True, metavar="SHAPE", help="The check shape that the rule instantiates.")
def main(name: str, check: str) -> None:
    """Write the template of a new rule."""
    try:
        path = write_rule(name, check, find_rules_folder())
    except KpatchlintError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"wrote {path}; docs/add-a-rule.md says what goes where")


if __name__ == "__main__":
    main()
