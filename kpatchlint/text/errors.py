# SPDX-License-Identifier: GPL-2.0-or-later
"""Errors that the user can act on; each carries the exit code of ``kpatchlint check``."""


class KpatchlintError(Exception):
    """Anything the user can act on, told in one line. A bug in kpatchlint is never one of these."""

    exit_code = 2


class UsageError(KpatchlintError):
    """The call itself is wrong: no such file, no kernel tree, an unknown option value."""


class InputTooLarge(KpatchlintError):
    """The input is over one of the fixed limits (docs/limits.md)."""


class NothingToAnalyse(KpatchlintError):
    """The input holds no patch, or the patch has no place in the tree."""

    exit_code = 3
