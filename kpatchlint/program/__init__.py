# SPDX-License-Identifier: GPL-2.0-or-later
"""Facts become a program: who calls whom, in which context, with which masks, locks and page-table events."""

from kpatchlint.program.program import Program
from kpatchlint.program.scope import Scope

__all__ = ["Program", "Scope"]
