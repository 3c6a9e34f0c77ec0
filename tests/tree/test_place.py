# SPDX-License-Identifier: GPL-2.0-or-later
"""Where hunks go, and where they are left open. Each case is small enough to be seen whole."""

import time
from dataclasses import replace

import pytest

from kpatchlint.patch.records import FilePatch, Hunk, Patch
from kpatchlint.tree.content import compute_blob_id
from kpatchlint.tree.place import lay_patch
from kpatchlint.tree.records import PlacedPatch, Placement
from tests.tree.clean_diff import parse_clean_diff
from tests.tree.repository import MemoryTree

TWO_ALIKE = b"""\
int first(void)
{
	prepare();
	work();
	finish();
	return 0;
}

int second(void)
{
	prepare();
	work();
	finish();
	return 0;
}
"""
WORK_HUNK = b" \tprepare();\n-\twork();\n+\twork_hard();\n \tfinish();\n"


def diff(*hunks: bytes, path: str = "a.c", head: str = "") -> Patch:
    name = path.encode()
    header = b"diff --git a/%s b/%s\n%s--- a/%s\n+++ b/%s\n" % (name, name, head.encode(), name, name)
    return parse_clean_diff(header + b"".join(hunks))


def lay(base: bytes, *hunks: bytes, head: str = "") -> PlacedPatch:
    return lay_patch(diff(*hunks, head=head), MemoryTree({"a.c": base}))


def index(before: bytes, after: bytes) -> str:
    return f"index {compute_blob_id(before)[:12]}..{compute_blob_id(after)[:12]} 100644\n"


@pytest.mark.parametrize("shift", [0, 1, 40], ids=["at its line", "one line down", "forty lines down"])
def test_a_hunk_is_found_by_its_context(shift: int) -> None:
    base = b"filler();\n" * shift + TWO_ALIKE.split(b"\n\n")[0] + b"\n"
    placed = lay(base, b"@@ -3,3 +3,3 @@\n" + WORK_HUNK)
    assert placed.placement is Placement.PLACED
    assert placed.files[0].after == base.replace(b"work();", b"work_hard();")
    assert placed.files[0].added_lines == placed.files[0].removed_lines == {4 + shift}


def test_a_hunk_that_fits_twice_is_left_open() -> None:
    placed = lay(TWO_ALIKE, b"@@ -7,3 +7,3 @@\n" + WORK_HUNK)
    assert placed.placement is Placement.FRAGMENT
    assert placed.files[0].unplaced == (0,)
    assert placed.files[0].notes == ("hunk 1 (line 7) fits in 2 places equally well",)
    assert placed.tree.read("a.c") == TWO_ALIKE
    assert placed.fragments[0].path == "a.c"


def test_the_line_number_counts_when_the_hunk_is_right_there() -> None:
    placed = lay(TWO_ALIKE, b"@@ -11,3 +11,3 @@\n" + WORK_HUNK)
    assert placed.files[0].added_lines == {12}


def test_the_function_after_the_line_numbers_decides() -> None:
    placed = lay(b"/* new */\n" + TWO_ALIKE, b"@@ -11,3 +11,3 @@ int second(void)\n" + WORK_HUNK)
    assert placed.files[0].added_lines == {13}


def test_the_shift_of_the_neighbour_decides() -> None:
    base = b"start();\nset_up();\n" + TWO_ALIKE
    first = b"@@ -1,2 +1,3 @@\n int first(void)\n+/* said */\n {\n"
    placed = lay(base, first, b"@@ -11,3 +12,3 @@\n" + WORK_HUNK)
    assert placed.placement is Placement.PLACED
    assert placed.files[0].added_lines == {4, 15}


@pytest.mark.parametrize(
    ("stated", "unplaced"),
    [
        pytest.param(3, (), id="agrees"),
        pytest.param(4, (0,), id="disagrees"),
    ],
)
def test_a_place_must_agree_with_the_neighbour_s_shift(stated: int, unplaced: tuple[int, ...]) -> None:
    base = b"start();\nset_up();\n" + TWO_ALIKE + b"last_of_all();\n"
    last = b"@@ -16,1 +16,2 @@\n last_of_all();\n+/* said */\n"
    placed = lay(base, b"@@ -%d,3 +3,3 @@\n" % stated + WORK_HUNK, last)
    assert placed.files[0].unplaced == unplaced


@pytest.mark.parametrize("shift", [0, 1], ids=["at their lines", "one line down"])
def test_hunks_that_fit_together_at_one_shift_only_settle_each_other(shift: int) -> None:
    """Each of the two fits twice, and their context lost white space, so that neither is just where it says."""
    base = b"start();\n" * shift + b"in_a;\nin_b;\nout_a;\nout_b;\nfiller;\nin_a;\nin_b;\nfiller;\nout_a;\nout_b;\n"
    first = b"@@ -1,2 +1,3 @@\n in_a; \n+NEW\n in_b;\n"
    second = b"@@ -3,2 +4,3 @@\n out_a; \n+NEW\n out_b;\n"
    placed = lay(base, first, second)
    assert placed.placement is Placement.PLACED
    assert placed.files[0].added_lines == {2 + shift, 5 + shift}
    assert lay(base, first).placement is (Placement.FRAGMENT if shift else Placement.PLACED)


def test_what_lies_between_two_placed_hunks_is_decided_by_them() -> None:
    base = TWO_ALIKE.replace(b"\n\n", b"\n\nmiddle_a();\nmiddle_b();\n") + b"omega_a();\nomega_b();\n"
    placed = lay(
        base,
        b"@@ -40,2 +41,3 @@\n middle_a();\n+/* said */\n middle_b();\n",
        b"@@ -50,3 +52,3 @@\n" + WORK_HUNK,
        b"@@ -66,2 +68,3 @@\n omega_a();\n+/* said */\n omega_b();\n",
    )
    assert placed.placement is Placement.PLACED
    assert placed.files[0].removed_lines == {14}


def test_a_look_alike_does_not_take_the_hunk_of_a_function_that_changed() -> None:
    base = b"start();\n" + TWO_ALIKE
    changed = base[::-1].replace(b";)(krow", b";)(lias", 1)[::-1]  # second() sails now
    hunk = b"@@ -11,3 +11,3 @@ int second(void)\n" + WORK_HUNK
    placed = lay(changed, hunk)
    assert placed.placement is Placement.FRAGMENT
    assert placed.files[0].notes == ("hunk 1 (line 11) fits in one place only, but not where it says that it belongs",)
    assert lay(base, hunk).files[0].removed_lines == {13}


def test_a_renamed_function_does_not_hold_its_hunk_back() -> None:
    base = b"start();\n" + TWO_ALIKE.split(b"\n\n")[1].replace(b"second", b"renamed")
    assert lay(base, b"@@ -11,3 +11,3 @@ int second(void)\n" + WORK_HUNK).placement is Placement.PLACED


@pytest.mark.parametrize(
    ("line", "placement"),
    [
        pytest.param(3, Placement.PLACED, id="right at its line"),
        pytest.param(30, Placement.FRAGMENT, id="far from its line"),
    ],
)
def test_one_telling_line_is_too_little_to_go_far(line: int, placement: Placement) -> None:
    base = b"{\n}\n{\n\treturn 0;\n}\n{\n}\n"
    assert lay(base, b"@@ -%d,3 +3,4 @@\n {\n+\tcall();\n \treturn 0;\n }\n" % line).placement is placement


def test_on_its_own_base_a_hunk_lies_where_it_says() -> None:
    after = TWO_ALIKE[::-1].replace(b";)(krow", b";)(drah_krow", 1)[::-1]
    cut = replace(
        diff(b"@@ -10,5 +10,5 @@\n {\n" + WORK_HUNK + b" \treturn 0;\n").files[0],
        old_id=compute_blob_id(TWO_ALIKE)[:12],
        new_id=compute_blob_id(after)[:12],
    )
    lines = cut.hunks[0].lines[1:]  # the reviewer trimmed the first line, so the numbers point one line too high
    cut = replace(cut, hunks=(replace(cut.hunks[0], lines=lines, complete=False),))
    placed = lay_patch(Patch(subject="", files=(cut,)), MemoryTree({"a.c": TWO_ALIKE}))
    assert placed.placement is Placement.EXACT
    assert placed.files[0].after == after


@pytest.mark.parametrize(
    ("base", "hunk", "after"),
    [
        pytest.param(b"a_line\nb_line", b"@@ -1,2 +1,3 @@\n a_line\n+new\n b_line\n\\ No newline at end of file\n",
                     b"a_line\nnew\nb_line", id="untouched last line has no newline"),
        pytest.param(b"a_line\nb_line", b"@@ -1,2 +1,2 @@\n a_line\n-b_line\n\\ No newline at end of file\n+b_line\n",
                     b"a_line\nb_line\n", id="the newline is added"),
        pytest.param(b"a_line\nb_line\n", b"@@ -1,2 +1,2 @@\n a_line\n-b_line\n+b_line\n\\ No newline at end of file\n",
                     b"a_line\nb_line", id="the newline is taken away"),
        pytest.param(b"a_line\r\nb_line\r\n", b"@@ -1,2 +1,3 @@\n a_line\r\n+new\r\n b_line\r\n",
                     b"a_line\r\nnew\r\nb_line\r\n", id="a CRLF file in a mail that kept its CRs"),
        pytest.param(b"a_line\r\nb_line\r\n", b"@@ -1,2 +1,3 @@\n a_line\n+new\n b_line\n",
                     b"a_line\r\nnew\r\nb_line\r\n", id="a CRLF file in a mail that lost its CRs"),
        pytest.param(b"a_line\nb_line\n", b"@@ -1,2 +1,3 @@\n a_line\r\n+new\r\n b_line\r\n",
                     b"a_line\nnew\nb_line\n", id="an LF file in a mail that won CRs"),
        pytest.param(b"\xff\xfe\n\x80\n", b"@@ -1,2 +1,3 @@\n \xff\xfe\n+caf\xe9_line\n \x80\n",
                     b"\xff\xfe\ncaf\xe9_line\n\x80\n", id="not UTF-8"),
        pytest.param(b"first_line\n", b"@@ -1,1 +0,0 @@\n-first_line\n", b"", id="the last line goes, the file stays"),
    ],
)  # fmt: skip
def test_line_ends(base: bytes, hunk: bytes, after: bytes) -> None:
    placed = lay(base, hunk, head=index(base, after))
    assert placed.files[0].after == after
    assert placed.placement is Placement.EXACT


def test_a_hunk_at_the_end_of_the_author_s_file_needs_the_end_of_ours() -> None:
    hunk = b"@@ -3,2 +3,3 @@\n \treturn 0;\n }\n+EXPORT_SYMBOL(f);\n"
    base = b"int f(void)\n{\n\treturn 0;\n}\n"
    assert lay(base, hunk).placement is Placement.PLACED
    assert lay(base + b"int g;\n", hunk).placement is Placement.FRAGMENT


def test_a_hunk_without_context_needs_proof() -> None:
    base, after = b"one_line\ntwo_line\n", b"one_line\nnew\ntwo_line\n"
    hunk = b"@@ -1,0 +2,1 @@\n+new\n"
    assert lay(base, hunk).placement is Placement.FRAGMENT
    assert lay(base, hunk, head=index(base, after)).files[0].after == after


def test_two_hunks_do_not_change_one_line() -> None:
    base = b"one_line\ntwo_line\nthree_line\n"
    hunk = b"@@ -1,3 +1,3 @@\n one_line\n-two_line\n+2\n three_line\n"
    placed = lay(base, hunk, hunk)
    assert placed.placement is Placement.PARTIAL
    assert placed.files[0].unplaced == (1,)
    assert "another hunk has changed already" in placed.files[0].notes[0]


def test_a_wrong_blob_id_is_never_exact() -> None:
    base = b"one_line\ntwo_line\n"
    hunk = b"@@ -1,2 +1,3 @@\n one_line\n+new\n two_line\n"
    placed = lay(base, hunk, head=f"index {compute_blob_id(base)[:7]}..1234567 100644\n")
    assert placed.placement is Placement.PLACED
    assert not placed.files[0].proven


def test_one_unproven_file_keeps_the_patch_from_being_exact() -> None:
    base, after = b"one_line\ntwo_line\n", b"one_line\nnew\ntwo_line\n"
    hunk = b"@@ -1,2 +1,3 @@\n one_line\n+new\n two_line\n"
    sure = diff(hunk, head=index(base, after))
    unsure = diff(hunk, path="b.c", head=f"index {compute_blob_id(base)[:7]}..1234567 100644\n")
    tree = MemoryTree({"a.c": base, "b.c": base})
    assert lay_patch(replace(sure, files=sure.files + unsure.files), tree).placement is Placement.PLACED
    assert lay_patch(sure, tree).placement is Placement.EXACT


def test_a_patch_that_the_tree_has_is_compared_with_the_tree_without_it() -> None:
    before, after = b"one_line\ntwo_line\n", b"one_line\nnew_line\ntwo_line\n"
    placed = lay(after, b"@@ -1,2 +1,3 @@\n one_line\n+new_line\n two_line\n", head=index(before, after))
    assert placed.placement is Placement.EXACT
    assert (placed.files[0].before, placed.files[0].after) == (before, after)
    assert placed.files[0].added_lines == {2}
    assert placed.base is not None
    assert (placed.base.read("a.c"), placed.tree.read("a.c")) == (before, after)
    assert "in the tree already" in placed.notes[0]


def test_one_hunk_that_the_tree_has_is_named() -> None:
    base = b"one_line\nnew_line\ntwo_line\n" + b"filler();\n" * 9 + b"three_line\n"
    placed = lay(
        base,
        b"@@ -1,2 +1,3 @@\n one_line\n+new_line\n two_line\n",
        b"@@ -10,2 +11,3 @@\n filler();\n+more_work();\n three_line\n",
    )
    assert placed.placement is Placement.PARTIAL
    assert placed.files[0].notes == ("hunk 1 (line 1) is in the tree already",)


def test_context_that_changed_far_from_the_change_is_bridged_and_said() -> None:
    base = b"".join(b"call_%d();\n" % n for n in range(9)).replace(b"call_1", b"call_one")
    hunk = b"@@ -2,6 +2,7 @@\n call_1();\n call_2();\n call_3();\n+new_call();\n call_4();\n call_5();\n call_6();\n"
    placed = lay(base, hunk)
    assert placed.placement is Placement.PLACED
    assert placed.files[0].added_lines == {5}
    assert "1 of its lines not in the tree" in placed.files[0].notes[0]


def test_context_that_changed_beside_the_change_leaves_it_open() -> None:
    base = b"".join(b"call_%d();\n" % n for n in range(9)).replace(b"call_3", b"call_three")
    hunk = b"@@ -2,6 +2,7 @@\n call_1();\n call_2();\n call_3();\n+new_call();\n call_4();\n call_5();\n call_6();\n"
    assert lay(base, hunk).placement is Placement.FRAGMENT


def cut(patch: Patch, keep: slice) -> Patch:
    """The patch with only some lines of its only hunk, as in a trimmed quote."""
    file: FilePatch = patch.files[0]
    hunk: Hunk = file.hunks[0]
    return replace(patch, files=(replace(file, hunks=(replace(hunk, lines=hunk.lines[keep], complete=False),)),))


BASE_20 = b"".join(b"call_%d();\n" % n for n in range(20))
HUNK_20 = b"@@ -5,6 +5,7 @@\n call_4();\n call_5();\n call_6();\n+new_call();\n call_7();\n call_8();\n call_9();\n"


@pytest.mark.parametrize(
    ("keep", "placement"),
    [
        pytest.param(slice(0, 4), Placement.PLACED, id="only the lines above are left"),
        pytest.param(slice(3, 7), Placement.PLACED, id="only the lines below are left"),
        pytest.param(slice(2, 5), Placement.PLACED, id="one line on each side is left"),
        pytest.param(slice(3, 4), Placement.FRAGMENT, id="only the added line is left"),
    ],
)
def test_a_trimmed_hunk(keep: slice, placement: Placement) -> None:
    placed = lay_patch(cut(diff(HUNK_20), keep), MemoryTree({"a.c": BASE_20}))
    assert placed.placement is placement
    if placement is Placement.PLACED:
        assert placed.files[0].after == BASE_20.replace(b"call_7", b"new_call();\ncall_7")


def test_a_line_trimmed_from_the_middle_of_the_context_is_bridged() -> None:
    patch = diff(HUNK_20)
    hunk = patch.files[0].hunks[0]
    lines = hunk.lines[:1] + hunk.lines[2:]
    patch = replace(patch, files=(replace(patch.files[0], hunks=(replace(hunk, lines=lines, complete=False),)),))
    placed = lay_patch(patch, MemoryTree({"a.c": BASE_20}))
    assert placed.files[0].after == BASE_20.replace(b"call_7", b"new_call();\ncall_7")


def test_a_line_trimmed_beside_the_change_leaves_its_side_open() -> None:
    patch = diff(HUNK_20)
    hunk = patch.files[0].hunks[0]
    lines = hunk.lines[:2] + hunk.lines[3:4] + hunk.lines[5:]
    patch = replace(patch, files=(replace(patch.files[0], hunks=(replace(hunk, lines=lines, complete=False),)),))
    assert lay_patch(patch, MemoryTree({"a.c": BASE_20})).placement is Placement.FRAGMENT


def test_a_hunk_cut_inside_its_change_is_found_but_not_applied() -> None:
    hunk = b"@@ -5,6 +5,9 @@\n call_4();\n call_5();\n call_6();\n+lock();\n+work();\n+unlock();\n call_7();\n"
    patch = cut(diff(hunk + b" call_8();\n call_9();\n"), slice(0, 5))
    placed = lay_patch(patch, MemoryTree({"a.c": BASE_20}))
    assert placed.placement is Placement.FRAGMENT
    assert (placed.files[0].unplaced, placed.files[0].cut) == ((0,), (0,))
    assert placed.files[0].after == BASE_20
    assert placed.files[0].notes == ("hunk 1 (line 5) was cut inside its change: its code is read on its own",)
    assert b"lock();" in placed.fragments[0].code


def test_a_new_file_that_was_cut_is_not_taken_for_whole() -> None:
    lines = b"".join(b"+line %d\n" % n for n in range(9))
    new = b"diff --git a/n.c b/n.c\nnew file mode 100644\n--- /dev/null\n+++ b/n.c\n@@ -0,0 +1,9 @@\n" + lines
    placed = lay_patch(cut(parse_clean_diff(new), slice(0, 5)), MemoryTree({}))
    assert placed.placement is Placement.FRAGMENT
    assert placed.files[0].cut == (0,)
    assert placed.tree.read("n.c") is None
    assert placed.fragments[0].path == "n.c"


@pytest.mark.parametrize(
    ("added", "placement"),
    [
        pytest.param(b"+if (b)\n", Placement.PLACED, id="the braces of the rest agree"),
        pytest.param(b"+if (b) {\n", Placement.FRAGMENT, id="the brace that closes is missing"),
    ],
)
def test_a_long_cut_is_judged_by_its_braces(added: bytes, placement: Placement) -> None:
    hunk = b"@@ -5,9 +5,9 @@\n call_4();\n call_5();\n-call_6();\n" + added + b" call_7();\n call_8();\n"
    rest = b" call_9();\n call_10();\n-call_11();\n+}\n call_12();\n"
    placed = lay_patch(cut(diff(hunk + rest), slice(0, 5)), MemoryTree({"a.c": BASE_20}))
    assert placed.placement is placement


HOSTILE = {
    "lines that are all alike": (
        b"same_line();\n" * 30_000,
        [b"@@ -1,4000 +1,4001 @@ f\n" + b" same_line(); \n" * 2000 + b"+x\n" + b" same_line();\n" * 2000] * 3,
    ),
    "many hunks that fit everywhere": (
        b"a_line();\nb_line();\n" * 20_000,
        [b"@@ -%d,2 +1,3 @@ f\n a_line(); \n+x\n b_line();\n" % n for n in range(1, 3000, 3)],
    ),
    "many hunks that fit nowhere": (
        b"".join(b"line_%d();\n" % n for n in range(40_000)),
        [b"@@ -%d,2 +1,3 @@ f\n line_%d();\n+x\n nowhere();\n" % (n, n) for n in range(1, 3000)],
    ),
    "a long hunk with a third of its lines lost": (
        b"".join(b"line_%d();\n" % n for n in range(40_000)),
        [b"@@ -1,20000 +1,20001 @@\n" + b"".join(b" line_%d();\n" % n for n in range(30_000) if n % 3) + b"+x\n"],
    ),
}


@pytest.mark.parametrize("shape", HOSTILE)
def test_hostile_patches_end_in_time(shape: str) -> None:
    base, hunks = HOSTILE[shape]
    patch = diff(*hunks)
    start = time.process_time()
    assert lay_patch(patch, MemoryTree({"a.c": base})).placement is not Placement.EXACT
    assert time.process_time() - start < 30  # a watchdog: about 2 s on an idle machine
