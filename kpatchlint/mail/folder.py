# SPDX-License-Identifier: GPL-2.0-or-later
"""A folder of mail or patches becomes its files in order: maildir, quilt series, or loose files."""

from pathlib import Path

from kpatchlint.mail.errors import InputUnreadable, NoPatchInside
from kpatchlint.mail.limits import MAILS_MAX_COUNT, check_limit
from kpatchlint.text.errors import UsageError

_SUFFIXES = frozenset({".patch", ".diff", ".eml", ".mbox", ".mail", ".txt"})


def list_folder(folder: Path) -> list[Path]:
    """The files to read, in order: a ``series`` file's, a maildir's by name, else all with a patch's suffix.

    Raises:
        NoPatchInside: nothing in the folder can be a patch.
        UsageError: ``series`` names a file outside it.
        OverLimit: over 1,000 files.
    """
    try:
        if (folder / "series").is_file():
            found = _list_quilt(folder)
        elif (folder / "cur").is_dir() and (folder / "new").is_dir():
            found = sorted((p for sub in ("cur", "new") for p in _files(folder / sub)), key=lambda path: path.name)
        else:
            found = [path for path in _files(folder) if path.suffix.lower() in _SUFFIXES]
    except OSError as error:
        raise InputUnreadable(str(folder), error.strerror or "cannot be read") from error
    if not found:
        raise NoPatchInside(str(folder), "no file of the folder is named like one")
    check_limit(str(folder), "the folder", len(found), MAILS_MAX_COUNT, "files")
    return found


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith(".") and path.is_file())


def _list_quilt(folder: Path) -> list[Path]:
    """quilt(1): a patch a line, ``#`` begins a comment, options such as ``-p1`` follow the name."""
    found = []
    text = (folder / "series").read_text(encoding="utf-8", errors="surrogateescape")
    for line in text.splitlines():
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        if words[0].startswith("/") or ".." in Path(words[0]).parts:
            raise UsageError(f"{folder / 'series'}: {words[0]!r} is outside the folder")
        found.append(folder / words[0])
    return found
