# SPDX-License-Identifier: GPL-2.0-or-later
"""What can be wrong with the inputs that the user names."""

from dataclasses import dataclass

from kpatchlint.text.errors import NothingToAnalyse, UsageError


@dataclass(eq=False)
class InputUnreadable(UsageError):
    """The operating system refuses to give the input."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


@dataclass(eq=False)
class NotInInbox(UsageError):
    """The archive that the user names has no such mail."""

    message_id: str

    def __str__(self) -> str:
        return f"no mail with the Message-ID {self.message_id} in this inbox"


@dataclass(eq=False)
class NoPatchInside(NothingToAnalyse):
    """The input can be read but cannot hold a patch; *reason* says what it is instead."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: no patch in it: {self.reason}"
