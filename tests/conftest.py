# SPDX-License-Identifier: GPL-2.0-or-later
"""Real kernel trees and real programs for the tests, and the rule that CI may not skip a test that needs one."""

import os
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

# No deadline: machines that run this are slow and shared. In CI the same examples every time: a change is judged by
# what it changes.
settings.register_profile("kpatchlint", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("kpatchlint")

TREE_FIXTURES = ("tree_6_12", "tree_6_1")
TOOL_FIXTURES = ("git_send_email", "chromium", "mandoc", "curl")


def real_tree(version: str) -> Path:
    """The unpacked kernel of *version* ("6.12"): KPATCHLINT_TREE_6_12, else what ``make kernels`` brought."""
    variable = "KPATCHLINT_TREE_" + version.replace(".", "_")
    named = os.environ.get(variable)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    tree = Path(named) if named else cache / "kpatchlint" / "kernels" / f"linux-source-{version}"
    if not (tree / "Kbuild").is_file():
        pytest.skip(f"no Linux {version} tree at {tree}: run 'make kernels' or set {variable}")
    return tree


@pytest.fixture(scope="session")
def tree_6_12() -> Path:
    return real_tree("6.12")


@pytest.fixture(scope="session")
def tree_6_1() -> Path:
    return real_tree("6.1")


@pytest.fixture(scope="session")
def git_send_email() -> Path:
    """The folder that holds git-send-email."""
    folder = Path(subprocess.run(["git", "--exec-path"], check=True, capture_output=True, text=True).stdout.strip())
    has_parser = subprocess.run(["perl", "-MMail::Address", "-e1"], check=False, capture_output=True).returncode == 0
    if not (folder / "git-send-email").is_file() or not has_parser:
        pytest.skip("no git send-email: run 'sh tools/packages.sh' as root (packages git-email, libmailtools-perl)")
    return folder


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser that pages of ours are opened in; playwright's own download is not asked for."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    if found is None:
        pytest.skip("no Chromium: run 'sh tools/packages.sh' as root (Debian's package chromium)")
    return Path(found)


@pytest.fixture(scope="session")
def curl() -> Path:
    """The client that the scripts of docs/ci.md call."""
    found = shutil.which("curl")
    if found is None:
        pytest.skip("no curl: run 'sh tools/packages.sh' as root (Debian's package curl)")
    return Path(found)


@pytest.fixture(scope="session")
def mandoc() -> Path:
    """The reader of manual pages that tells what is wrong with one."""
    found = shutil.which("mandoc")
    if found is None:
        pytest.skip("no mandoc: run 'sh tools/packages.sh' as root (Debian's package mandoc)")
    return Path(found)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for a real tree or a real program is marked so, by hand or here."""
    for item in items:
        for fixtures, mark in ((TREE_FIXTURES, "real_tree"), (TOOL_FIXTURES, "real_tool")):
            if any(name in fixtures for name in getattr(item, "fixturenames", ())):
                item.add_marker(mark)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    is_real = any(item.get_closest_marker(mark) for mark in ("real_tree", "real_tool"))
    if report.skipped and os.environ.get("CI") == "true" and is_real:
        report.outcome = "failed"
        report.longrepr = f"CI must run tests on real trees and programs, this one was skipped: {report.longrepr}"
    return report
