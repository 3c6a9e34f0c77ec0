# SPDX-License-Identifier: GPL-2.0-or-later
"""What can be wrong with the tree that the user names."""

from dataclasses import dataclass

from kpatchlint.text.errors import InputTooLarge, UsageError


@dataclass(eq=False)
class NotAKernelTree(UsageError):
    """No kernel's top-level Makefile and Kconfig are there."""

    where: str

    def __str__(self) -> str:
        return f"{self.where} is not a kernel tree (no Makefile with VERSION and PATCHLEVEL, or no Kconfig)"


@dataclass(eq=False)
class NotARepository(UsageError):
    """A revision is asked of something that git does not know."""

    where: str

    def __str__(self) -> str:
        return f"{self.where} is not a git repository, so it has no revisions"


@dataclass(eq=False)
class UnknownRevision(UsageError):
    """git has no commit of that name."""

    revision: str
    where: str
    is_shallow: bool = False

    def __str__(self) -> str:
        hint = ", which is a shallow clone (git fetch --unshallow; in CI fetch-depth: 0)" if self.is_shallow else ""
        return f"no commit {self.revision!r} in {self.where}{hint}"


@dataclass(eq=False)
class GitFailed(UsageError):
    """git itself refused; *reason* is the last line it printed."""

    command: str
    reason: str

    def __str__(self) -> str:
        return f"git {self.command}: {self.reason}"


@dataclass(eq=False)
class FileTooLarge(InputTooLarge):
    """One file of the tree is over the limit."""

    path: str
    size_bytes: int
    limit_bytes: int

    def __str__(self) -> str:
        return f"{self.path} is {self.size_bytes} bytes, over the limit of {self.limit_bytes}"
