# SPDX-License-Identifier: GPL-2.0-or-later
"""A rule's ``check`` and ``params`` become a check shape that can be called."""

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec

from kpatchlint.findings.records import Finding
from kpatchlint.rules import checks
from kpatchlint.rules.convert import convert
from kpatchlint.rules.errors import RuleError, key_line, nearest
from kpatchlint.rules.records import Rule


@dataclass(frozen=True, slots=True)
class Shape:
    """One module of ``kpatchlint.rules.checks``.

    It has a struct ``Params`` and a function ``check(program, scope, rule, params)`` that yields findings of *rule*
    within *scope*; ``params`` is an instance of its own ``Params``. With ``FOLLOWS_PATHS = True`` it may use up what a
    check may cost, and comes after the others.
    """

    name: str
    params: type[msgspec.Struct]
    check: Callable[..., Iterator[Finding]]
    follows_paths: bool = False


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule with its shape and its parameters in their types."""

    rule: Rule
    shape: Shape
    params: msgspec.Struct


@functools.cache
def shape_names() -> tuple[str, ...]:
    """Names that a rule file may put in ``check``, e.g. "flag-in-context"."""
    modules = pkgutil.iter_modules(checks.__path__)
    return tuple(sorted(module.name.replace("_", "-") for module in modules if not module.name.startswith("_")))


def find_shape(name: str) -> Shape | None:
    """The check shape of that name; its module is imported now, so that listing rules stays fast."""
    if name not in shape_names():
        return None
    module = importlib.import_module(f"{checks.__name__}.{name.replace('-', '_')}")
    return Shape(name, module.Params, module.check, getattr(module, "FOLLOWS_PATHS", False))


def bind(rule: Rule) -> BoundRule:
    """Find the rule's shape and convert its parameters. Raises RuleError at the line that is wrong."""
    shape = find_shape(rule.check)
    if shape is None:
        problem = f"unknown check {rule.check!r}{nearest(rule.check, shape_names())}"
        raise RuleError(rule.path, key_line(rule.text, "check"), problem)
    return BoundRule(rule, shape, convert(dict(rule.params), shape.params, (rule.path, rule.text)))
