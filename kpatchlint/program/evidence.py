# SPDX-License-Identifier: GPL-2.0-or-later
"""A claim about the kernel and the text in it that shows the claim to be true."""

import msgspec


class Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Text in the kernel that shows an entry to be true: *contains* stands in *path* (inside *symbol*, if given)."""

    path: str
    contains: str
    symbol: str | None = None
