# SPDX-License-Identifier: GPL-2.0-or-later
"""Rendered text against the accepted one; ``KPATCHLINT_ACCEPT=1`` accepts what is rendered now."""

import os
from pathlib import Path

GOLDEN = Path(__file__).resolve().parents[2] / "fixtures" / "golden"


def check_golden(name: str, text: str) -> None:
    """Compare with fixtures/golden/*name*. CI never accepts."""
    path = GOLDEN / name
    if os.environ.get("KPATCHLINT_ACCEPT"):
        assert os.environ.get("CI") != "true", "KPATCHLINT_ACCEPT is for a person who has looked at the output"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"no golden {name}; look at the output, then rerun with KPATCHLINT_ACCEPT=1"
    assert text == path.read_text(encoding="utf-8")
