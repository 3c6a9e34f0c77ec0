# SPDX-License-Identifier: GPL-2.0-or-later
"""What ``git mailinfo | git apply`` makes of a mail, for comparison: in a scratch folder with the files it needs."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from kpatchlint.patch.records import FilePatch, Patch


def applies_exactly(mail: Path, patches: Sequence[Patch], tree: Path) -> bool:
    """Whether git applies the mail to *tree*'s files and each ends with the blob id that its index line names.

    *patches* is what kpatchlint found in the mail: it tells which files to copy and which ids to expect.
    """
    files = [file for patch in patches for file in patch.files]
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch)
        _copy(files, tree, top)
        if not _run(["git", "mailinfo", top / "message", top / "patch"], top, mail.read_bytes()):
            return False
        if not _run(["git", "apply", "--whitespace=nowarn", top / "patch"], top, b""):
            return False
        final = {file.new_path or file.old_path: file for file in files}  # the last diff of a file counts
        return all(_is_as_named(file, top) for file in final.values())


def _copy(files: Iterable[FilePatch], tree: Path, top: Path) -> None:
    for path in {file.old_path for file in files if file.old_path}:
        if (tree / path).is_file():
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(tree / path, top / path)


def _run(command: Sequence[str | Path], folder: Path, stdin: bytes) -> bool:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    env = kept | {"GIT_CEILING_DIRECTORIES": str(folder.parent), "GIT_CONFIG_NOSYSTEM": "1"}
    env |= {"GIT_CONFIG_GLOBAL": os.devnull}
    return subprocess.run(command, cwd=folder, env=env, input=stdin, capture_output=True, check=False).returncode == 0


def _is_as_named(file: FilePatch, top: Path) -> bool:
    if file.new_path is None:
        return not (top / (file.old_path or "")).exists()
    path = top / file.new_path
    if not path.is_file():
        return False
    content = path.read_bytes()
    found = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    return found.startswith(file.new_id) if file.new_id else not file.hunks
