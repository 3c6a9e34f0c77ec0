# SPDX-License-Identifier: GPL-2.0-or-later
"""Shape flag-in-context: a callback of an atomic context reaches an allocation whose mask has a forbidden flag."""

from collections.abc import Iterator

import msgspec

from kpatchlint.findings.records import Finding
from kpatchlint.program import Program, Scope
from kpatchlint.program.values import Bits
from kpatchlint.rules.checks.sleep_in_context import build_finding, sleeps_from_entries
from kpatchlint.rules.records import Rule

FOLLOWS_PATHS = True


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``context``: an id from vocabulary/contexts.toml; ``flag``: a gfp flag, e.g. "__GFP_DIRECT_RECLAIM"."""

    context: str
    flag: str


def check(program: Program, scope: Scope, rule: Rule, params: Params) -> Iterator[Finding]:
    """Findings for masks in which the flag is known to be set."""
    for entry, sink in sleeps_from_entries(program, scope, params.context):
        if isinstance(sink.mask, Bits) and sink.mask.bit(f"_{params.flag}") == 1:
            yield build_finding(scope, rule, entry, sink)
