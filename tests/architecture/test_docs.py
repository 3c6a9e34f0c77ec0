# SPDX-License-Identifier: GPL-2.0-or-later
"""What the documents state as a number, a list or a command is so."""

import importlib
import re

import pytest

from kpatchlint.findings import baseline
from kpatchlint.mail import limits
from kpatchlint.rules.load import own_rules
from kpatchlint.rules.records import KINDS
from kpatchlint.settings import file
from kpatchlint.tree import content
from tests.architecture.source import TOP

MIB, KIB = 1024 * 1024, 1024


@pytest.mark.parametrize(
    ("what", "limit"),
    [
        ("one mail", f"{limits.MAIL_MAX_BYTES // MIB} MiB"),
        ("one input (an mbox, all files of a folder, stdin)", f"{limits.INPUT_MAX_BYTES // MIB} MiB"),
        ("one line of a mail", f"{limits.LINE_MAX_BYTES // KIB} KiB"),
        ("lines of a mail", str(limits.LINES_MAX_COUNT)),
        ("hunks at one quote depth of a mail", str(limits.HUNKS_MAX_COUNT)),
        ("mails in the input", str(limits.MAILS_MAX_COUNT)),
        ("patches of a series", str(limits.PATCHES_MAX_COUNT)),
        ("files of a patch", str(limits.FILES_MAX_COUNT)),
        ("depth of MIME parts", str(limits.MIME_MAX_DEPTH)),
        ("MIME parts of a mail", str(limits.MIME_MAX_PARTS)),
        ("one file of the tree", f"{content.FILE_MAX_BYTES // MIB} MiB"),
        ("a configuration file", f"{file.FILE_MAX_BYTES // MIB} MiB"),
        ("a baseline", f"{baseline.FILE_MAX_BYTES // MIB} MiB"),
    ],
)
def test_limits_are_those_of_the_code(what: str, limit: str) -> None:
    assert f"| {what} | {limit} |" in (TOP / "docs/limits.md").read_text()


@pytest.mark.parametrize(
    ("what", "module", "name"),
    [
        ("calls from an entry down to what sleeps", "program.sleeps", "_DEEPEST"),
        ("calls that one through a pointer counts for, of these", "program.sleeps", "_POINTER"),
        ("functions walked for one entry", "program.sleeps", "_BUDGET"),
        ("functions walked for all entries of a patch", "program.sleeps", "_TOTAL"),
        ("nodes visited in all walks for a patch", "program.walker", "_ALL_VISITS"),
        ("ways to sleep that a function is remembered by", "program.sleeps", "_KEPT"),
        ("states that a node of a graph keeps apart", "program.flow", "_STATES"),
        ("visits of nodes in one function", "program.flow", "_VISITS"),
        ("nodes of a function, macros expanded", "program.cfg", "_LONGEST"),
        ("macros within macros", "program.expand", "_NESTING"),
        ("bytes of a function's body", "facts.parse", "_LONGEST_BODY"),
        ("callers above changed code, in depth", "program.contexts", "_CALLERS_DEEP"),
        ("callers above changed code, in number", "program.contexts", "_CALLERS_MANY"),
        ("files that mention a name which is followed back", "program.callers", "_FILES"),
        ("files that mention a field and its struct, where calls are followed", "program.fields", "_FILES"),
        ("functions behind one call through a field", "program.fields", "_TARGETS"),
        ("callers asked whether they live on after boot", "program.sections", "_DEEP"),
        ("functions walked for `kpatchlint path`", "ask.path", "_WALKED"),
        ("functions above the one that `kpatchlint contexts` is asked about", "ask.contexts", "_MANY"),
    ],
)
def test_bounds_of_the_analysis_are_those_of_the_code(what: str, module: str, name: str) -> None:
    limit = getattr(importlib.import_module(f"kpatchlint.{module}"), name)
    assert f"| {what} | {limit} |" in (TOP / "docs/limits.md").read_text()


def test_classes_are_those_of_the_code() -> None:
    text = (TOP / "docs/json.md").read_text()
    listed = text[text.index("Classes: ") : text.index("\n\nExit codes")].removeprefix("Classes: ").rstrip(".")
    assert tuple(re.split(r",\s+", listed)) == KINDS


def test_readme_shows_what_the_demo_prints() -> None:
    printed = (TOP / "fixtures/golden/demo.txt").read_text()
    shown = re.search(
        r"What `make demo` prints, shortened:\n\n```\n(.*?)```", (TOP / "README.md").read_text(), re.DOTALL
    )
    assert shown is not None
    assert [line for line in shown.group(1).splitlines() if line not in printed.splitlines()] == []


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "docs/design.md", "docs/add-a-rule.md"])
def test_files_that_a_document_names_are_there(document: str) -> None:
    text = (TOP / document).read_text()
    named = re.findall(r"`((?:docs|tests|rules|fixtures|kpatchlint|tools)/[\w./-]*)`", text)
    real = [name for name in named if not re.search(r"[A-Z]{4}", name)]  # CAPITALS stand for something
    assert [name for name in real if not (TOP / name).exists()] == []


def test_readme_lists_the_families_of_rules() -> None:
    """Families, not rules: a rule is one file, and nothing else has to be touched for it."""
    readme = (TOP / "README.md").read_text()
    listed = re.findall(r"^\| `rules/(\w+)` \| ", readme, re.MULTILINE)
    assert sorted(listed) == sorted({rule.path.partition("/")[0] for rule in own_rules()})


def test_readme_sums_up_how_to_read_the_json() -> None:
    readme, contract = ((TOP / name).read_text() for name in ("README.md", "docs/json.md"))
    section = readme.partition("## The JSON output\n")[2].partition("\n## ")[0]
    named = re.findall(r"`([a-z_]+)`", section)
    assert "findings" in named
    assert [name for name in named if f"`{name}`" not in contract] == []
