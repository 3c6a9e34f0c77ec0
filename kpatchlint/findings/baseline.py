# SPDX-License-Identifier: GPL-2.0-or-later
"""A baseline file becomes entries, and verdicts become a baseline file: JSON with one entry a line, sorted."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from kpatchlint.findings.policy import Accepted, Baseline
from kpatchlint.findings.records import Verdict
from kpatchlint.text.clean import clip, printable
from kpatchlint.text.errors import KpatchlintError

SCHEMA = 1
FILE_MAX_BYTES = 16 * 1024 * 1024

_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


@dataclass(eq=False)
class BaselineError(KpatchlintError):
    """A file that is no baseline. *name* is the file's."""

    name: str
    problem: str

    def __str__(self) -> str:
        return f"{self.name}: {self.problem}"


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    fingerprint: str
    rule: str
    path: str
    function: str
    count: int = 1
    reason: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: int = msgspec.field(name="kpatchlint-baseline")
    findings: tuple[_Entry, ...]


def build_entries(verdicts: Iterable[Verdict], known: Baseline | None = None) -> tuple[Accepted, ...]:
    """The entries for *verdicts*; reasons are kept from *known*, the baseline that they replace."""
    reasons = {entry.fingerprint: entry.reason for entry in (known.entries if known else ())}
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for verdict in verdicts:
        finding = verdict.finding
        counts[finding.path, finding.rule, finding.function, finding.fingerprint()] += 1
    return tuple(
        Accepted(
            fingerprint=key,
            rule=rule,
            path=path,
            function=function,
            count=count,
            reason=reasons.get(key, ""),
        )
        for (path, rule, function, key), count in sorted(counts.items())
    )


def render_baseline(entries: Iterable[Accepted]) -> str:
    """The file's text; ``parse_baseline`` reads it back. Lines are entries, so that two branches merge well."""
    lines = [
        json.dumps(
            msgspec.to_builtins(
                _Entry(
                    fingerprint=entry.fingerprint,
                    rule=entry.rule,
                    path=printable(entry.path),
                    function=printable(entry.function),
                    count=entry.count,
                    reason=entry.reason,
                )
            )
        )
        for entry in entries
    ]
    body = ",\n".join(f"  {line}" for line in lines)
    return f'{{"kpatchlint-baseline": {SCHEMA}, "findings": [\n{body}\n]}}\n'


def parse_baseline(data: bytes, name: str) -> Baseline:
    """Read a baseline.

    Raises:
        BaselineError: it is none, is of a later schema, is over 16 MiB, or has two entries for one fingerprint.
    """
    if len(data) > FILE_MAX_BYTES:
        raise BaselineError(name, "larger than a baseline can be (16 MiB)")
    try:
        file = msgspec.json.decode(data, type=_File)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BaselineError(name, f"no baseline: {clip(printable(str(error)), 200)}") from None
    if file.schema != SCHEMA:
        raise BaselineError(name, f"baseline of schema {file.schema}, this version reads {SCHEMA}")
    seen: set[str] = set()
    for entry in file.findings:
        if not _FINGERPRINT.fullmatch(entry.fingerprint) or entry.count < 1:
            raise BaselineError(name, f"no fingerprint or count: {printable(entry.fingerprint)!r}, {entry.count}")
        if entry.fingerprint in seen:
            raise BaselineError(name, f"two entries for {entry.fingerprint}")
        seen.add(entry.fingerprint)
    return Baseline(name, tuple(Accepted(**msgspec.structs.asdict(entry)) for entry in file.findings))
