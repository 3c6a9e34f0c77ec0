# SPDX-License-Identifier: GPL-2.0-or-later
# ruff: noqa: E101
"""Hunks whose white space, blank lines or signs were damaged on the way, over the base that tells what they were."""

import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpatchlint.patch.records import DiffLine, Hunk, LineKind, Patch
from kpatchlint.tree.place import lay_patch
from kpatchlint.tree.records import PlacedPatch, Placement
from tests.tree.clean_diff import parse_clean_diff
from tests.tree.repository import MemoryTree, Repository

BEFORE = b"""\
config SAMPLE
	bool "A sample"
	depends on MMU
	---help---
	  Say Y here.

	  Else say N.

config OTHER
	bool "Another"
"""
AFTER = BEFORE.replace(b"\tdepends on MMU\n", b"\tdepends on MMU\n\tselect THING\n")

CODE_BEFORE = b"""\
#define LIMIT\t\t16\t/* author@example.org */

static int walk(struct table *table,
		unsigned long start)
{
	if (table->depth > LIMIT &&
	    start) {
		lock(table);
		step(table, start);
		unlock(table);
	}

	return 0;
}
"""
CODE_AFTER = CODE_BEFORE.replace(
    b"\t\tstep(table, start);\n",
    b"\t\tif (table->live)\n\t\t\tstep(table, start);\n\t\telse\n\t\t\tdrop(table);\n",
)


def make_patch(tmp_path: Path, before: bytes, after: bytes) -> Patch:
    (tmp_path / "before").write_bytes(before)
    (tmp_path / "after").write_bytes(after)
    done = subprocess.run(
        ["git", "diff", "--no-index", "before", "after"], cwd=tmp_path, capture_output=True, check=False
    )
    patch = parse_clean_diff(b"diff --git a/f b/f\n" + done.stdout.partition(b"\n")[2])
    return replace(patch, files=tuple(replace(file, old_path="f", new_path="f") for file in patch.files))


Damage = Callable[[DiffLine], DiffLine]


def damage(patch: Patch, each: Damage) -> Patch:
    """*patch* with every line damaged."""
    files = [
        replace(
            file, hunks=tuple(replace(hunk, lines=tuple(map(each, hunk.lines)), folded=True) for hunk in file.hunks)
        )
        for file in patch.files
    ]
    return replace(patch, files=tuple(files))


def lay(patch: Patch, before: bytes) -> PlacedPatch:
    return lay_patch(patch, MemoryTree({"f": before}))


def flatten(line: DiffLine) -> DiffLine:
    """As a web archive does: white space run together, both ends stripped, domains masked."""
    text = re.sub(rb"@[\w.]+", lambda found: b"@" + b"x" * (len(found[0]) - 1), re.sub(rb"[ \t]+", b" ", line.text))
    return replace(line, text=text.strip())


def expand(line: DiffLine, marks: int) -> DiffLine:
    """Tabs to blanks up to the stop, counted from the left edge of a mail with *marks* columns of quoting and sign."""
    return replace(line, text=(b"x" * marks + line.text).expandtabs(8)[marks:])


MAILERS: dict[str, Damage] = {
    "strips the end of lines": lambda line: replace(line, text=line.text.rstrip()),
    "pads the end of lines": lambda line: replace(line, text=line.text + b"  "),
    "sends CRLF": lambda line: replace(line, text=line.text + b"\r"),
    "expands tabs": lambda line: expand(line, 0),
    "expands tabs behind the sign": lambda line: expand(line, 1),
    "expands tabs behind a quote and the sign": lambda line: expand(line, 3),
    "turns a tab into four no-break spaces": lambda line: replace(line, text=line.text.replace(b"\t", b"\xc2\xa0" * 4)),
    "turns a tab into eight blanks": lambda line: replace(line, text=line.text.replace(b"\t", b" " * 8)),
    "ate the column of context lines": lambda line: (
        replace(line, text=line.text.removeprefix(b" ")) if line.kind is LineKind.CONTEXT else line
    ),
    "pads context lines": lambda line: (
        replace(line, text=b" " + line.text) if line.kind is LineKind.CONTEXT else line
    ),
}  # fmt: skip


@pytest.mark.parametrize("mailer", MAILERS)
@pytest.mark.parametrize(("before", "after"), [(BEFORE, AFTER), (CODE_BEFORE, CODE_AFTER)], ids=["Kconfig", "C"])
def test_white_space_is_restored_to_the_last_byte(tmp_path: Path, mailer: str, before: bytes, after: bytes) -> None:
    patch = damage(make_patch(tmp_path, before, after), MAILERS[mailer])
    placed = lay(patch, before)
    assert placed.files[0].after == after
    assert placed.placement is Placement.EXACT
    assert placed.files[0].notes == ()


@pytest.mark.parametrize("mailer", MAILERS)
def test_indentation_is_restored_without_an_id_to_prove_it(tmp_path: Path, mailer: str) -> None:
    patch = damage(make_patch(tmp_path, CODE_BEFORE, CODE_AFTER), MAILERS[mailer])
    patch = replace(patch, files=tuple(replace(file, old_id=None, new_id=None) for file in patch.files))
    placed = lay(patch, CODE_BEFORE)
    assert placed.placement is Placement.PLACED
    assert placed.files[0].after == CODE_AFTER


def fold_lines(content: bytes | None) -> list[bytes]:
    return [b" ".join(line.split()) for line in (content or b"").split(b"\n")]


def without_blanks(hunk: Hunk) -> Hunk:
    kept = tuple(line for line in hunk.lines if line.text.strip() or line.kind is not LineKind.CONTEXT)
    return replace(hunk, lines=kept, complete=len(kept) == len(hunk.lines))


def with_hunks(patch: Patch, change: Callable[[Hunk], Hunk]) -> Patch:
    return replace(
        patch, files=tuple(replace(file, hunks=tuple(map(change, file.hunks))) for file in patch.files)
    )  # fmt: skip


@pytest.mark.parametrize(("before", "after"), [(BEFORE, AFTER), (CODE_BEFORE, CODE_AFTER)], ids=["Kconfig", "C"])
@pytest.mark.parametrize("blanks", ["kept", "lost"])
def test_a_flattened_page_takes_its_context_from_the_tree(
    tmp_path: Path, before: bytes, after: bytes, blanks: str
) -> None:
    patch = damage(make_patch(tmp_path, before, after), flatten)
    if blanks == "lost":
        patch = with_hunks(patch, without_blanks)
    placed = lay(patch, before)
    assert placed.placement is Placement.PLACED
    assert fold_lines(placed.files[0].after) == fold_lines(after)
    kept = [n for n, line in enumerate(after.split(b"\n"), 1) if line in before.split(b"\n")]
    lines = (placed.files[0].after or b"").split(b"\n")
    assert [lines[n - 1] for n in kept] == [after.split(b"\n")[n - 1] for n in kept]


def test_a_context_line_that_begins_with_a_sign_is_known_by_the_base(tmp_path: Path) -> None:
    """``---help---`` of an archive page, read as a removal of ``--help---``."""
    patch = damage(make_patch(tmp_path, BEFORE, AFTER), flatten)

    def misread(line: DiffLine) -> DiffLine:
        if line.text.startswith(b"---help"):
            return replace(line, kind=LineKind.REMOVED, text=line.text[1:])
        return line

    placed = lay(damage(patch, misread), BEFORE)
    assert placed.placement is Placement.PLACED
    assert fold_lines(placed.files[0].after) == fold_lines(AFTER)
    assert placed.files[0].removed_lines == frozenset()


def test_a_context_line_broken_in_two_is_known_by_the_base(tmp_path: Path) -> None:
    patch = make_patch(tmp_path, CODE_BEFORE, CODE_AFTER)

    def wrap(hunk: Hunk) -> Hunk:
        lines: list[DiffLine] = []
        for line in hunk.lines:
            if b"table->depth" in line.text:
                head, _, tail = line.text.partition(b" > ")
                lines += [replace(line, text=head + b" >"), replace(line, text=tail)]
            else:
                lines.append(line)
        return replace(hunk, lines=tuple(lines), complete=False)

    placed = lay(with_hunks(patch, wrap), CODE_BEFORE)
    assert placed.files[0].after == CODE_AFTER
    assert placed.placement is Placement.EXACT


def test_a_remark_read_as_context_does_not_move_the_change(tmp_path: Path) -> None:
    patch = make_patch(tmp_path, CODE_BEFORE, CODE_AFTER)

    def remark(hunk: Hunk) -> Hunk:
        said = DiffLine(LineKind.CONTEXT, b"Is the lock really needed here?")
        return replace(hunk, lines=(*hunk.lines[:-2], said, *hunk.lines[-2:]), complete=False)

    placed = lay(with_hunks(patch, remark), CODE_BEFORE)
    assert placed.files[0].after == CODE_AFTER
    assert placed.placement is Placement.EXACT


def test_a_blank_line_lost_beside_the_change_is_put_where_the_id_proves_it(tmp_path: Path) -> None:
    before = b"first_call();\n\nsecond_call();\nthird_call();\n"
    after = b"first_call();\n\nnew_call();\nsecond_call();\nthird_call();\n"
    patch = with_hunks(make_patch(tmp_path, before, after), without_blanks)
    assert lay(patch, before).files[0].after == after


WORDS = st.sampled_from(
    [b"lock", b"walk", b"table", b"start", b"return", b"if (a)", b"}", b"{", b"x = y;", b"/* why */"]
)
LINES = st.builds(lambda tabs, words: b"\t" * tabs + b" ".join(words), st.integers(0, 3), st.lists(WORDS, max_size=4))


@st.composite
def changes(draw: st.DrawFn) -> tuple[bytes, bytes]:
    lines = draw(st.lists(LINES, min_size=3, max_size=40))
    edited = list(lines)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(edited)))
        edited[at : at + draw(st.integers(0, 2))] = draw(st.lists(LINES, max_size=3))
    return join(lines), join(edited)


def join(lines: Sequence[bytes]) -> bytes:
    return b"".join(line.rstrip() + b"\n" for line in lines)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("repository"))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(change=changes(), loses_blanks=st.booleans())
def test_whatever_is_placed_of_flattened_text_is_the_author_s_code(
    repository: Repository, change: tuple[bytes, bytes], loses_blanks: bool
) -> None:
    before, after = change
    patch = damage(make_patch(repository.top, before, after), flatten)
    if loses_blanks:
        patch = with_hunks(patch, without_blanks)
    patch = replace(patch, files=tuple(replace(file, new_id=None) for file in patch.files))
    placed = lay(patch, before)
    if before == after:
        return
    if placed.placement is Placement.PLACED:
        assert [line for line in fold_lines(placed.files[0].after) if line] == [
            line for line in fold_lines(after) if line
        ]
    else:
        assert loses_blanks
