# SPDX-License-Identifier: GPL-2.0-or-later
"""Positions of arguments in the vocabulary are those of the kernel's own functions."""

import re
from pathlib import Path

import pytest

from kpatchlint.program.open import Workshop
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.tree.base import open_tree

NEAR = "kernel/fork.c"
FUNCTION = re.compile(r"(?:_t|_f|_fn\w*|func\w*|handler|_cb)$")
FEW = 60  # registrations that a kernel must have as functions, so that the test is about something


@pytest.mark.parametrize("version", ["6.12", "6.1"])
def test_registration_names_the_argument_that_is_a_function(version: str, request: pytest.FixtureRequest) -> None:
    tree: Path = request.getfixturevalue("tree_6_12" if version == "6.12" else "tree_6_1")
    program = Workshop(own_vocabulary(), "arm64").program(open_tree(str(tree), None))
    wrong, count = [], 0
    for context in own_vocabulary().contexts:
        for entry in context.registrations:
            for function in program.resolver.functions(entry.call, NEAR):
                params = function.body.params
                count += 1
                given = params[entry.argument] if entry.argument < len(params) else None
                if given is None:
                    wrong.append(f"{entry.call}() has no argument {entry.argument}")
                elif entry.field:
                    if "*" not in given.type:
                        wrong.append(f"{entry.call}(): {given.type} {given.name} is no object")
                elif not (given.is_function or FUNCTION.search(given.type.strip(" *"))):
                    wrong.append(f"{entry.call}(): {given.type} {given.name} is no function")
    assert wrong == []
    assert count > FEW
