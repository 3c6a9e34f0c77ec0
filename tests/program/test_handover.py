# SPDX-License-Identifier: GPL-2.0-or-later
"""A lock that a function keeps, or lets go without having taken it, is a mistake when nobody does the opposite."""

import pytest

from kpatchlint.program.balance import own_imbalances, survey_locks
from kpatchlint.program.handover import Handovers
from tests.program.sample import build, function


def mistakes(code: str, name: str = "set") -> set[tuple[str, str]]:
    """(kind, lock) of each mistake of one function, by itself and with its neighbours."""
    program = build({"mm/a.c": code})
    survey = survey_locks(function(program, name), program.walker, program.locks)
    assert survey is not None
    handovers = Handovers(program.walker, program.locks, program.callers, program.lexicon)
    return {(found.kind, found.lock) for found in (*own_imbalances(survey), *handovers.one_sided(survey))}


KEEPS = "int set(struct t *t) { mutex_lock(&t->tm); t->n = 1; return 0; }\n"
DROPS = "int set(struct t *t) { t->n = 1; mutex_unlock(&t->tm); return 0; }\n"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        pytest.param(KEEPS, {("forgotten", "t->tm")}, id="nobody lets it go"),
        pytest.param(KEEPS + "void x(struct t *t) { mutex_unlock(&t->tm); }", set(), id="a neighbour lets it go"),
        pytest.param(
            KEEPS + "void x(struct t *t) { mutex_lock(&t->tm); if (t->n) { mutex_unlock(&t->tm); return; }"
            " mutex_unlock(&t->tm); }",
            {("forgotten", "t->tm")},
            id="a neighbour unlocks more often than it locks, but is balanced",
        ),
        pytest.param(DROPS, {("foreign", "t->tm")}, id="nobody takes it"),
        pytest.param(
            DROPS + "void x(struct t *t) { mutex_lock(&t->tm); set(t); }", set(), id="the caller hands it over"
        ),
        pytest.param(
            "void set(struct t *t) { while (t->n) { mutex_unlock(&t->tm); wait(); mutex_lock(&t->tm); } }",
            set(),
            id="let go for a while, and given back",
        ),
        pytest.param(
            "void set(struct t *t, int held) { if (held) mutex_unlock(&t->tm); }", set(), id="an argument decides"
        ),
        pytest.param(
            "void set(struct t *t) __releases(&t->tm) { mutex_unlock(&t->tm); }", set(), id="annotated for sparse"
        ),
        pytest.param("void set(struct mutex *m) { mutex_unlock(m); }", set(), id="a lock handed in by the caller"),
        pytest.param(
            "void set(struct t *t) { spin_lock_irqsave(&t->sl, f); t->n++; spin_unlock(&t->sl); }",
            {("forgotten", "")},
            id="interrupts stay off",
        ),
        pytest.param(
            "int set(struct t *t) { down_read(&t->rw); t->n++; up_write(&t->rw); return 0; }",
            {("mode", "t->rw")},
            id="taken as a reader, let go as a writer",
        ),
        pytest.param(
            "void set(struct t *t, int w) { if (w) down_write(&t->rw); else down_read(&t->rw); t->n++;"
            " if (w) up_write(&t->rw); else up_read(&t->rw); }",
            set(),
            id="a flag says in which mode",
        ),
        pytest.param(
            "int set(struct t *t) { int i; for (i = 0; i < 4; i++) mutex_lock(&t->q[i].tm);"
            " if (t->n) return -1; for (i = 0; i < 4; i++) mutex_unlock(&t->q[i].tm); return -1; }",
            set(),
            id="one lock after the other in a loop",
        ),
        pytest.param(
            "int set(struct t *t) { if (mutex_lock_interruptible(&t->tm) < 0) return -4; t->n++;"
            " mutex_unlock(&t->tm); return 0; }",
            set(),
            id="the failure of an interruptible lock is below zero",
        ),
        pytest.param(
            "static int take(struct t *t) { if (mutex_lock_interruptible(&t->tm)) return -4; return 0; }\n"
            "int set(struct t *t) { int ret = take(t); if (ret < 0) return ret; t->n++; mutex_unlock(&t->tm);"
            " return 0; }",
            set(),
            id="so is that of a wrapper",
        ),
        pytest.param(
            "int set(struct t *t) { if (!busy && !mutex_trylock(&t->tm)) return 0; if (t->n) busy = compute();"
            " if (!busy) mutex_unlock(&t->tm); return 0; }",
            set(),
            id="a flag that changes in between decides twice",
        ),
        pytest.param(
            "static int all(struct v *v) { struct t *t; for (t = v->t; t; t = t->next)"
            " if (!mutex_trylock(&t->tm)) return 0; return 1; }\n"
            "int set(struct v *v) { if (!all(v)) return -16; v->n++; if (v->m) return -22; return 0; }",
            set(),
            id="a callee takes what only it has a name for",
        ),
        pytest.param(
            "void set(struct t *t) { local_irq_disable(); local_irq_disable(); t->n++; }",
            set(),
            id="interrupts are turned off twice",
        ),
    ],
)
def test_one_sided_functions(code: str, found: set[tuple[str, str]]) -> None:
    assert mistakes(code) == found
