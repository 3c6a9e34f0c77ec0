# SPDX-License-Identifier: GPL-2.0-or-later
"""Comments that silence a rule: how they are written, and which findings they reach."""

import pytest

from kpatchlint.findings.marks import Mark, MarkReader, find_marks
from tests.findings.sample import SLEEP, at

RULE = SLEEP.rule


@pytest.mark.parametrize(
    ("text", "rules", "reason"),
    [
        pytest.param("/* kpatchlint: ignore=a-b boot only */", ("a-b",), "boot only", id="a comment"),
        pytest.param("// kpatchlint: ignore=a,b boot only", ("a", "b"), "boot only", id="two rules"),
        pytest.param("f(); /* kpatchlint:ignore=a - why */", ("a",), "why", id="behind code"),
        pytest.param("\t * kpatchlint: ignore=a why", ("a",), "why", id="a line of a longer comment"),
        pytest.param("# kpatchlint: ignore=a why", ("a",), "why", id="Kconfig and assembly"),
        pytest.param("/* kpatchlint: ignore=a */", ("a",), "", id="no reason"),
        pytest.param("/* kpatchlint: ignore= why */", (), "why", id="no rule"),
    ],
)
def test_forms(text: str, rules: tuple[str, ...], reason: str) -> None:
    assert list(find_marks(f"int a;\n{text}\n".encode(), "mm/a.c")) == [Mark("mm/a.c", 2, rules, reason)]


def test_other_text_is_no_mark() -> None:
    assert list(find_marks(b'see kpatchlint: ignore=a x\nchar *s = "kpatchlint: ignore=b x";\n', "a.c")) == []


def source(lines: dict[int, str]) -> bytes:
    return "\n".join(lines.get(number, f"code {number};") for number in range(1, 61)).encode()


GOOD = f"/* kpatchlint: ignore={RULE} runs before SMP */"


@pytest.mark.parametrize(
    ("path", "lines", "line"),
    [
        pytest.param("mm/b.c", {40: f"return kmalloc(); {GOOD}"}, 40, id="on the faulty line"),
        pytest.param("mm/b.c", {39: f"\t{GOOD}"}, 39, id="on the line above it"),
        pytest.param("mm/b.c", {37: f"\t{GOOD}", 38: "\t * more", 39: "\t */"}, 37, id="in the comment above it"),
        pytest.param("mm/a.c", {19: GOOD}, 19, id="at a step of its path"),
        pytest.param("mm/b.c", {38: GOOD}, None, id="not across a line of code"),
        pytest.param("mm/b.c", {38: GOOD, 39: "*p = 1;"}, None, id="a write through a pointer is code"),
        pytest.param("mm/b.c", {41: GOOD}, None, id="not below it"),
        pytest.param("mm/b.c", {39: f"/* kpatchlint: ignore={RULE} */"}, None, id="not without a reason"),
        pytest.param("mm/b.c", {39: "/* kpatchlint: ignore=other why */"}, None, id="not for another rule"),
        pytest.param("mm/c.c", {39: GOOD}, None, id="not in another file"),
    ],
)
def test_reach(path: str, lines: dict[int, str], line: int | None) -> None:
    files = {path: source(lines)}
    mark = MarkReader(files.get).covering(SLEEP)
    assert (None if mark is None else (mark.path, mark.line)) == (None if line is None else (path, line))


def test_line_beyond_the_file_is_not_covered() -> None:
    assert MarkReader(lambda _: GOOD.encode()).covering(at(SLEEP, 900)) is None
