# SPDX-License-Identifier: GPL-2.0-or-later
"""Code without a place: what is kept of it, and which file it is taken to belong to."""

import pytest

from kpatchlint.patch.records import Comment, DiffLine, FilePatch, FileStatus, Hunk, LineKind, Patch
from kpatchlint.tree.fragment import extract_fragment, is_closed
from kpatchlint.tree.place import lay_patch
from kpatchlint.tree.records import Fragment, PlacedPatch, Placement
from tests.tree.repository import MemoryTree

MMU = b"void set_up_table(void);\nint map_table_entry(int entry)\n{\n\treturn set_up_table();\n}\n"
OTHER = b"void something_else(void);\nint unrelated_code(void);\n"


def hunk(*lines: str) -> Hunk:
    rows = [DiffLine(LineKind(line[0]), line[1:].encode(), 10 + n) for n, line in enumerate(lines)]
    return Hunk(lines=tuple(rows), complete=False)


def lay(tree: dict[str, bytes], *lines: str, path: str | None = None, mentions: tuple[str, ...] = ()) -> PlacedPatch:
    file = FilePatch(old_path=path, new_path=path, status=FileStatus.MODIFIED, hunks=(hunk(*lines),))
    return lay_patch(Patch(subject="Re: table code", files=(file,), mentions=mentions), MemoryTree(tree))


@pytest.mark.parametrize(
    ("code", "closed"),
    [
        pytest.param(b"int f(void) { return 0; }", True, id="a whole function"),
        pytest.param(b"call();", True, id="a statement"),
        pytest.param(b"int f(void)\n{\n", False, id="cut off"),
        pytest.param(b"}\nint f(void) { }", False, id="begins inside another function"),
        pytest.param(b"} else {", False, id="balanced in number but not in order"),
        pytest.param(b"f(\"{\"); /* { */ g('{'); // {\n", True, id="braces in strings and comments"),
        pytest.param(b'f("\\"{"); {', False, id="an escaped quote"),
        pytest.param(b"/* a comment without an end {", True, id="a comment that is cut off"),
    ],
)
def test_closed_is_what_opens_and_closes_its_own_braces(code: bytes, closed: bool) -> None:
    assert is_closed(code) is closed


def test_a_whole_function_stands_without_its_neighbours() -> None:
    found = extract_fragment(hunk(" }", " ", "+int f(void)", "+{", "+}", "+", " int g(void)", "-old"), "a.c")
    assert found == Fragment(code=b"int f(void)\n{\n}\n\n", lines=(12, 13, 14, 15), path="a.c", is_closed=True)


def test_added_statements_keep_the_code_around_them() -> None:
    found = extract_fragment(hunk(" lock();", "-old();", "+call();", " unlock();"), None)
    assert found == Fragment(code=b"lock();\ncall();\nunlock();\n", lines=(10, 12, 13), is_closed=True)


@pytest.mark.parametrize("lines", [(" context", "-removed"), ("+", "+\t")], ids=["only removals", "only blank lines"])
def test_nothing_added_is_no_fragment(lines: tuple[str, ...]) -> None:
    assert extract_fragment(hunk(*lines), None) is None


def test_a_hunk_without_a_place_is_read_in_its_file() -> None:
    placed = lay({"a.c": MMU}, " not_there();", " nor_this();", "+int f(void)", "+{", "+}", path="a.c")
    assert placed.placement is Placement.FRAGMENT
    assert [(part.path, part.code) for part in placed.fragments] == [("a.c", b"int f(void)\n{\n}\n")]


NEW_CODE = ("+int use_table(void)", "+{", "+\tset_up_table();", "+\treturn map_table_entry(1);")


@pytest.mark.parametrize(
    ("mentions", "tree", "path"),
    [
        pytest.param(("arch/arm64/mm/mmu.c",), {"arch/arm64/mm/mmu.c": MMU}, "arch/arm64/mm/mmu.c", id="it is there"),
        pytest.param(
            ("arch/arm64/mmu.c",), {"arch/arm64/mm/mmu.c": MMU}, "arch/arm64/mm/mmu.c", id="a directory short"
        ),
        pytest.param(
            (".../arm64/mm/mmu.c",), {"arch/arm64/mm/mmu.c": MMU}, "arch/arm64/mm/mmu.c", id="cut by diffstat"
        ),
        pytest.param(
            ("arch/arm64/mmu.c",),
            {"arch/arm64/mm/mmu.c": MMU, "arch/arm64/kvm/mmu.c": OTHER, "arch/arm/mm/mmu.c": MMU},
            "arch/arm64/mm/mmu.c",
            id="of two namesakes the one that knows the code",
        ),
        pytest.param(
            ("arch/arm64/mmu.c",), {"arch/arm64/mm/mmu.c": MMU, "arch/arm64/kvm/mmu.c": MMU}, None, id="two alike"
        ),
        pytest.param(("arch/arm64/mm/mmu.c",), {"arch/arm64/mm/mmu.c": OTHER}, None, id="it knows nothing of the code"),
        pytest.param(("arch/x86/mmu.c",), {"arch/arm64/mm/mmu.c": MMU}, None, id="another directory"),
        pytest.param(("mmu.c",), {"arch/arm64/mm/mmu.c": MMU}, None, id="no directory at all"),
        pytest.param(("../../etc/passwd",), {"arch/arm64/mm/mmu.c": MMU}, None, id="outside the tree"),
        pytest.param((), {"arch/arm64/mm/mmu.c": MMU}, None, id="no path named"),
    ],
)
def test_the_file_of_headerless_code(mentions: tuple[str, ...], tree: dict[str, bytes], path: str | None) -> None:
    placed = lay(tree, *NEW_CODE, mentions=mentions)
    assert placed.placement is Placement.FRAGMENT
    assert [fragment.path for fragment in placed.fragments] == [path]
    assert not placed.fragments[0].is_closed
    assert len(placed.notes) == 1


def test_a_path_in_the_quoted_discussion_counts_too() -> None:
    file = FilePatch(old_path=None, new_path=None, status=FileStatus.MODIFIED, hunks=(hunk(*NEW_CODE),))
    said = Comment(text="see hotplug in arch/arm64/mmu.c).", after=0, depth=0)
    placed = lay_patch(
        Patch(subject="", files=(file,), commentary=(said,)), MemoryTree({"arch/arm64/mm/mmu.c": MMU})
    )  # fmt: skip
    assert placed.fragments[0].path == "arch/arm64/mm/mmu.c"


def test_headerless_code_with_context_is_placed_in_the_file_that_the_mail_names() -> None:
    lines = (" int map_table_entry(int entry)", " {", "+\tcheck_entry(entry);", " \treturn set_up_table();")
    placed = lay({"mm/mmu.c": MMU}, *lines, mentions=("mm/mmu.c",))
    assert placed.placement is Placement.PLACED
    assert placed.tree.read("mm/mmu.c") == MMU.replace(b"{\n", b"{\n\tcheck_entry(entry);\n")
    assert "as the mail names it" in placed.notes[0]
