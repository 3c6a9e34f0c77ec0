# SPDX-License-Identifier: GPL-2.0-or-later
"""Small directories and git repositories for the tests, made anew for each."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

KERNEL_FILES = {
    "Makefile": b"VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\n",
    "Kconfig": b'mainmenu "test"\n',
}


class MemoryTree:
    """A tree that is only a mapping."""

    kind = "directory"
    revision: str | None = None

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def listing(self) -> Mapping[str, str]:
        return {path: str(len(content)) for path, content in self.files.items()}


def write_files(top: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return top


class Repository:
    """A git repository that knows no configuration but its own."""

    def __init__(self, top: Path, files: Mapping[str, bytes] | None = None) -> None:
        self.top = top
        top.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")
        if files is not None:
            self.commit(files)

    def git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        who = {f"GIT_{role}_{what}": "tester" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        env = kept | who | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}
        done = subprocess.run(["git", *arguments], cwd=self.top, env=env, input=stdin, capture_output=True, check=True)
        return done.stdout

    def commit(self, files: Mapping[str, bytes | None], message: str = "change") -> str:
        """Write *files* (None: delete), commit everything and return the commit's id."""
        for name, content in files.items():
            if content is None:
                (self.top / name).unlink()
            else:
                write_files(self.top, {name: content})
        self.git("add", "-A", "-f")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").decode().strip()
