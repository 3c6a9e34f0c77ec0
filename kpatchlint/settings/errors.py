# SPDX-License-Identifier: GPL-2.0-or-later
"""What is wrong with a setting, said with the place where it was made."""

from dataclasses import dataclass

from kpatchlint.text.errors import UsageError


@dataclass(eq=False)
class SettingError(UsageError):
    """A setting that cannot be used. *where* is e.g. ".kpatchlint.toml:3" or "environment KPATCHLINT_FAIL_ON"."""

    where: str
    problem: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"
