# SPDX-License-Identifier: GPL-2.0-or-later
"""What ``b4 review`` knows of a series becomes the range of commits to check.

b4 (0.16, ``review_tui/_common.py`` and ``review/_review.py``) hands a series checker the cover letter and, in
B4_TRACKING_FILE, what it keeps of the series: its first commit, and the branch whose last commit only holds that data.
"""

import json
import re
from collections.abc import Mapping

from kpatchlint.text.errors import UsageError

TRACKING = "B4_TRACKING_FILE"

_FILE_MAX_BYTES = 4 * 1024 * 1024
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_CHANGE_ID = re.compile(r"[A-Za-z0-9][\w.+-]{0,200}", re.ASCII)  # it comes from a mail


def find_review_range(environment: Mapping[str, str]) -> str | None:
    """The commits of the series under review, ``A~1..B~1``; None when b4 has no branch for it.

    Raises:
        UsageError: the file that b4 names cannot be read or says nothing of a series.
    """
    name = environment.get(TRACKING)
    if not name:
        return None
    try:
        with open(name, "rb") as stream:
            known = json.loads(stream.read(_FILE_MAX_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{TRACKING}: {getattr(error, 'strerror', None) or 'no JSON'}") from None
    series = known.get("series") if isinstance(known, dict) else None
    values = [series.get(key) for key in ("first-patch-commit", "change-id")] if isinstance(series, dict) else []
    for value, form in zip(values, (_COMMIT, _CHANGE_ID), strict=False):
        if not isinstance(value, str) or not form.fullmatch(value) or ".." in value:
            values = []
    if not values:
        raise UsageError(f"{TRACKING}: names no commit and branch of a series")
    first, change_id = values
    return f"{first}~1..b4/review/{change_id}~1"
