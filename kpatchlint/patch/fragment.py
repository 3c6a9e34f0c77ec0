# SPDX-License-Identifier: GPL-2.0-or-later
"""``+`` lines without any header become a hunk of their own, told from bullets and signatures by their look."""

import re
from collections.abc import Sequence

from kpatchlint.patch.markers import split_marker
from kpatchlint.patch.quoting import BodyLine, is_snip
from kpatchlint.patch.records import DiffLine, Hunk, LineKind

_CODE = re.compile(
    rb"""^\s*(?:
        .*[;{}\\]\s*(?:/\*.*\*/|//.*)?$            # a statement, a block's brace, a macro's line
      | \#\s*(?:include|define|undef|if|ifdef|ifndef|else|elif|endif|error|pragma)\b
      | /\*.*|\*(?:\s.*|/)?$                       # a comment's lines
      | (?:if|for|while|switch)\s*\(.*
      | (?:else|do)\s*$ | (?:return|goto|break|continue|case|default)\b.*[;:]$
      | [A-Za-z_][\w\s*]*\(.*[,)]$                  # a function's head or a call that goes on
      | [\w>.&*\[\]()-]+\s*(?:[-+|&]?=)\s.*         # an assignment
      | [\w\s.&*|()>-]+,$                          # arguments
    )""",
    re.VERBOSE,
)
_CODE_MAX_BYTES = 400  # longer lines are data or prose
_PROSE = re.compile(rb"<[^<>\s]+@[^<>\s]+>|https?://|^\s?[A-Z][a-z]+ [a-z]+ [a-z]+")


def find_fragments(lines: Sequence[BodyLine]) -> list[Hunk]:
    """Hunks without numbers, made of the code-like ``+`` and ``-`` lines among *lines* (all of one quote depth).

    Runs belong to one hunk as long as nobody says that lines were left out between them.
    """
    hunks: list[Hunk] = []
    pending: list[DiffLine] = []
    run: list[BodyLine] = []
    for line in [*lines, None]:
        if line is not None and _continues(run, line):
            run.append(line)
            continue
        pending += _read_run(run)
        run = [line] if line is not None and line.text[:1] in (b"+", b"-") else []
        if pending and (line is None or is_snip(line.text)):
            hunks += _build(pending)
            pending = []
    return hunks


def _continues(run: Sequence[BodyLine], line: BodyLine) -> bool:
    """Whether *line* carries on the run above it: marked, or a context line that has kept its first column."""
    if not run or line.number != run[-1].number + 1:
        return False
    return line.text[:1] in (b"+", b"-") or line.text[:2] in (b" \t", b"  ") or line.text == b" "


def _read_run(run: Sequence[BodyLine]) -> list[DiffLine]:
    marked = [line.text[1:] for line in run if line.text[:1] in (b"+", b"-") and line.text[1:].strip()]
    code = sum(_is_code(text) for text in marked)
    if not code or 2 * code < len(marked):
        return []
    found = []
    for line in run:
        split = split_marker(line.text)
        if split is not None:
            found.append(DiffLine(split[0], split[1], line.number))
    while found and found[-1].kind is LineKind.CONTEXT:
        found.pop()
    return found


def _is_code(text: bytes) -> bool:
    return len(text) < _CODE_MAX_BYTES and _CODE.match(text) is not None and _PROSE.search(text) is None


def _build(lines: list[DiffLine]) -> list[Hunk]:
    if not any(line.kind is LineKind.ADDED for line in lines):
        return []
    return [Hunk(lines=tuple(lines), complete=False)]
