# SPDX-License-Identifier: GPL-2.0-or-later
"""The file that git runs before it sends a mail: where it belongs, what it says, and whose it is."""

import enum
import os
import re
import shlex
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from kpatchlint.text.clean import printable
from kpatchlint.text.errors import KpatchlintError, UsageError

HOOK_NAME = "sendemail-validate"
REFUSED = 65  # exit code of the check that refuses: a crash, a missing program or a signal has another one

# Refuses only when the check says so, also in a hook that runs with ``set -e``.
CHAIN = f'kpatchlint hook {HOOK_NAME} -- "$@" || [ $? -ne {REFUSED} ] || exit 1'

_MARK = "# kpatchlint sendemail-validate hook v1"
_CHAINED = re.compile(r"^[^#\n]*\bkpatchlint\b.*\bhook\s+sendemail-validate\b", re.MULTILINE)
_PROGRAM = re.compile(r"^if \[ -x (.+) \]; then\n\t(.+) hook sendemail-validate( --strict)? -- \"\$@\"$", re.MULTILINE)
_READ_MAX_BYTES = 256 * 1024
_TIMEOUT_S = 20


class HookState(enum.Enum):
    """What is in the hook's place."""

    ABSENT = "not installed"
    OURS = "installed"
    CHANGED = "installed by kpatchlint and changed by hand"
    CHAINED = "a hook of your own that calls kpatchlint"
    FOREIGN = "a hook that does not call kpatchlint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """The hook's place in one repository. ``hooks_path`` is core.hooksPath when that is set."""

    path: Path
    state: HookState
    is_executable: bool
    program: tuple[str, ...] = ()
    is_strict: bool = False
    hooks_path: str | None = None

    @property
    def is_working(self) -> bool:
        """Whether git will run us."""
        return self.is_executable and self.state in (HookState.OURS, HookState.CHANGED, HookState.CHAINED)


@dataclass(eq=False)
class ForeignHook(KpatchlintError):
    """Somebody else's hook is in the place; it is never overwritten or removed."""

    path: Path
    state: HookState
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.path} is {self.state.value}; it is left as it is{self.hint}"


def find_hook(folder: str) -> Hook:
    """Look at the hook of the repository around *folder*: of a linked work tree it is the main one's, and
    core.hooksPath counts.

    Raises:
        UsageError: no repository, or no git.
    """
    hooks = ask_git(folder, "rev-parse", "--path-format=absolute", "--git-path", "hooks")
    set_path = ask_git(folder, "config", "--type=path", "--default", "", "--get", "core.hooksPath") or None
    path = Path(hooks) / HOOK_NAME
    if not os.path.lexists(path):
        return Hook(path=path, state=HookState.ABSENT, is_executable=False, hooks_path=set_path)
    text = _read(path)
    found = _PROGRAM.search(text)
    program = tuple(shlex.split(found.group(2))) if found else ()
    is_strict = found is not None and found.group(3) is not None
    if _MARK in text.splitlines()[:3]:
        is_as_written = bool(program) and text == render_hook(program, is_strict)
        state = HookState.OURS if is_as_written else HookState.CHANGED
    else:
        state = HookState.CHAINED if _CHAINED.search(text) else HookState.FOREIGN
    return Hook(
        path=path,
        state=state,
        is_executable=os.access(path, os.X_OK),
        program=program,
        is_strict=is_strict,
        hooks_path=set_path,
    )


def install_hook(folder: str, program: tuple[str, ...], *, is_strict: bool) -> Hook:
    """Write the hook, also over one of ours.

    Args:
        folder: in the repository.
        program: absolute path of the command and its first arguments.
        is_strict: a check that fails refuses the mail.

    Raises:
        ForeignHook: there is a hook that is not ours, or that was changed by hand.
        UsageError: the folder cannot be written.
    """
    hook = find_hook(folder)
    if hook.state not in (HookState.ABSENT, HookState.OURS):
        has_us = hook.state in (HookState.CHAINED, HookState.CHANGED)
        raise ForeignHook(hook.path, hook.state, "" if has_us else f". To have both, add this line to it: {CHAIN}")
    if hook.path.parent.exists() and not hook.path.parent.is_dir():
        raise UsageError(f"{hook.path.parent} is no folder, so git runs no hooks here (core.hooksPath)")
    try:
        hook.path.parent.mkdir(parents=True, exist_ok=True)
        _put(hook.path, render_hook(program, is_strict), is_new=hook.state is HookState.ABSENT)
    except FileExistsError:
        raise ForeignHook(hook.path, HookState.FOREIGN) from None
    except OSError as error:
        raise UsageError(f"{hook.path}: {error.strerror or 'cannot be written'}") from None
    return find_hook(folder)


def uninstall_hook(folder: str) -> Hook:
    """Remove the hook; one that is not there is no error. Raises as ``install_hook``."""
    hook = find_hook(folder)
    if hook.state is HookState.ABSENT:
        return hook
    if hook.state is not HookState.OURS:
        raise ForeignHook(hook.path, hook.state, ": remove it, or its line that calls kpatchlint, by hand")
    try:
        hook.path.unlink()
    except OSError as error:
        raise UsageError(f"{hook.path}: {error.strerror or 'cannot be removed'}") from None
    return find_hook(folder)


def render_hook(program: tuple[str, ...], is_strict: bool) -> str:
    """The hook's text. It refuses only when the check says so: a program that is gone or crashes refuses nothing."""
    command = " ".join(shlex.quote(word) for word in program)
    arguments = f'hook {HOOK_NAME}{" --strict" if is_strict else ""} -- "$@"'
    outcome = ("refused (--strict)", "sent unchecked")[not is_strict]
    return f"""\
#!/bin/sh
{_MARK}
# Written by 'kpatchlint hook install', removed by 'kpatchlint hook uninstall'; neither touches it once it is changed.
unset GIT_WORK_TREE GIT_INDEX_FILE
if [ -x {shlex.quote(program[0])} ]; then
	{command} {arguments}
else
	kpatchlint {arguments}
fi
code=$?
case $code in
0) exit 0 ;;
{REFUSED}) exit 1 ;;
esac
echo "kpatchlint: the check ended with code $code, the mail is {outcome}; see 'kpatchlint hook status'" >&2
exit {int(is_strict)}
"""


def ask_git(folder: str, *arguments: str) -> str:
    """What git says as the user's own git would, with the user's configuration. Raises UsageError."""
    environment = {name: value for name, value in os.environ.items() if name not in ("GIT_DIR", "GIT_WORK_TREE")}
    try:
        done = subprocess.run(
            ["git", "-C", folder, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"git: {getattr(error, 'strerror', None) or 'no answer'}") from None
    if done.returncode:
        said = printable(done.stderr.decode(errors="replace").strip().rpartition("\n")[2])
        raise UsageError(f"{folder}: {said or 'git failed'}")
    return os.fsdecode(done.stdout).removesuffix("\n")


def _read(path: Path) -> str:
    """A hook's text, "" for what is no plain file: that is somebody else's."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return ""
        with path.open("rb") as stream:
            return stream.read(_READ_MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _put(path: Path, text: str, *, is_new: bool) -> None:
    """Put the whole file there at once; a new one only where there is none, whoever was faster."""
    descriptor, name = tempfile.mkstemp(prefix=f".{HOOK_NAME}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write(text)
        os.chmod(name, 0o755)
        if is_new:
            os.link(name, path)
        else:
            os.replace(name, path)
    finally:
        if os.path.lexists(name):
            os.unlink(name)
