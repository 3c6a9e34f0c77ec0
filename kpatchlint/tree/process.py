# SPDX-License-Identifier: GPL-2.0-or-later
"""Running git on a repository that may be hostile: no hooks, no filters, no network, no user's configuration."""

import contextlib
import os
import subprocess
import threading
from collections.abc import Sequence
from types import TracebackType

import msgspec

from kpatchlint.tree.content import FILE_MAX_BYTES
from kpatchlint.tree.errors import FileTooLarge, GitFailed

_TIMEOUT_S = 120
_ASKED_AT_ONCE = 64  # names, well below what a pipe holds while nobody reads it
_SAFE_CONFIG = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.alternateRefsCommand=true",
    "protocol.allow=never",
    "log.showSignature=false",
    "safe.directory=*",  # the user names the tree; nothing that its configuration could start is left switched on
)


def git_environment(top: str) -> dict[str, str]:
    """The environment for git on *top*: a hook's GIT_DIR is dropped and the search never leaves *top*."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_CEILING_DIRECTORIES": os.path.dirname(os.path.realpath(top)),
    }


def git_command(top: str, *arguments: str) -> list[str]:
    """The full argument vector for ``git ARGUMENTS`` on the repository at *top*."""
    settings = [word for setting in _SAFE_CONFIG for word in ("-c", setting)]
    return ["git", "-C", top, "--no-pager", *settings, *arguments]


def run_git(top: str, *arguments: str, timeout_s: int = _TIMEOUT_S, index_file: str | None = None) -> bytes:
    """What ``git ARGUMENTS`` prints; of ``index_file`` instead of the repository's own index.

    Raises:
        GitFailed: git is missing, exits with an error, or takes over *timeout_s*.
    """
    try:
        done = subprocess.run(
            git_command(top, *arguments),
            env=git_environment(top) | ({} if index_file is None else {"GIT_INDEX_FILE": index_file}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
        )
    except OSError as error:
        raise GitFailed(arguments[0], error.strerror or "cannot be started") from error
    except subprocess.TimeoutExpired as error:
        raise GitFailed(arguments[0], f"no answer within {timeout_s} s") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise GitFailed(arguments[0], said[-1] if said else f"exit code {done.returncode}")
    return done.stdout


def _is_askable(name: str) -> bool:
    """Whether a name can be put to git: one line, without blanks."""
    return name.isalnum() or (bool(name) and not any(ord(c) < 33 or ord(c) == 127 for c in name))


class GitObject(msgspec.Struct, frozen=True):
    """One object of the store: its full id, its type ("blob", "tree", ...) and its content."""

    id: str
    type: str
    content: bytes


class ObjectReader:
    """``git cat-file --batch`` kept open: one start for all the reads of a run.

    A forked child gets a git of its own, since two readers of one pipe would take each other's answers.
    """

    def __init__(self, top: str) -> None:
        self.top = top
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def __enter__(self) -> "ObjectReader":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """End git, if this process has started one."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):  # it died with our last question in the pipe
                    pipe.close()
        process.wait()

    def read(self, name: str) -> GitObject | None:
        """The object of that name (an id, also abbreviated, or an expression such as ``HEAD^{commit}``), else None.

        Raises:
            GitFailed: git cannot be started or dies.
            FileTooLarge: the object is over 64 MB.
        """
        if not _is_askable(name):
            return None
        with self._lock:
            self._ask([name])
            return self._answer(name)

    def read_many(self, names: Sequence[str]) -> list[GitObject | None]:
        """The same for several names: git is asked for the next while we read, which saves a wait for each.

        Raises:
            GitFailed, FileTooLarge: as ``read`` does, for the first of them that fails.
        """
        found: list[GitObject | None] = []
        for start in range(0, len(names), _ASKED_AT_ONCE):
            batch = names[start : start + _ASKED_AT_ONCE]
            with self._lock:
                self._ask([name for name in batch if _is_askable(name)])
                found += [self._answer(name) if _is_askable(name) else None for name in batch]
        return found

    def _ask(self, names: Sequence[str]) -> None:
        process = self._running()
        if process.stdin is None:
            raise GitFailed("cat-file", "no pipe")
        try:
            process.stdin.write(b"".join(name.encode(errors="surrogateescape") + b"\n" for name in names))
            process.stdin.flush()
        except OSError as error:
            raise GitFailed("cat-file", error.strerror or "cannot be written to") from error

    def _answer(self, name: str) -> GitObject | None:
        process = self._running()
        if process.stdout is None:
            raise GitFailed("cat-file", "no pipe")
        head = process.stdout.readline().split()
        if not head:
            raise GitFailed("cat-file", f"ended without an answer in {self.top}")
        if len(head) != 3 or not head[2].isdigit():  # "NAME missing", "NAME ambiguous"
            return None
        size = int(head[2])
        if size > FILE_MAX_BYTES:
            self.close()  # cheaper than draining the pipe
            raise FileTooLarge(name, size, FILE_MAX_BYTES)
        content = process.stdout.read(size + 1)[:-1]
        return GitObject(head[0].decode(), head[1].decode(), content)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._owner != os.getpid():
            try:
                self._process = subprocess.Popen(
                    git_command(self.top, "cat-file", "--batch"),
                    env=git_environment(self.top),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            except OSError as error:
                raise GitFailed("cat-file", error.strerror or "cannot be started") from error
            self._owner = os.getpid()
        return self._process
