# SPDX-License-Identifier: GPL-2.0-or-later
"""The package as a library: docs/api.md says what is so, and importing it costs nothing."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kpatchlint
from kpatchlint.report.formats import FORMATS
from tests.cli.runner import FIXTURES, TOP


def code_blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", (TOP / "docs/api.md").read_text(), re.DOTALL)


def test_examples_of_the_document_run_as_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(FIXTURES / "tree-arm64-mini", tmp_path / "linux")
    shutil.copy(FIXTURES / "demo" / "hotplug-series.mbox", tmp_path / "series.mbox")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in code_blocks():
        exec(compile(block, "docs/api.md", "exec"), names)
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("arch/arm64/mm/mmu.c:22: `map_added_range()` runs as a stop_machine() callback")
    assert rest[0] == "  arch/arm64/mm/mmu.c:85 map_added_range(): stop_machine(map_added_range, &range, NULL);"
    assert rest[-1] == "no-such-file.patch: No such file or directory 2"
    assert str(names["page"]).startswith("<!DOCTYPE html>")


def test_files_may_be_paths() -> None:
    series, tree = FIXTURES / "demo" / "hotplug-series.mbox", FIXTURES / "tree-arm64-mini"
    assert len(kpatchlint.check(series, tree=tree).findings) == len(
        kpatchlint.check(str(series), tree=str(tree)).findings
    )
    with pytest.raises(TypeError):
        kpatchlint.check([series], tree=tree)  # type: ignore[arg-type]


def test_public_names_are_what_the_package_lists() -> None:
    assert all(getattr(kpatchlint, name) is not None for name in dir(kpatchlint))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = kpatchlint.nothing


def test_import_loads_nothing_heavy() -> None:
    code = "import sys, kpatchlint; print([m for m in ('msgspec', 'rich', 'tree_sitter', 'click') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=TOP, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def test_document_lists_every_format() -> None:
    listed = re.findall(r"^\| `([\w-]+)` \|", (TOP / "docs/formats.md").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(FORMATS)
