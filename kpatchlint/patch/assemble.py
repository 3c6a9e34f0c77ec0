# SPDX-License-Identifier: GPL-2.0-or-later
"""A diff and what stands around it in the mail become one Patch."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace

import msgspec

from kpatchlint.mail.records import Mail
from kpatchlint.mail.subject import parse_subject
from kpatchlint.patch.commentary import Attribution, collect_comments, find_attributions, find_author
from kpatchlint.patch.diff import FoundFile
from kpatchlint.patch.mend import MendedDepth
from kpatchlint.patch.prose import Mention, Prose, find_mentions, read_prose, sort_mentions
from kpatchlint.patch.quoting import BodyLine, is_snip
from kpatchlint.patch.records import Patch

_DAMAGE_MAX = 40  # sentences; a mail with more of them is told so in one


class FoundDiff(msgspec.Struct, frozen=True):
    """One diff: its files in order, the text of its depth, and where it begins and ends in the body."""

    files: tuple[FoundFile, ...]
    text: MendedDepth
    first_line: int
    last_line: int


class Body(msgspec.Struct, frozen=True):
    """A mail's lines with what is found once for all the diffs in it; ``rejoined`` are lines put together again."""

    mail: Mail
    lines: Sequence[BodyLine]
    rejoined: frozenset[int]
    attributions: Sequence[Attribution]
    mentions: Sequence[Mention]


def build_body(mail: Mail, lines: Sequence[BodyLine], rejoined: frozenset[int]) -> Body:
    """Find who speaks where and which files are named in *lines*."""
    return Body(mail, lines, rejoined, find_attributions(lines, mail.author), find_mentions(lines))


def assemble_patches(body: Body, diffs: Sequence[FoundDiff]) -> list[Patch]:
    """The patches of *diffs*, which are in the order of their first lines."""
    patches: list[Patch] = []
    last_at_depth: dict[int, int] = {}
    for index, diff in enumerate(diffs):
        after = last_at_depth.get(diff.text.depth, 0)
        end = diffs[index + 1].first_line if index + 1 < len(diffs) else body.lines[-1].number + 1
        last_at_depth[diff.text.depth] = diff.last_line
        patches.append(_assemble(body, diff, after, end))
    left: set[tuple[str | None, str]] = set()
    for index, patch in enumerate(patches):
        continues = any((file.old_path, file.old_id[:7]) in left for file in patch.files if file.old_id)
        left |= {(file.path, file.new_id[:7]) for file in patch.files if file.new_id}
        patches[index] = replace(patch, part=index + 1, parts=len(patches), continues=continues)
    return patches


def _assemble(body: Body, diff: FoundDiff, after: int, end: int) -> Patch:
    """*after* is where the diff before it at its depth ended, *end* where the next diff of the mail begins."""
    mail = body.mail
    tag = parse_subject(mail.subject)
    prose = read_prose(
        _between(diff.text.lines, after + 1, diff.first_line),
        _between(diff.text.lines, diff.last_line + 1, body.lines[-1].number + 1),
        mail.charset,
    )
    diff_lines = sorted({found.first_line for found in diff.files}.union(_numbers(diff)))
    (first,) = _between(diff.text.lines, diff.first_line, diff.first_line + 1)[:1]
    upto = _between(body.lines, diff.first_line, max(end, diff.last_line))
    return Patch(
        subject=parse_subject(prose.subject).title if prose.subject else tag.title,
        files=tuple(found.file for found in diff.files),
        author=prose.author or find_author(body.attributions, first) or "",
        message_id=mail.message_id,
        number=tag.number if tag.number is not None else 1,
        total=tag.total if tag.total is not None else 1,
        version=tag.version,
        changelog=prose.changelog,
        introduction=prose.introduction,
        depth=diff.text.depth,
        base_commit=prose.base_commit,
        prerequisites=prose.prerequisites,
        commentary=collect_comments(upto, diff_lines, diff.text.depth, body.attributions),
        damage=_tell_damage(body, diff, prose, end),
        origin=mail.origin,
        fixes=prose.fixes,
        links=prose.links,
        mentions=sort_mentions(body.mentions, diff.first_line),
    )


def _tell_damage(body: Body, diff: FoundDiff, prose: Prose, end: int) -> tuple[str, ...]:
    """All that was mended or is missing, widest first."""
    inside = _between(diff.text.lines, diff.first_line + 1, max(end, diff.last_line))
    said = [*body.mail.damage, *diff.text.damage]
    if any(is_snip(line.text) for line in inside):
        said.append("who quoted it says that parts were left out")
    if not body.rejoined.isdisjoint(_numbers(diff)):
        said.append("quoted lines wrapped by who quoted them were joined")
    said += [*prose.notes, *(sentence for found in diff.files for sentence in found.damage)]
    unique = list(dict.fromkeys(said))
    if len(unique) > _DAMAGE_MAX:
        unique[_DAMAGE_MAX:] = [f"and {len(unique) - _DAMAGE_MAX} more signs of damage"]
    return tuple(unique)


def _numbers(diff: FoundDiff) -> Iterable[int]:
    return (line.mail_line for found in diff.files for hunk in found.file.hunks for line in hunk.lines)


def _between(lines: Sequence[BodyLine], first: int, end: int) -> Sequence[BodyLine]:
    """The lines numbered *first* up to, not including, *end*."""
    start = bisect_left(lines, first, key=lambda line: line.number)
    stop = bisect_right(lines, end - 1, key=lambda line: line.number)
    return lines[start:stop]
