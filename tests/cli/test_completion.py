# SPDX-License-Identifier: GPL-2.0-or-later
"""A real bash completes commands, options and rules; the other shells get a script of their own."""

import subprocess
import sys
from pathlib import Path

import pytest

from kpatchlint.rules.load import own_rules
from tests.cli.runner import TOP, kpatchlint

# What bash does when the tab key is pressed: the function is called with the words so far.
PRESS_TAB = """
eval "$(kpatchlint completion bash)"
words=({words})
COMP_WORDS=(kpatchlint "${{words[@]}}")
COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
function=$(complete -p kpatchlint | sed 's/.*-F \\([^ ]*\\).*/\\1/')
$function kpatchlint
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """A folder with a kpatchlint command in it."""
    script = tmp_path / "kpatchlint"
    script.write_text(f'#!/bin/sh\nPYTHONPATH={TOP} exec {sys.executable} -P -m kpatchlint "$@"\n')
    script.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "replies"),
    [
        pytest.param("hoo", ["hook"], id="a command"),
        pytest.param("hook un", ["uninstall"], id="a command of a group"),
        pytest.param("check --isol", ["--isolated"], id="an option"),
        pytest.param("check --color al", ["always"], id="a value"),
        pytest.param("explain sleep-in-", [r.id for r in own_rules() if r.id.startswith("sleep-in-")], id="the rules"),
    ],
)
def test_bash_completes(command: Path, words: str, replies: list[str]) -> None:
    done = subprocess.run(
        ["bash", "--norc", "-c", PRESS_TAB.format(words=words)],
        env={"PATH": f"{command}:/usr/bin:/bin", "HOME": str(command)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert sorted(done.stdout.split()) == sorted(replies), done.stderr


@pytest.mark.parametrize(("shell", "word"), [("zsh", "#compdef kpatchlint"), ("fish", "complete --no-files")])
def test_other_shells_have_scripts(shell: str, word: str) -> None:
    run = kpatchlint("completion", shell)
    assert (run.code, run.err) == (0, "")
    assert word in run.out
    assert f"_KPATCHLINT_COMPLETE={shell}_complete" in run.out


def test_unknown_shell_is_said() -> None:
    run = kpatchlint("completion", "tcsh")
    assert run.code == 2
    assert "'tcsh' is not one of 'bash', 'fish', 'zsh'" in run.err
