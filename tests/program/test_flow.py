# SPDX-License-Identifier: GPL-2.0-or-later
"""Every kind of statement is followed as C runs it: what is held where, and how paths end."""

import pytest

from kpatchlint.program.flow import State
from kpatchlint.program.values import UNKNOWN, Int, NonZero, truth
from tests.program.sample import Recorder, build, function, held, walk

GUARDS = """
DEFINE_GUARD(mutex, struct mutex *, mutex_lock(_T), mutex_unlock(_T))
DEFINE_LOCK_GUARD_1(spinlock, spinlock_t, spin_lock(_T->lock), spin_unlock(_T->lock))
DEFINE_FREE(kfree, void *, if (_T) kfree(_T))
"""


def holds_at_probe(body: str, parameters: str = "int a, int b", extra: str = "") -> set[tuple[str, ...]]:
    """What is held in each state that reaches a call of probe()."""
    code = f"{extra}\nint start({parameters})\n{{\n{body}\n}}\n"
    _, seen = walk(build({"mm/a.c": code, "include/linux/guards.h": GUARDS}), "start")
    return held(seen)


def ends(body: str, extra: str = "") -> set[tuple[tuple[str, ...], bool | None]]:
    """What is held where paths end, with whether the result is zero."""
    code = f"{extra}\nint start(int a, int b)\n{{\n{body}\n}}\n"
    result, _ = walk(build({"mm/a.c": code, "include/linux/guards.h": GUARDS}), "start")
    assert result.complete
    return {(tuple(h.lock or h.kind for h in state.holds), truth(value)) for state, value, _ in result.exits}


@pytest.mark.parametrize(
    ("body", "at_probe"),
    [
        pytest.param("probe();", {()}, id="nothing held"),
        pytest.param("spin_lock(&l); probe(); spin_unlock(&l);", {("l",)}, id="between lock and unlock"),
        pytest.param("spin_lock(&l); spin_unlock(&l); probe();", {()}, id="after the unlock"),
        pytest.param("spin_lock(&l); if (a) probe(); spin_unlock(&l);", {("l",)}, id="in a branch"),
        pytest.param("if (a) spin_lock(&l); probe();", {(), ("l",)}, id="after a branch that locks"),
        pytest.param("if (a) spin_lock(&l); else spin_lock(&m); probe();", {("l",), ("m",)}, id="either of two"),
        pytest.param("while (a) { spin_lock(&l); probe(); spin_unlock(&l); }", {("l",)}, id="in a loop"),
        pytest.param("for (a = 0; a < b; a++) spin_lock(&l); probe();", {(), ("l",)}, id="after a loop"),
        pytest.param("do { probe(); spin_lock(&l); } while (a);", {(), ("l",)}, id="a do loop's second round"),
        pytest.param("for_each_cpu(a, m) { spin_lock(&l); break; } probe();", {(), ("l",)}, id="out of an iterator"),
        pytest.param("while (1) { if (a) break; spin_lock(&l); continue; } probe();", {(), ("l",)}, id="continue"),
        pytest.param("spin_lock(&l); goto out; probe(); out: ;", set(), id="jumped over"),
        pytest.param("spin_lock(&l); goto out; out: probe();", {("l",)}, id="jumped to"),
        pytest.param("back: probe(); spin_lock(&l); if (a) goto back;", {(), ("l",)}, id="jumped back"),
        pytest.param("return 0; probe();", set(), id="behind a return"),
        pytest.param(
            "switch (a) { case 1: spin_lock(&l); break; default: break; } probe();", {(), ("l",)}, id="switch"
        ),
        pytest.param("switch (a) { case 1: spin_lock(&l); case 2: probe(); }", {(), ("l",)}, id="fallthrough"),
        pytest.param("switch (a) { case 1: spin_lock(&l); break; } probe();", {(), ("l",)}, id="no case fits"),
        pytest.param("{ spin_lock(&l); { probe(); } }", {("l",)}, id="blocks"),
        pytest.param("a = (spin_lock(&l), 1); probe();", {("l",)}, id="in a comma expression"),
        pytest.param("a = ({ spin_lock(&l); 1; }); probe();", {("l",)}, id="in a statement expression"),
        pytest.param("int r = ({ spin_lock(&l); 1; }); probe();", {("l",)}, id="in an initialiser"),
        pytest.param("if (a && probe()) return 1;", {()}, id="on the right of &&"),
        pytest.param("#ifdef CONFIG_X\nspin_lock(&l);\n#endif\nprobe();", {(), ("l",)}, id="under an option"),
        pytest.param(
            "#ifdef CONFIG_X\nspin_lock(&l);\n#endif\nprobe();\n#ifdef CONFIG_X\nspin_unlock(&l);\n#endif\nprobe2();",
            {(), ("l",)},
            id="under the same option twice",
        ),
        pytest.param("f(({ probe(); a; }));", {()}, id="in an argument"),
        pytest.param("return probe();", {()}, id="in a return"),
        pytest.param("f(a ? probe() : 0);", {()}, id="on one side of ?:"),
    ],
)
def test_statements(body: str, at_probe: set[tuple[str, ...]]) -> None:
    assert holds_at_probe(body) == at_probe


@pytest.mark.parametrize(
    ("body", "at_probe"),
    [
        pytest.param("if (spin_trylock(&l)) probe();", {("l",)}, id="taken"),
        pytest.param("if (!spin_trylock(&l)) probe();", {()}, id="not taken"),
        pytest.param("if (!spin_trylock(&l)) return 0; probe();", {("l",)}, id="or else return"),
        pytest.param("int ok = spin_trylock(&l); if (ok) probe();", {("l",)}, id="through a variable"),
        pytest.param("a = spin_trylock(&l); if (!a) probe();", {()}, id="through an assignment"),
        pytest.param("if (mutex_lock_interruptible(&l)) probe();", {()}, id="interrupted"),
        pytest.param("if (mutex_lock_interruptible(&l)) return 1; probe();", {("l",)}, id="not interrupted"),
        pytest.param("if (a && spin_trylock(&l)) probe();", {("l",)}, id="behind &&"),
        pytest.param("if (a || spin_trylock(&l)) probe();", {(), ("l",)}, id="behind ||"),
        pytest.param("if (likely(spin_trylock(&l))) probe();", {("l",)}, id="in likely()"),
        pytest.param("while (!spin_trylock(&l)) cpu_relax(); probe();", {("l",)}, id="in a loop"),
    ],
)
def test_a_lock_that_is_only_tried_forks_the_path(body: str, at_probe: set[tuple[str, ...]]) -> None:
    assert holds_at_probe(body) == at_probe


@pytest.mark.parametrize(
    ("body", "at_probe"),
    [
        pytest.param("if (a) spin_lock(&l); if (a) probe();", {("l",)}, id="the same variable"),
        pytest.param("if (a) spin_lock(&l); if (!a) probe();", {()}, id="its opposite"),
        pytest.param("if (a) spin_lock(&l); a = b; if (a) probe();", {(), ("l",)}, id="changed in between"),
        pytest.param("if (a) spin_lock(&l); read(&a); if (a) probe();", {(), ("l",)}, id="handed out in between"),
        pytest.param("if (b->x) spin_lock(&l); if (b->x) probe();", {("l",)}, id="the same field"),
        pytest.param("if (a == 3) spin_lock(&l); if (a == 3) probe();", {("l",)}, id="the same comparison"),
        pytest.param("if (a == 3) spin_lock(&l); if (a != 3) probe();", {()}, id="its negation"),
        pytest.param("int k = 0; if (a) { spin_lock(&l); k = 1; } if (k) probe();", {("l",)}, id="a flag"),
        pytest.param("int k = 0; if (a) { spin_lock(&l); k = 1; } if (!k) probe();", {()}, id="the flag's opposite"),
        pytest.param("void *p = NULL; if (a) { p = get(); } if (p == NULL) probe();", {()}, id="a pointer"),
        pytest.param("if (0) probe();", set(), id="never"),
        pytest.param("if (!1 || 0) probe();", set(), id="never, in more words"),
    ],
)
def test_conditions_that_belong_together_are_kept_together(body: str, at_probe: set[tuple[str, ...]]) -> None:
    assert holds_at_probe(body) == at_probe


@pytest.mark.parametrize(
    ("body", "at_probe"),
    [
        pytest.param("guard(mutex)(&l); probe();", {("l",)}, id="guard() holds on"),
        pytest.param("{ guard(mutex)(&l); } probe();", {()}, id="until its block ends"),
        pytest.param("if (a) { guard(mutex)(&l); b = 1; } probe();", {()}, id="or its branch"),
        pytest.param("scoped_guard(spinlock, &l) probe();", {("l",)}, id="scoped_guard() holds on"),
        pytest.param("scoped_guard(spinlock, &l) { b = 1; } probe();", {()}, id="only in its block"),
        pytest.param("scoped_guard(spinlock, &l) { if (a) break; } probe();", {()}, id="break leaves it"),
        pytest.param("while (a) { guard(mutex)(&l); if (b) break; } probe();", {()}, id="break out of a loop"),
        pytest.param("while (a) { guard(mutex)(&l); if (b) continue; } probe();", {()}, id="continue in a loop"),
        pytest.param("{ guard(mutex)(&l); goto out; } out: probe();", {()}, id="goto out of its block"),
        pytest.param("guard(mutex)(&l); goto out; out: probe();", {("l",)}, id="goto within its block"),
        pytest.param("guard(mutex)(&l); guard(spinlock)(&m); probe();", {("l", "m")}, id="two of them"),
        pytest.param("guard(unheard_of)(&l); probe();", {()}, id="an unknown one holds nothing"),
    ],
)
def test_guards_let_go_where_their_scope_ends(body: str, at_probe: set[tuple[str, ...]]) -> None:
    assert holds_at_probe(body) == at_probe


def test_a_guard_lets_go_on_return() -> None:
    assert ends("guard(mutex)(&l); if (a) return 1; return 0;") == {((), True), ((), False)}


def test_the_result_is_computed_before_the_guard_lets_go() -> None:
    assert holds_at_probe("guard(mutex)(&l); return probe();") == {("l",)}


def test_goto_clean_up_lets_go_on_every_path() -> None:
    body = """
	int ret = -EINVAL;

	spin_lock(&l);
	if (a)
		goto out;
	ret = 0;
out:
	spin_unlock(&l);
	return ret;
"""
    assert {holds for holds, _ in ends(body)} == {()}


def test_an_early_return_that_forgets_is_seen() -> None:
    assert ends("spin_lock(&l); if (a) return 1; spin_unlock(&l); return 0;") == {(("l",), True), ((), False)}


def test_falling_off_the_end_is_an_end() -> None:
    assert ends("spin_lock(&l);") == {(("l",), None)}


def test_what_the_caller_held_and_the_function_dropped_is_kept() -> None:
    result, _ = walk(build({"mm/a.c": "int start(int a)\n{\n\tspin_unlock(&l);\n\treturn 0;\n}\n"}), "start")
    ((state, _, _),) = result.exits
    assert state.dropped == (("spin", "l"),)


MACROS = """
#define LOCKED(x) do { spin_lock(&l); x; spin_unlock(&l); } while (0)
#define TAKE(lock) spin_lock(lock)
#define take_renamed TAKE
#define CHECK(x) ({ int __r = (x); probe(); __r; })
#define NESTED(x) LOCKED(x)
#define PASTE(name) name##_lock(&l)
#define ALL(...) f(__VA_ARGS__)
"""


@pytest.mark.parametrize(
    ("body", "at_probe"),
    [
        pytest.param("LOCKED(probe());", {("l",)}, id="do-while"),
        pytest.param("LOCKED(b = 1); probe();", {()}, id="after a do-while"),
        pytest.param("TAKE(&m); probe();", {("m",)}, id="with its argument"),
        pytest.param("take_renamed(&m); probe();", {("m",)}, id="a macro by another name"),
        pytest.param("spin_lock(&l); if (CHECK(a)) return 1;", {("l",)}, id="in a condition"),
        pytest.param("NESTED(probe());", {("l",)}, id="a macro in a macro"),
        pytest.param("PASTE(spin); probe();", {("l",)}, id="pasted together"),
        pytest.param("ALL(1, probe());", {()}, id="variadic"),
    ],
)
def test_macros_are_expanded_in_place(body: str, at_probe: set[tuple[str, ...]]) -> None:
    assert holds_at_probe(body, extra=MACROS) == at_probe


def test_values_are_followed_along_a_path() -> None:
    code = (
        "int start(int a)\n{\n\tint k = 3;\n\n\tif (a)\n\t\tk = 4;\n\tprobe(k);\n\tk++;\n\tprobe(k);\n\treturn 0;\n}\n"
    )
    _, seen = walk(build({"mm/a.c": code}), "start")
    assert {state.value("k") for state in seen} == {Int(3), Int(4), UNKNOWN}


def test_a_tested_pointer_is_known_not_to_be_null_behind_the_test() -> None:
    code = "int start(void *p)\n{\n\tif (!p)\n\t\treturn 1;\n\tprobe();\n\tif (p)\n\t\treturn 2;\n\treturn 3;\n}\n"
    result, seen = walk(build({"mm/a.c": code}), "start")
    assert {state.value("p") for state in seen} == {NonZero()}
    assert {value for _, value, _ in result.exits} == {Int(1), Int(2)}


def test_a_function_with_too_many_paths_says_that_it_was_given_up() -> None:
    tests = "".join(f"\tif (x->f{n})\n\t\tspin_lock(&l{n});\n" for n in range(60))
    again = "".join(f"\tif (x->f{n})\n\t\tspin_unlock(&l{n});\n" for n in range(60))
    code = f"int start(struct s *x)\n{{\n{tests * 3}{again * 3}\treturn 0;\n}}\n"
    result, _ = walk(build({"mm/a.c": code}), "start")
    assert not result.complete


def test_a_function_that_expands_without_end_is_cut_off() -> None:
    macros = "".join(
        f"#define M{n}(x) do {{ M{n + 1}(x); M{n + 1}(x); M{n + 1}(x); M{n + 1}(x); }} while (0)\n" for n in range(7)
    )
    code = (
        f"{macros}#define M7(x) do {{ if (a) x; }} while (0)\nint start(int a)\n{{\n\tM0(probe());\n\treturn 0;\n}}\n"
    )
    result, _ = walk(build({"mm/a.c": code}), "start")
    assert not result.complete


def test_walks_end_when_all_of_them_have_taken_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    program = build({"mm/a.c": "void start(void)\n{\n\tone();\n\ttwo();\n}\n"})
    start = function(program, "start")
    assert program.walker.walk(start, State(), Recorder(program, start)).complete
    monkeypatch.setattr("kpatchlint.program.walker._ALL_VISITS", 1)
    assert program.is_exhausted
    assert not program.walker.walk(start, State(), Recorder(program, start)).complete
    program.walker.start()
    assert program.walker.walk(start, State(), Recorder(program, start)).complete


@pytest.mark.parametrize("last", ["BUG();", 'panic("gone");'])
def test_what_does_not_come_back_ends_the_path(last: str) -> None:
    assert ends(f"spin_lock(&l); if (a) {{ spin_unlock(&l); {last} }} spin_unlock(&l); return 0;") == {((), False)}
    assert ends(f"spin_lock(&l); {last}") == set()


def test_a_function_that_is_declared_not_to_return_ends_the_path() -> None:
    extra = "void __noreturn leave(int code) { preempt_disable(); for (;;) ; }"
    assert ends("spin_lock(&l); if (a) leave(1); spin_unlock(&l); return 0;", extra) == {((), False)}


def test_a_short_function_that_calls_a_tiny_one_lets_go_for_its_caller() -> None:
    extra = """static void let_go(struct table *t) { rcu_read_unlock(); }
static int is_same(struct table *t)
{
	spin_lock(&t->lock);
	t->n++;
	spin_unlock(&t->lock);
	let_go(t);
	return t->n == 2;
}
"""
    assert holds_at_probe("rcu_read_lock(); is_same(t); probe();", "struct table *t", extra) == {()}
