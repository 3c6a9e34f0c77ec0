# SPDX-License-Identifier: GPL-2.0-or-later
"""kpatchlint: turns a kernel patch mail and a kernel tree into the findings that the patch introduces.

``kpatchlint.check()`` is the command ``kpatchlint check`` for programs (docs/api.md). What it needs is imported when it
is first asked for, so that importing the package costs nothing.
"""

import importlib
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kpatchlint.engine import Report as Report
    from kpatchlint.engine import ReportedFinding as ReportedFinding
    from kpatchlint.engine import check as check
    from kpatchlint.findings.records import Confidence as Confidence
    from kpatchlint.findings.records import Finding as Finding
    from kpatchlint.findings.records import Severity as Severity
    from kpatchlint.findings.records import State as State
    from kpatchlint.findings.records import Step as Step
    from kpatchlint.text.errors import KpatchlintError as KpatchlintError

__version__ = "0.1.0"

_HOMES = MappingProxyType(
    {
        "Confidence": "kpatchlint.findings.records",
        "Finding": "kpatchlint.findings.records",
        "KpatchlintError": "kpatchlint.text.errors",
        "Report": "kpatchlint.engine",
        "ReportedFinding": "kpatchlint.engine",
        "Severity": "kpatchlint.findings.records",
        "State": "kpatchlint.findings.records",
        "Step": "kpatchlint.findings.records",
        "check": "kpatchlint.engine",
    }
)


def __getattr__(name: str) -> object:
    """The public names, from where they are defined (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*_HOMES, "__version__"])
