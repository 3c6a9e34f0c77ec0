# SPDX-License-Identifier: GPL-2.0-or-later
"""What a function came back without before a patch and comes back with after it is a broken contract."""

import pytest

from kpatchlint.program.balance import own_imbalances, survey_locks
from kpatchlint.program.lock_change import broken_contracts, doubts_of_change
from tests.program.sample import build, function

GETS = """struct item *get(struct list *l)
{
	mutex_lock(&l->lock);
	if (list_empty(&l->items)) {
		mutex_unlock(&l->lock);
		return NULL;
	}
	mutex_unlock(&l->lock);
	return l->first;
}
"""
FORGETS = GETS.replace("\t\tmutex_unlock(&l->lock);\n", "")
DONE = "static void done(struct list *l) { mutex_unlock(&l->lock); }\n"
LOCKED = (
    "int get(struct list *l) { mutex_lock(&l->lock); if (l->n) return 0; mutex_unlock(&l->lock); return -EBUSY; }\n"
)


def changes(before: str, after: str, name: str = "get") -> tuple[set[tuple[str, str]], set[str]]:
    """(kind, lock) of each contract that is broken, and the doubts about all of them."""
    old, new = build({"mm/a.c": before}), build({"mm/a.c": after})
    then = survey_locks(function(old, name), old.walker, old.locks)
    now = survey_locks(function(new, name), new.walker, new.locks)
    assert then is not None
    assert now is not None
    found = list(broken_contracts(now, then))
    doubts = {d for f in found for d in doubts_of_change(now, then, f, new.locks, new.resolver)}
    return {(f.kind, f.lock) for f in found}, doubts


@pytest.mark.parametrize(
    ("before", "after", "broken"),
    [
        pytest.param(GETS, FORGETS, {("kept", "l->lock")}, id="an early way out forgets it"),
        pytest.param(FORGETS, GETS, set(), id="a forgotten unlock is put back"),
        pytest.param(FORGETS, FORGETS, set(), id="what was so before is no change"),
        pytest.param(LOCKED, LOCKED.replace("-EBUSY", "-EAGAIN"), set(), id="locked on success, as before"),
        pytest.param(GETS, GETS.replace("l->lock", "l->mutex"), set(), id="the lock has a new name"),
        pytest.param(LOCKED, LOCKED.replace("l->lock", "l->mutex"), set(), id="a lock that is kept has a new name"),
        pytest.param(
            GETS,
            GETS.replace("\treturn l->first", "\tmutex_unlock(&l->lock);\n\treturn l->first"),
            {("twice", "l->lock")},
            id="let go twice",
        ),
        pytest.param(GETS, GETS.replace("\tmutex_lock(&l->lock);\n", ""), {("without", "l->lock")}, id="taken no more"),
        pytest.param(
            "int get(struct list *l) { return l->n; }",
            "int get(struct list *l) { mutex_lock(&l->lock); return l->n; }",
            {("kept", "l->lock")},
            id="a lock that is new, and never let go",
        ),
    ],
)
def test_contract_of_the_function_as_it_was(before: str, after: str, broken: set[tuple[str, str]]) -> None:
    found, doubts = changes(before, after)
    assert found == broken
    assert doubts == set()


def test_unlock_in_a_wrapper_that_is_understood_breaks_nothing() -> None:
    after = DONE + GETS.replace("\t\tmutex_unlock(&l->lock);", "\t\tdone(l);")
    assert changes(GETS, after) == (set(), set())


def test_new_callee_that_may_let_go_is_a_doubt() -> None:
    after = "void done(struct list *l) { if (l->x) l->n = 0; else mutex_unlock(&l->lock); }\n"
    after += GETS.replace("\t\tmutex_unlock(&l->lock);", "\t\tdone(l);")
    found, doubts = changes(GETS, after)
    assert found <= {("kept", "l->lock"), ("without", "l->lock")}
    assert doubts == ({"`done()`, which is called now, may take or let go of the lock"} if found else set())


def test_new_callee_that_nobody_knows_is_a_doubt() -> None:
    found, doubts = changes(GETS, GETS.replace("\t\tmutex_unlock(&l->lock);", "\t\tlist_unlock_all(l);"))
    assert found == {("kept", "l->lock")}
    assert doubts == {"`list_unlock_all()`, which is called now, may take or let go of the lock"}


CLAIM = """int dev_claim(struct list *l)
{
	mutex_lock(&l->lock);
	if (l->busy) {
		mutex_unlock(&l->lock);
		return -EBUSY;
	}
	return 0;
}
void dev_release(struct list *l) { mutex_unlock(&l->lock); }
"""


def test_lock_that_moves_into_a_wrapper_which_may_fail_breaks_nothing() -> None:
    before = (
        "int get(struct list *l)\n{\n\tmutex_lock(&l->lock);\n\tuse(l);\n\tmutex_unlock(&l->lock);\n\treturn 0;\n}\n"
    )
    after = "int get(struct list *l)\n{\n\tint ret = dev_claim(l);\n\n\tif (ret)\n\t\treturn ret;\n\tuse(l);\n"
    assert changes(before, CLAIM + after + "\tdev_release(l);\n\treturn 0;\n}\n") == (set(), set())


def test_lock_that_is_given_back_to_the_caller_is_not_kept() -> None:
    code = """struct base *move(struct base *base, struct base *new)
{
	spin_unlock(&base->lock);
	spin_lock(&new->lock);
	if (new->busy) {
		spin_unlock(&new->lock);
		spin_lock(&base->lock);
		return base;
	}
	return new;
}
"""
    program = build({"mm/a.c": code})
    survey = survey_locks(function(program, "move"), program.walker, program.locks)
    assert survey is not None
    assert [found.kind for found in own_imbalances(survey)] == []


def test_trylock_succeeds_with_a_value_that_is_not_zero() -> None:
    code = "int my_trylock(struct list *l)\n{\n\tint ok;\n\tlocal_bh_disable();\n\tok = arch_try(l);\n\tif (!ok)\n"
    program = build({"mm/a.c": code + "\t\tlocal_bh_enable();\n\treturn ok;\n}\n"})
    survey = survey_locks(function(program, "my_trylock"), program.walker, program.locks)
    assert survey is not None
    assert [found.kind for found in own_imbalances(survey)] == []
