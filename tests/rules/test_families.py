# SPDX-License-Identifier: GPL-2.0-or-later
"""An operation that many drivers have may sleep in one that locks nothing of the core's: for a reviewer to judge."""

import pytest

from kpatchlint.findings.records import Severity
from kpatchlint.program.doubts import DoubtKind
from kpatchlint.program.scope import Scope
from kpatchlint.rules.checks._paths import judged, with_witness
from kpatchlint.rules.load import find_rule, own_rules
from tests.program.sample import build

DRIVERS = 9  # more than a call through their operation is followed to
OPS = "struct red_ops {\n\tvoid (*hook)(int a);\n};\nstruct core {\n\tconst struct red_ops *ops;\n};\n"
CORE = '#include "ops.h"\nvoid run(struct core *c)\n{\n\tc->ops->hook(1);\n}\n'


@pytest.mark.parametrize(
    ("begins", "path"),
    [("run", "drivers/x/core.c"), ("own3", "drivers/x/d3/a.c"), ("own5", "drivers/x/d5/a.c")],
    ids=["in the core", "in the driver", "in another driver"],
)
def test_a_path_through_the_operation_of_a_large_family_is_a_note(begins: str, path: str) -> None:
    files = {"drivers/x/ops.h": OPS, "drivers/x/core.c": CORE}
    for n in range(DRIVERS):
        files[f"drivers/x/d{n}/a.c"] = (
            f'#include "../ops.h"\nstatic void hook{n}(int a)\n{{\n\tmight_sleep();\n}}\n'
            f"static const struct red_ops ops{n} = {{\n\t.hook = hook{n},\n}};\n"
            f"void own{n}(struct core *c)\n{{\n\trun(c);\n}}\n"
        )
    program = build(files)
    (hook,) = program.resolver.in_file("drivers/x/d3/a.c", "hook3")
    (run,) = program.resolver.in_file("drivers/x/core.c", "run")
    (start,) = program.resolver.in_file(path, begins)
    program.sleeps.stay_in([start, run, hook], [hook], {})
    program.sleeps.start()
    (sink,) = program.sleeps.of(start, (), frozenset(), 0, False)
    assert {doubt.kind for doubt in sink.doubts} == {DoubtKind.FAMILY}
    found = with_witness(program, Scope((hook,)), sink)
    assert judged(find_rule("sleep-in-interrupt", own_rules()), found)[0] is Severity.NOTE
