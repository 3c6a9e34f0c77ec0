# SPDX-License-Identifier: GPL-2.0-or-later
"""A report becomes a reply to the patch: quoted lines with remarks under them, the base, how to see it again.

It is a draft: whoever sends it adds From, Date and who else should read it. Nothing in it looks like a patch to a tool
that reads the thread, and no tag is given.
"""

import re
import shlex
import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr

from kpatchlint import __version__
from kpatchlint.engine import Report
from kpatchlint.findings.excerpts import Excerpt
from kpatchlint.findings.records import State, Step
from kpatchlint.patch.records import LineKind
from kpatchlint.report.quote import Quote, quote_lines
from kpatchlint.report.rows import Place, Row, build_rows, said
from kpatchlint.report.words import damage_of, patch_name, place_phrase, placement_phrase, scope_name, summary
from kpatchlint.text.clean import clip, decode, disarmed, printable
from kpatchlint.tree.records import PlacedFile, PlacedPatch, Placement

_WIDTH = 72
_LINE_SHOWN = 240  # characters of a quoted line; a mail's line may have 998 bytes (RFC 5322, 2.1.1)
_SUBJECT_SHOWN = 200
_MESSAGE_ID = re.compile(r"<[\w.+=~%-]{1,200}@[\w.-]{1,200}>", re.ASCII)
_RULES_NAMED = 3
_WORD = re.compile(r"[a-z]+[ :]")
_DOMAIN = re.compile(r"@[\w-]+(?:\.[\w-]+)+$", re.ASCII)  # an archive's mask has no dot
# What begins a patch, a signature or a message for the programs that read a thread.
_LOOKALIKE = re.compile(r"(?:diff |---|\+\+\+ |@@ |Index: |From |-- ?$|\.$|>)")


def render_mail(report: Report, states: Collection[State]) -> str:
    """One message: header lines, an empty line, the body. It answers the patch with the worst finding."""
    rows = build_rows(report, states)
    parent = report.patches[rows[0].patch - 1 if rows else 0] if report.patches else None
    body = [
        *_wrapped(f"{summary(report, states)}."),
        "",
        *_base_lines(report),
        *(line for number in _patch_order(rows) for line in _patch_lines(report, rows, number)),
        *_ending(report, rows, parent),
    ]
    lines = (line for number, line in enumerate(body) if line or number == 0 or body[number - 1])
    return _header(report, parent) + "\n" + "".join(f"{disarmed(line)}\n" for line in lines)


def _header(report: Report, parent: PlacedPatch | None) -> str:
    """Foreign text comes in here only through ``said``, which leaves no line end, and is checked once more by email."""
    message = EmailMessage(policy=default.clone(max_line_length=None, cte_type="8bit"))
    if parent is not None:
        patch = parent.patch
        tag = f"[PATCH{f' v{patch.version}' if patch.version > 1 else ''} {patch.number}/{patch.total}]"
        message["Subject"] = clip(f"Re: {tag if patch.total > 1 else '[PATCH]'} {said(patch.subject)}", _SUBJECT_SHOWN)
        address = _address(patch.author)
        if address is not None:
            message["To"] = address
        if patch.message_id and _MESSAGE_ID.fullmatch(patch.message_id):
            message["In-Reply-To"] = patch.message_id
            message["References"] = patch.message_id
    else:
        message["Subject"] = "kpatchlint: a tree as it is"
    tree = report.tree.revision or f"Linux {said(report.tree.kernel)}"
    message["X-Kpatchlint"] = f"version={__version__}; rules={report.rules_digest}; tree={tree}"
    message["MIME-Version"] = "1.0"
    message["Content-Type"] = 'text/plain; charset="utf-8"'
    message["Content-Transfer-Encoding"] = "8bit"
    return "".join(f"{name}: {printable(str(value), tab=' ')}\n" for name, value in message.items())


def _address(author: str) -> Address | None:
    """The author to answer, when there is a whole address: archives mask theirs."""
    name, address = parseaddr(author)
    try:
        return Address(display_name=said(name), addr_spec=address) if _DOMAIN.search(address) else None
    except (ValueError, IndexError):  # what email raises for an address that is none
        return None


def _base_lines(report: Report) -> Iterator[str]:
    """Over what the patches were laid, and how well they fit."""
    tree = report.tree
    revision = f", commit {tree.revision[:12]}" if tree.revision else ""
    yield from _wrapped(f"Base: Linux {said(tree.kernel)}{revision}, read for {said(tree.arch)}.")
    for number, placed in enumerate(report.patches, start=1):
        name = f"Patch {patch_name(report, number)}" if len(report.patches) > 1 else "The patch"
        yield from _wrapped(f"{name}: {placement_phrase(placed.placement)}.")
        if placed.placement in (Placement.PARTIAL, Placement.FRAGMENT):
            yield from (line for note in damage_of(placed)[:5] for line in _wrapped(note, "  - "))
    yield from (line for note in report.notes for line in _wrapped(f"{note}."))


def _patch_order(rows: Sequence[Row]) -> list[int]:
    """The patches that have findings, the one with the worst first."""
    return [*dict.fromkeys(row.patch for row in rows)]


def _patch_lines(report: Report, rows: Sequence[Row], number: int) -> Iterator[str]:
    """All remarks on one patch in the order of its files and lines; what is on no changed line comes last."""
    mine = [row for row in rows if row.patch == number]
    placed = report.patches[number - 1] if number <= len(report.patches) else None
    if len(_patch_order(rows)) > 1 and placed is not None:
        yield from ("", *_wrapped(f"On patch {patch_name(report, number)}, {placed.patch.subject}:"))
    told: set[str] = set()
    for file in placed.files if placed is not None else ():
        remarks = {row.key: line for row in mine if (line := _line_in(file, row)) is not None and row.key not in told}
        told |= remarks.keys()
        yield from _file_lines(file, [row for row in mine if row.key in remarks], remarks)
    for row in mine:
        if row.key not in told:
            yield from ("", *_elsewhere(row, placed, report.added[number - 1] if number <= len(report.added) else {}))
            yield from ("", *_remark(row))


def _line_in(file: PlacedFile, row: Row) -> int | None:
    """The changed line of *file* to put the remark under: the fault, what makes it one, or a step that is changed."""
    if row.state is not State.INTRODUCED:
        return None
    places = [row.fault, row.changed, *(Place(step.path, step.line) for step in reversed(row.steps))]
    return next((p.line for p in places if p.path == printable(file.path) and p.line in file.added_lines), None)


def _file_lines(file: PlacedFile, rows: list[Row], lines: dict[str, int]) -> Iterator[str]:
    quotes = quote_lines(file, set(lines.values()))
    yield from _quoted_file(file) if quotes else ()
    for number, quote in sorted(quotes.items()):
        yield from _quoted(quote)
        for row in rows:
            if lines[row.key] == number:
                yield from ("", *_remark(row))
        yield ""


def _quoted_file(file: PlacedFile) -> Iterator[str]:
    yield ""
    yield _quoted_line(f"--- a/{file.old_path or file.path}")
    yield _quoted_line(f"+++ b/{file.path}")


def _quoted(quote: Quote) -> Iterator[str]:
    first = next((line.number for line in quote.lines if line.number), None)
    if not quote.is_joined and first is not None:
        yield f"> @@ line {first} @@"
    yield from (_quoted_line(f"{line.mark}{line.text}") for line in quote.lines)


def _quoted_line(text: str) -> str:
    """As the sender's mail has it; a tab stays one."""
    return f"> {clip(printable(text), _LINE_SHOWN)}".rstrip()


@dataclass(frozen=True, slots=True)
class _Spot:
    """A line of the tree after the patch, and the code that leads to it."""

    place: Place
    scope: str
    above: tuple[str, ...]


def _elsewhere(row: Row, placed: PlacedPatch | None, added: Mapping[str, frozenset[int]]) -> Iterator[str]:
    """The place and its code: quoted where the mail has it although the tree has no place for it, else the line."""
    hunks = (hunk for file in placed.patch.files for hunk in file.hunks) if placed is not None else ()
    marks = {decode(line.text): line.kind for hunk in hunks for line in hunk.lines if line.kind is not LineKind.REMOVED}
    spots = [s for s in _spots(row) if s.place.line in added.get(s.place.path, ()) and s.above and s.above[-1] in marks]
    spot = spots[0] if spots else _Spot(row.fault, scope_name(row.fault.path, row.function), ())
    yield from _wrapped(f"In {spot.scope}, {spot.place}:" if spot.scope else f"At {spot.place}:")
    yield ""
    if spot.above:
        yield from (_quoted_line(f"{marks[text].value}{text}") for text in spot.above if text in marks)
    else:
        yield from _wrapped(row.code, "    ")


def _spots(row: Row) -> Iterator[_Spot]:
    """Where a remark may stand, the best first: the fault, then the steps of the path from the fault up."""
    yield _spot(row.fault, row.function, row.excerpt)
    for step, source in reversed(tuple(zip(row.steps, row.sources, strict=True))):
        yield _spot(Place(step.path, step.line), step.function, source)


def _spot(place: Place, function: str, excerpt: Excerpt | None) -> _Spot:
    above = excerpt.lines[: place.line - excerpt.first + 1] if excerpt is not None else ()
    return _Spot(place, scope_name(place.path, function), tuple(above))


def _sentence(text: str) -> str:
    """Prose with a capital letter, unless it begins with a name, and a full stop."""
    return (text[:1].upper() + text[1:] if _WORD.match(text) else text) + (
        "" if text.endswith((".", "?", "!")) else "."
    )


def _remark(row: Row) -> Iterator[str]:
    """What a reviewer would write under the line: the sentence, the path, the fix, and how sure it is."""
    yield from _wrapped(_sentence(row.message))
    yield from _wrapped(f"({row.remark})") if row.remark else ()
    if len(row.steps) > 1:
        yield from ("", "The path, from entry to fault:", "")
        yield from (line for step in row.steps for line in _step_lines(step))
    if row.conditions:
        yield from ("", *_wrapped(f"Only when {', '.join(row.conditions)}."))
    yield from (line for note in row.notes for line in ("", *_wrapped(_sentence(f"note: {note}"))))
    if row.suggestion:
        yield from ("", *_wrapped(_sentence(row.suggestion)))
    yield from ("", *_wrapped(f"[{row.severity.value}, {row.confidence} confidence, {row.rule}]"))


def _step_lines(step: Step) -> Iterator[str]:
    yield clip(f"  {place_phrase(step.path, step.line, step.function, ' ')}", _LINE_SHOWN)
    yield f"      {clip(step.code, _LINE_SHOWN)}".rstrip()
    if step.why:
        yield from _wrapped(f"({step.why})", "      ")


def _ending(report: Report, rows: Sequence[Row], parent: PlacedPatch | None) -> Iterator[str]:
    """How to see it again with the same base and rules, and the signature."""
    revision = f" --rev {report.tree.revision[:12]}" if report.tree.revision else ""
    check = f"kpatchlint check --tree linux{revision} --arch {shlex.quote(said(report.tree.arch))}"
    parent_id = parent.patch.message_id if parent is not None else None
    yield from ("", "To see this again:", "")
    if parent_id and _MESSAGE_ID.fullmatch(parent_id):
        yield f"  b4 -q am -o- {shlex.quote(parent_id.strip('<>'))} | {check} -"
    else:
        yield f"  {check} FILE"
    rules = sorted({row.rule for row in rows})
    yield from (f"  kpatchlint explain {rule}" for rule in (rules if len(rules) <= _RULES_NAMED else ["RULE"]))
    yield from (
        "",
        "-- ",
        f"kpatchlint {__version__}, rules {report.rules_digest}; written by a program, sent by a person",
    )


def _wrapped(text: str, indent: str = "") -> list[str]:
    """Prose at most 72 columns wide, no line of which begins as a patch or a signature does."""
    lines = textwrap.wrap(
        said(text),
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_on_hyphens=False,
        break_long_words=True,
    )
    return [f" {line}" if _LOOKALIKE.match(line) else line for line in lines]
