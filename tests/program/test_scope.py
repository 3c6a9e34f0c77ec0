# SPDX-License-Identifier: GPL-2.0-or-later
"""What a patch changes is what it can have broken: no more, no less."""

import pytest

from kpatchlint.program.scope import FileVersions, build_scopes
from tests.program.sample import build, patched

BEFORE = """#define LIMIT(x) ((x) + 1)
#define UNUSED 1

/* Reads the first. */
static int first(int a)
{
	return LIMIT(a);
}

static int second(int a)
{
	if (a)
		return first(a);
	return 0;
}

static int third(int a)
{
	return a;
}

static const struct ops ops = {
	.run = third,
	.order = 2,
};
"""


def scopes(after: str | None, before: str | None = BEFORE, path: str = "mm/a.c", **others: str) -> tuple[str, str]:
    """Names of the functions in scope before and after, when one file of a tree changes."""
    files = {f"mm/{name}.c": text for name, text in others.items()}
    if before is not None:
        files["mm/a.c"] = before
    base = build(files)
    changed: dict[str, str | None] = {path: after}
    if path != "mm/a.c":
        changed["mm/a.c"] = None
    new = patched(base, changed, files)
    encoded = [None if text is None else text.encode() for text in (before, after)]
    old_scope, new_scope = build_scopes(base, new, [FileVersions(path, "mm/a.c", *encoded)])
    return tuple(" ".join(sorted(f.name for f in scope.functions)) for scope in (old_scope, new_scope))  # type: ignore[return-value]  # a pair


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(BEFORE, id="nothing"),
        pytest.param(BEFORE.replace("Reads the first.", "Reads it."), id="a comment"),
        pytest.param(BEFORE.replace("\t\treturn first(a);", "\t\t/* why */\n\t\treturn first(a);"), id="a new comment"),
        pytest.param(BEFORE.replace("\treturn a;", "\n\treturn\ta;"), id="white space in a function"),
        pytest.param(BEFORE.replace("((x) + 1)", "\\\n\t((x)  +\t1)"), id="white space in a macro"),
        pytest.param(BEFORE.replace("\t.run = third", "\t.run\t= third"), id="white space in a table"),
        pytest.param("\n\n" + BEFORE, id="lines above"),
        pytest.param(BEFORE.replace("#define UNUSED 1\n", ""), id="a macro that nobody uses goes"),
    ],
)
def test_what_means_the_same_is_not_in_scope(after: str) -> None:
    assert scopes(after) == ("", "")


@pytest.mark.parametrize(
    ("after", "in_scope"),
    [
        pytest.param(BEFORE.replace("return 0;", "return 1;"), ("second", "second"), id="a body"),
        pytest.param(BEFORE.replace("second(int a)", "second(long a)"), ("second", "second"), id="a parameter"),
        pytest.param(BEFORE.replace("(x) + 1", "(x) + 2"), ("first", "first"), id="a macro, for its user"),
        pytest.param(BEFORE.replace("LIMIT(x) ((x)", "LIMIT(y) ((y)"), ("first", "first"), id="a macro's parameter"),
        pytest.param(BEFORE.replace(".run = third", ".run = second"), ("second third", "second third"), id="a table"),
        pytest.param(BEFORE.replace(".order = 2", ".order = 3"), ("", ""), id="a number in a table"),
        pytest.param(BEFORE + "\nint fourth(void)\n{\n\treturn 4;\n}\n", ("", "fourth"), id="a new function"),
        pytest.param(BEFORE.replace("second(int", "other(int"), ("second", "other"), id="another name"),
        pytest.param(None, ("first second third", ""), id="the file goes"),
    ],
)
def test_what_changes_is_in_scope(after: str | None, in_scope: tuple[str, str]) -> None:
    assert scopes(after) == in_scope


def test_a_new_file_is_in_scope_as_a_whole() -> None:
    assert scopes(BEFORE, before=None) == ("", "first second third")


def test_a_renamed_file_is_compared_with_what_it_was() -> None:
    assert scopes(BEFORE, path="mm/new.c") == ("", "")
    assert scopes(BEFORE.replace("return 0;", "return 1;"), path="mm/new.c") == ("second", "second")


def test_users_of_a_changed_macro_in_other_files_are_in_scope() -> None:
    header = "#define LIMIT(x) ((x) + 1)\n"
    user = "int user(int a)\n{\n\treturn LIMIT(a);\n}\nint other(int a)\n{\n\treturn a;\n}\n"
    files = {"include/linux/l.h": header, "mm/u.c": user}
    base = build(files)
    after = header.replace("1", "2")
    new = patched(base, {"include/linux/l.h": after}, files)
    version = FileVersions("include/linux/l.h", "include/linux/l.h", header.encode(), after.encode())
    for scope in build_scopes(base, new, [version]):
        assert [f.name for f in scope.functions] == ["user"]


def test_of_two_definitions_the_changed_one_brings_its_twin() -> None:
    before = "#ifdef X\nint twin(void)\n{\n\treturn 1;\n}\n#else\nint twin(void)\n{\n\treturn 2;\n}\n#endif\n"
    assert scopes(before.replace("return 2", "return 3"), before=before) == ("twin twin", "twin twin")


def test_a_file_that_is_no_code_changes_nothing() -> None:
    base = build({"mm/a.c": BEFORE})
    version = FileVersions("mm/Kconfig", "mm/Kconfig", b"config A\n", b"config B\n")
    assert [scope.functions for scope in build_scopes(base, base, [version])] == [(), ()]


def test_a_scope_knows_what_it_touches() -> None:
    base = build({"mm/a.c": BEFORE})
    new = patched(base, {"mm/a.c": BEFORE.replace("return 0;", "return 1;")}, {"mm/a.c": BEFORE})
    version = FileVersions("mm/a.c", "mm/a.c", BEFORE.encode(), BEFORE.replace("return 0;", "return 1;").encode())
    _, scope = build_scopes(base, new, [version])
    assert scope.touches(new.resolver.functions("second", "mm/a.c"))
    assert not scope.touches(new.resolver.functions("third", "mm/a.c"))
