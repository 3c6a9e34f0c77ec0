# SPDX-License-Identifier: GPL-2.0-or-later
"""A plain directory as a tree."""

import os
import stat
from collections.abc import Iterator, Mapping

from kpatchlint.tree.content import FILE_MAX_BYTES
from kpatchlint.tree.errors import FileTooLarge
from kpatchlint.tree.paths import is_safe_path

_OPEN_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # NONBLOCK: a FIFO must not hang us


class DirectoryTree:
    """The files below one directory, read as they are now. Symlinks are never followed, at any depth."""

    kind = "directory"
    revision: str | None = None

    def __init__(self, top: str) -> None:
        self.top = os.path.realpath(top)
        self._plain_dirs: dict[str, bool] = {"": True}
        self._listing: dict[str, str] | None = None

    def __reduce__(self) -> tuple[type["DirectoryTree"], tuple[str]]:
        return DirectoryTree, (self.top,)  # not the listing: the processes that index do not need it

    def read(self, path: str) -> bytes | None:
        """The bytes of one regular file, else None.

        Raises:
            FileTooLarge: the file is over 64 MB.
        """
        if not is_safe_path(path) or not self._is_plain_dir(path.rpartition("/")[0]):
            return None
        try:
            fd = os.open(os.path.join(self.top, path), _OPEN_FLAGS)
        except (OSError, ValueError):  # ValueError: a name that the file system's encoding does not have
            return None
        try:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                return None
            if status.st_size > FILE_MAX_BYTES:
                raise FileTooLarge(path, status.st_size, FILE_MAX_BYTES)
            with open(fd, "rb", buffering=0, closefd=False) as file:
                return file.readall()
        finally:
            os.close(fd)

    def listing(self) -> Mapping[str, str]:
        """Path -> "size:mtime in ns" of every regular file, walked once; ``.git`` is left out."""
        if self._listing is None:
            self._listing = dict(sorted(self._walk("", ())))
        return self._listing

    def listing_of(self, suffixes: tuple[str, ...], without: tuple[str, ...]) -> Mapping[str, str]:
        """The same, unsorted, for files whose names end in one of *suffixes*; folders *without* are not entered.

        Whether an index still holds is asked of every file at every check: what it does not have is not looked at.
        """
        return dict(self._walk(suffixes, without))

    def _is_plain_dir(self, directory: str) -> bool:
        """Tell whether no part of *directory* is a symlink; asked once for each, as trees are read in bulk."""
        known = self._plain_dirs.get(directory)
        if known is None:
            full = os.path.join(self.top, directory)
            known = os.path.realpath(full) == full and os.path.isdir(full)
            self._plain_dirs[directory] = known
        return known

    def _walk(self, suffixes: str | tuple[str, ...], without: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        waiting = [""]
        while waiting:
            prefix = waiting.pop()
            try:
                fd = os.open(os.path.join(self.top, prefix), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            except OSError:  # not readable: as good as not there
                continue
            try:
                with os.scandir(fd) as entries:  # by descriptor, stat() need not walk the path again: a quarter faster
                    for entry in entries:
                        name = entry.name
                        if entry.is_dir(follow_symlinks=False):
                            if name != ".git" and f"{prefix}{name}/" not in without:
                                waiting.append(f"{prefix}{name}/")
                        elif name.endswith(suffixes) and entry.is_file(follow_symlinks=False):
                            status = entry.stat(follow_symlinks=False)
                            yield prefix + name, f"{status.st_size}:{status.st_mtime_ns}"
            finally:
                os.close(fd)
