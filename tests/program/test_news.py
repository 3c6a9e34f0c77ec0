# SPDX-License-Identifier: GPL-2.0-or-later
"""Which calls of a function can do something in one version that they cannot in the other."""

import pytest

from kpatchlint.facts.show import show
from kpatchlint.program.news import news_of
from kpatchlint.program.statements import calls_of
from tests.program.sample import build, function

BASE = """int set(struct dev *d, int how)
{
	gfp_t mask = GFP_ATOMIC;

	if (how)
		prepare(d);
	spin_lock(&d->lock);
	add(d, mask);
	spin_unlock(&d->lock);
	finish(d);
	return 0;
}
"""


def new_calls(before: str, after: str) -> set[str] | None:
    """Names of what is called in another way after the patch; None when all of the function is in question."""
    old, new = build({"mm/a.c": before}), build({"mm/a.c": after})
    then, now = function(old, "set"), function(new, "set")
    found = news_of(old, new, {then: now})[1].get(now)
    if found is None:
        return None
    return {show(call.callee) for call in calls_of(now.body) if call.at in found}


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        pytest.param("finish(d);", "finish(d);\n\tlog(d);", {"log"}, id="a call more"),
        pytest.param("finish(d)", "finish(d->parent)", {"finish"}, id="another argument"),
        pytest.param("GFP_ATOMIC", "GFP_KERNEL", {"add"}, id="a variable has another value"),
        pytest.param(
            "\tspin_unlock(&d->lock);\n\tfinish(d);\n",
            "\tfinish(d);\n\tspin_unlock(&d->lock);\n",
            {"finish"},
            id="moved under the lock",
        ),
        pytest.param("\tspin_lock(&d->lock);\n", "", {"add", "spin_unlock", "finish"}, id="made without the lock"),
        pytest.param("\tif (how)\n\t\tprepare", "\tprepare", {"prepare"}, id="on fewer conditions"),
        pytest.param("\tadd(d", "\tif (d->on)\n\t\tadd(d", set(), id="on more conditions"),
        pytest.param("return 0", "return how", set(), id="another result"),
        pytest.param("finish(d);", "", set(), id="a call less"),
        pytest.param("\tif (how)", "\tif (d->on)", {"prepare"}, id="on another condition"),
    ],
)
def test_calls_that_are_new(old: str, new: str, names: set[str]) -> None:
    assert BASE.count(old) == 1
    assert new_calls(BASE, BASE.replace(old, new)) == names


MANY = "".join(f"\tif (d->f{n})\n\t\tspin_lock(&d->m{n});\n" for n in range(9))


def test_function_with_more_paths_than_are_kept_apart_is_compared_by_its_locks() -> None:
    before = BASE.replace("\tfinish(d);\n", f"{MANY}\tfinish(d);\n")
    assert new_calls(before, before.replace("\tfinish(d);\n", "\tfinish(d);\n\tlog(d);\n")) == {"log"}
    assert new_calls(BASE, before) == {"spin_lock", "finish"}


def test_other_values_on_more_paths_than_are_kept_apart_put_all_in_question() -> None:
    before = BASE.replace("\tfinish(d);\n", f"{MANY}\tfinish(d);\n")
    assert new_calls(before, before.replace("GFP_ATOMIC", "GFP_KERNEL")) is None


def test_function_without_a_twin_is_new_as_a_whole() -> None:
    program = build({"mm/a.c": BASE})
    assert news_of(program, program, {}) == ({}, {})
