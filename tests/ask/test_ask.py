# SPDX-License-Identifier: GPL-2.0-or-later
"""What the model believes of a function, asked over small trees of our own."""

import pytest

from kpatchlint.ask.calls import callees, callers
from kpatchlint.ask.contexts import contexts
from kpatchlint.ask.path import path
from kpatchlint.ask.records import Answer
from kpatchlint.ask.sleeps import sleeps
from kpatchlint.ask.subject import find_end, find_function
from kpatchlint.program.program import Program
from kpatchlint.text.errors import UsageError
from tests.program.sample import build

TREE = {
    "mm/a.c": """
static void *low(gfp_t gfp) { return kmalloc(64, gfp); }

static void through(void *(*get)(gfp_t))
{
	get(GFP_KERNEL);
}

static int stopped(void *unused)
{
	/* other() is not called here */
	through(low);
	return 0;
}

void go(void)
{
	stop_machine(stopped, NULL, NULL);
}

static void held(spinlock_t *lock)
{
	spin_lock(lock);
	low(GFP_ATOMIC);
	spin_unlock(lock);
}

void other(int flag)
{
	if (flag)
		held(&table_lock);
	low(GFP_KERNEL);
}
""",
    "mm/b.c": "static int twice(void) { return 1; }\n#define shout(x) quiet(x)\nvoid quiet(int x) { }\n",
    "mm/c.c": "static int twice(void) { return 2; }\n",
}


@pytest.fixture
def program() -> Program:
    return build(TREE)


def steps(answer: Answer) -> list[list[str]]:
    """Each chain as the functions it runs through."""
    chains = [[*(link.caller.name for link in chain.links), chain.links[-1].callee.name] for chain in answer.chains]
    return chains


def test_path_follows_a_registration_and_a_pointer_that_is_handed_in(program: Program) -> None:
    answer = path(program, find_function(program, "go"), find_function(program, "low"))
    assert steps(answer) == [["go", "stopped", "through", "low"]]
    (chain,) = answer.chains
    assert "stop_machine()" in chain.links[0].why
    assert chain.links[2].why == "`get` is low() here"
    assert [link.line for link in chain.links] == [18, 12, 6]


def test_path_that_is_not_there_is_said_to_be_unknown(program: Program) -> None:
    answer = path(program, find_function(program, "low"), find_function(program, "go"))
    assert answer.chains == ()
    assert answer.says == "no way from low() to go() is known"


def test_path_may_lead_to_a_name_that_the_vocabulary_judges() -> None:
    macro = {"include/slab.h": "#define kmalloc(...) hooked(kmalloc_noprof(__VA_ARGS__))\n"}
    program = build(TREE | macro)
    answer = path(program, find_function(program, "go"), find_end(program, "kmalloc"))
    assert steps(answer) == [["go", "stopped", "through", "low", "kmalloc"]]
    with pytest.raises(UsageError):
        find_end(program, "nothing_at_all")


def test_callees_are_told_with_what_the_vocabulary_says(program: Program) -> None:
    answer = callees(program, find_function(program, "held"))
    assert [chain.links[0].callee.name for chain in answer.chains] == ["spin_lock", "low", "spin_unlock"]
    assert "takes spin" in answer.chains[0].says
    assert answer.chains[1].links[0].holds == ("a spinlock is held (lock)",)


def test_callers_are_told_with_what_they_hold(program: Program) -> None:
    answer = callers(program, find_function(program, "low"))
    assert [chain.says for chain in answer.chains] == [
        "stopped() hands it on",
        "held() calls it, while a spinlock is held (lock)",
        "other() calls it",
    ]


def test_word_in_a_comment_is_no_caller(program: Program) -> None:
    assert callers(program, find_function(program, "other")).chains == ()


def test_contexts_are_registrations_and_holds_above_the_function(program: Program) -> None:
    answer = contexts(program, find_function(program, "low"))
    said = [chain.says for chain in answer.chains]
    assert said[0].startswith("stop-machine: stopped() runs as a stop_machine() callback")
    assert said[1] == "held() calls low() while a spinlock is held (lock)"
    assert steps(answer)[0] == ["go", "stopped", "low"]
    assert "other() has no known caller" in said[2]


def test_hold_of_one_who_only_hands_it_on_is_not_the_callees() -> None:
    tree = {
        "mm/x.c": "static int cb(void *u) { return 0; }\nvoid f(void) { mutex_lock(&m); keep(cb); mutex_unlock(&m); }\n"
    }
    program = build(tree)
    answer = contexts(program, find_function(program, "cb"))
    assert not [chain for chain in answer.chains if "while" in chain.says]


def test_sleeps_are_told_with_the_mask_and_the_path(program: Program) -> None:
    answer = sleeps(program, find_function(program, "stopped"))
    assert steps(answer) == [["stopped", "through", "low", "kmalloc"]]
    assert "the mask is __GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM" in answer.chains[0].says


def test_what_the_caller_decides_is_left_open(program: Program) -> None:
    answer = sleeps(program, find_function(program, "low"))
    assert answer.chains == ()
    assert answer.says == "low() reaches nothing that is known to sleep; what hangs on gfp is open"


def test_function_of_several_files_is_named_with_its_file(program: Program) -> None:
    with pytest.raises(UsageError, match=r"twice\(\) is defined in 2 files, say which: mm/b.c:twice, mm/c.c:twice"):
        find_function(program, "twice")
    assert find_function(program, "mm/c.c:twice").path == "mm/c.c"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param("nothing_at_all", "no function 'nothing_at_all' in this tree for arm64", id="unknown"),
        pytest.param("mm/a.c:twice", "no function 'twice' in mm/a.c", id="not in that file"),
        pytest.param("", "no function '' in this tree", id="empty"),
        pytest.param("a\x1b[2J", "no function 'a", id="hostile"),
    ],
)
def test_function_that_is_not_there_is_answered_in_one_sentence(program: Program, asked: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_function(program, asked)
    assert said in str(caught.value)


def test_macro_is_answered_with_the_function_behind_it() -> None:
    program = build({"mm/b.c": "void quiet(int x) { }\n", "include/b.h": "#define shout(x) quiet(x)\n"})
    with pytest.raises(UsageError, match=r"shout is a macro \(include/b.h:1\): ask for quiet"):
        find_function(program, "shout")


def test_macro_behind_a_macro_is_answered_with_the_function_behind_both() -> None:
    header = "#define cry(x) shout(x)\n#define shout(x) hooks(quiet(x))\n#define hooks(x) ({ save(); x; })\n"
    program = build({"mm/b.c": "void quiet(int x) { }\nvoid save(void) { }\n", "include/b.h": header})
    with pytest.raises(UsageError, match="ask for quiet"):
        find_function(program, "cry")


@pytest.mark.parametrize(
    "asked", ["__go", "og", "goo", "g", "gp"], ids=["underscores", "swapped", "more", "less", "other"]
)
def test_slip_is_answered_with_the_name_that_is_meant(program: Program, asked: str) -> None:
    with pytest.raises(UsageError, match="did you mean 'go'"):
        find_function(program, asked)
