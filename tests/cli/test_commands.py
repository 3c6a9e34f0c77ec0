# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands around ``check``, and how output behaves on pipes, dumb terminals and interrupts."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kpatchlint import __version__
from kpatchlint.rules.load import own_rules
from tests.cli.runner import FIXTURES, TOP, kpatchlint

TREE = FIXTURES / "tree-arm64-mini"
SERIES = FIXTURES / "demo" / "hotplug-series.mbox"
CHECK = [sys.executable, "-m", "kpatchlint", "check", "--tree", str(TREE)]


def test_version_is_one_line() -> None:
    assert kpatchlint("--version").out == f"kpatchlint {__version__}\n"


def test_rules_lists_every_rule_with_its_title() -> None:
    run = kpatchlint("rules")
    assert run.code == 0
    assert [line.split()[1] for line in run.out.splitlines()] == [rule.id for rule in own_rules()]
    assert all(rule.title in run.out for rule in own_rules())


def test_explain_shows_all_that_the_rule_file_says() -> None:
    for rule in own_rules():
        run = kpatchlint("explain", rule.id)
        assert run.code == 0
        out = " ".join(re.sub(r"(?m)^(###.*) \((?:not )?reported\)$", r"\1", run.out).split())
        assert all(" ".join(text.split()) in out for text in (rule.title, *rule.sections, *rule.sections.values()))


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["explain", "-h"], ["rules", "-h"]])
def test_help_is_no_failure(arguments: list[str]) -> None:
    run = kpatchlint(*arguments)
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith("Usage: kpatchlint")


def test_mail_is_read_from_stdin() -> None:
    run = kpatchlint("check", "--tree", TREE, "--format", "json", "-", stdin=SERIES.read_bytes())
    assert [patch["placement"] for patch in json.loads(run.out)["patches"]] == ["exact", "exact"]


def test_tree_around_the_current_folder_is_taken() -> None:
    run = kpatchlint("check", "--format", "json", SERIES, cwd=TREE / "arch" / "arm64")
    assert json.loads(run.out)["tree"]["kernel"] == "6.12.0-mini"


def test_same_input_gives_the_same_bytes() -> None:
    first, second = (
        kpatchlint("check", "--tree", TREE, "--format", "json", SERIES, PYTHONHASHSEED=seed).out for seed in ("1", "2")
    )
    assert json.loads(first)["patches"]
    assert first.rpartition('"elapsed_s"')[0] == second.rpartition('"elapsed_s"')[0]


def test_object_is_printed_also_when_nothing_fits(tmp_path: Path) -> None:
    mail = tmp_path / "x.patch"
    mail.write_text("--- a/no/such.rst\n+++ b/no/such.rst\n@@ -1,3 +1,2 @@\n one\n-two\n three\n")
    run = kpatchlint("check", "--tree", TREE, "--format", "json", mail)
    assert run.code == 3
    assert json.loads(run.out)["findings"] == []
    assert run.err == "kpatchlint: the patch fits the tree nowhere\n"


def test_pipe_has_no_colour_unless_it_is_asked_for() -> None:
    assert "\x1b" not in kpatchlint("check", "--tree", TREE, SERIES).out
    assert "\x1b[" in kpatchlint("check", "--tree", TREE, "--color", "always", SERIES).out


@pytest.mark.parametrize(
    ("environment", "is_coloured"),
    [
        pytest.param({"TERM": "xterm-256color"}, True, id="a terminal"),
        pytest.param({"TERM": "xterm-256color", "NO_COLOR": "1"}, False, id="NO_COLOR"),
        pytest.param({"TERM": "dumb"}, False, id="a dumb terminal"),
    ],
)
def test_terminal_gets_colour_when_it_wants_it(environment: dict[str, str], is_coloured: bool) -> None:
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    process = subprocess.Popen([*CHECK, str(SERIES)], cwd=TOP, stdout=theirs, env={**kept, **environment})
    os.close(theirs)
    out = bytearray()
    while chunk := _read(ours):
        out += chunk
    process.wait(timeout=60)
    os.close(ours)
    assert b"introduced by 2 patches" in out
    assert (b"\x1b[" in out) is is_coloured


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # how Linux says that the other end of a pty is closed
        return b""


def test_reader_that_goes_away_is_no_failure() -> None:
    process = subprocess.Popen([*CHECK, str(SERIES)], cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) in (0, 1)


def test_interrupt_is_silent() -> None:
    process = subprocess.Popen([*CHECK, "-"], cwd=TOP, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b"more than a pipe holds\n" * 10_000)  # returns when it is being read
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_failure_of_ours_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import kpatchlint.engine\n"
        "def broken(*args, **rest):\n"
        "    raise ZeroDivisionError('on purpose')\n"
        "kpatchlint.engine.check_request = broken\n"
    )
    run = kpatchlint("check", "--tree", TREE, SERIES, PYTHONPATH=f"{tmp_path}:{TOP}")
    assert run.code == 2
    assert run.err == "kpatchlint: internal failure: ZeroDivisionError: on purpose (KPATCHLINT_DEBUG=1 shows where)\n"
    shown = kpatchlint("check", "--tree", TREE, SERIES, PYTHONPATH=f"{tmp_path}:{TOP}", KPATCHLINT_DEBUG="1")
    assert "Traceback" in shown.err


@pytest.mark.parametrize(
    ("terminal", "is_shown"), [("xterm", True), ("dumb", False)], ids=["a terminal", "a dumb terminal"]
)
def test_progress_is_shown_on_a_terminal_and_wiped(terminal: str, is_shown: bool) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": terminal}
    process = subprocess.Popen(
        [*CHECK, str(SERIES)], cwd=TOP, stdout=subprocess.DEVNULL, stderr=theirs, env=environment
    )
    os.close(theirs)
    said = bytearray()
    while chunk := _read(ours):
        said += chunk
    process.wait(timeout=60)
    os.close(ours)
    assert (b"checking patch 2 of 2: arm64: mm: add memory" in said) is is_shown
    assert said == b"" or said.endswith(b"\r\x1b[K")
