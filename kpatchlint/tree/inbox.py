# SPDX-License-Identifier: GPL-2.0-or-later
"""A public-inbox v2 clone becomes an archive of raw mails, newest first (public-inbox-v2-format(5))."""

import re
from collections.abc import Iterator
from pathlib import Path

from kpatchlint.mail.thread import collect_thread
from kpatchlint.tree.errors import NotARepository
from kpatchlint.tree.process import ObjectReader, run_git

_EPOCH = re.compile(r"^(\d+)(?:\.git)?$")


class InboxClone:
    """The epochs of one inbox: each commit's file ``m`` is a mail; a commit without it removes one."""

    def __init__(self, epochs: tuple[Path, ...]) -> None:
        self._epochs = epochs  # newest first
        self._readers = [ObjectReader(str(epoch)) for epoch in epochs]

    def names(self) -> Iterator[str]:
        """``EPOCH:COMMIT`` of every mail, newest first."""
        for index, epoch in enumerate(self._epochs):
            for commit in run_git(str(epoch), "rev-list", "--first-parent", "HEAD").decode().split():
                yield f"{index}:{commit}"

    def read(self, name: str) -> bytes | None:
        """The raw mail of that commit, None where it removes one."""
        index, _, commit = name.partition(":")
        found = self._readers[int(index)].read(f"{commit}:m")
        return found.content if found is not None and found.type == "blob" else None

    def close(self) -> None:
        """End the git processes."""
        for reader in self._readers:
            reader.close()


def read_inbox(folder: str, message_id: str) -> list[bytes]:
    """The raw mails of the thread around *message_id*, oldest first.

    Args:
        folder: an inbox (``git/0.git``, ...), a folder of cloned epochs (``0``, ``1.git``), or one epoch.
        message_id: with or without angle brackets.

    Raises:
        NotARepository: no git repository is there.
        NotInInbox: no such mail.
        GitFailed: git refuses.
    """
    clone = InboxClone(find_epochs(Path(folder)))
    try:
        return collect_thread(clone, message_id)
    finally:
        clone.close()


def find_epochs(folder: Path) -> tuple[Path, ...]:
    """The epoch repositories of an inbox, newest first.

    Raises:
        NotARepository: there is none.
    """
    for place in (folder / "git", folder):
        numbered = {
            int(match[1]): path
            for path in (place.iterdir() if place.is_dir() else ())
            if (match := _EPOCH.match(path.name)) and _is_repository(path)
        }
        if numbered:
            return tuple(numbered[number] for number in sorted(numbered, reverse=True))
    if _is_repository(folder):
        return (folder,)
    raise NotARepository(str(folder))


def _is_repository(path: Path) -> bool:
    return any((path / head).is_file() for head in ("HEAD", ".git/HEAD"))
