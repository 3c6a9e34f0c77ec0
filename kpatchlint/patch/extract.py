# SPDX-License-Identifier: GPL-2.0-or-later
"""A mail becomes its patches: one for each diff in it, unquoted, with what was said around and inside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kpatchlint.mail.limits import FILES_MAX_COUNT, PATCHES_MAX_COUNT, check_limit
from kpatchlint.mail.records import Mail
from kpatchlint.mail.subject import parse_subject
from kpatchlint.patch.commentary import collect_comments, find_attributions, find_author
from kpatchlint.patch.diff import FoundFile, read_files
from kpatchlint.patch.fragment import find_fragments
from kpatchlint.patch.hunk import Wear
from kpatchlint.patch.mend import MendedDepth, mend_depth
from kpatchlint.patch.prose import find_mentions, read_prose
from kpatchlint.patch.quoting import BodyLine, group_by_depth, is_snip, rejoin_wrapped, split_quotes
from kpatchlint.patch.records import FilePatch, FileStatus, Hunk, Patch


@dataclass(frozen=True, slots=True)
class FoundDiff:
    """One diff: its files in order, the text of its depth, and where it begins and ends in the body."""

    files: tuple[FoundFile, ...]
    text: MendedDepth
    first_line: int
    last_line: int


def extract_patches(mail: Mail) -> list[Patch]:
    """Every diff in *mail*, in the order in which they stand there; none when it holds no patch.

    Diffs at different quote depths, and diffs that change a file again, are kept apart. Only where there is no diff
    at all, ``+`` lines without any header make a patch of one file without a path.

    Raises:
        OverLimit: over 200 diffs, or a diff of over 2,000 files.
    """
    lines, rejoined = rejoin_wrapped(split_quotes(mail.body))
    depths = [mend_depth(found, depth, mail) for depth, found in group_by_depth(lines).items()]
    diffs = [diff for text in depths for diff in _find_diffs(text, mail)]
    if not diffs:
        diffs = [diff for text in depths for diff in _find_loose(text)]
    check_limit(mail.origin, "the mail", len(diffs), PATCHES_MAX_COUNT, "diffs")
    diffs.sort(key=lambda diff: diff.first_line)
    ends = [diff.first_line for diff in diffs[1:]] + [len(lines) + 1]
    patches = [_tell_rejoined(_build(mail, lines, diff, end), rejoined) for diff, end in zip(diffs, ends, strict=False)]
    return [
        replace(patch, part=part, parts=len(patches), continues=_continues(patch, patches[: part - 1]))
        for part, patch in enumerate(patches, 1)
    ]


def _tell_rejoined(patch: Patch, rejoined: frozenset[int]) -> Patch:
    lines = (line.mail_line for file in patch.files for hunk in file.hunks for line in hunk.lines)
    if rejoined.isdisjoint(lines):
        return patch
    return replace(patch, damage=(*patch.damage, "quoted lines wrapped by who quoted them were joined"))


def _continues(patch: Patch, earlier: Sequence[Patch]) -> bool:
    """Whether an ``index`` line of *patch* starts from what an earlier diff of the mail leaves behind."""
    left = {(file.path, file.new_id[:7]) for part in earlier for file in part.files if file.new_id}
    return any((file.old_path, file.old_id[:7]) in left for file in patch.files if file.old_id)


def _find_diffs(text: MendedDepth, mail: Mail) -> list[FoundDiff]:
    files = read_files(text.lines, Wear(mail.is_flattened, mail.is_flowed or bool(text.refolded)))
    check_limit(mail.origin, "the diff", len(files), FILES_MAX_COUNT, "files")
    groups: list[list[FoundFile]] = []
    seen: set[str] = set()
    for found in files:
        path = found.file.path
        if not groups or (path is not None and path in seen):
            groups.append([])
            seen = set()
        groups[-1].append(found)
        if path is not None:
            seen.add(path)
    return [_build_diff(group, text, mail) for group in groups]


def _build_diff(group: Sequence[FoundFile], text: MendedDepth, mail: Mail) -> FoundDiff:
    files = tuple(replace(found, file=_mark_folded(found.file, text, mail)) for found in group)
    return FoundDiff(files, text, group[0].first_line, group[-1].last_line)


def _mark_folded(file: FilePatch, text: MendedDepth, mail: Mail) -> FilePatch:
    """Say on each hunk whether its white space is still the sender's."""
    return replace(
        file,
        hunks=tuple(
            replace(hunk, folded=hunk.folded or mail.is_flattened or _is_touched(hunk, text)) for hunk in file.hunks
        ),
    )


def _is_touched(hunk: Hunk, text: MendedDepth) -> bool:
    return any(line.mail_line in text.refolded for line in hunk.lines)


def _find_loose(text: MendedDepth) -> list[FoundDiff]:
    """Fragments at one depth, as one file without a path."""
    hunks = tuple(find_fragments(text.lines))
    if not hunks or (text.depth == 0 and sum(len(hunk.lines) for hunk in hunks) < 2):
        return []
    hunks = tuple(replace(hunk, folded=text.is_flattened or _is_touched(hunk, text)) for hunk in hunks)
    first, last = hunks[0].lines[0].mail_line, hunks[-1].lines[-1].mail_line
    file = FilePatch(old_path=None, new_path=None, status=FileStatus.MODIFIED, hunks=hunks)
    said = ("a diff without any header: only its changed lines were quoted",)
    return [FoundDiff((FoundFile(file, first, last, said),), text, first, last)]


def _build(mail: Mail, lines: Sequence[BodyLine], diff: FoundDiff, end: int) -> Patch:
    """Put a diff and its surroundings together; *end* is the body's line where the next diff begins."""
    depth = diff.text.depth
    first = next(line for line in diff.text.lines if line.number >= diff.first_line)
    above = [line for line in diff.text.lines if line.number < diff.first_line]
    below = [line for line in diff.text.lines if line.number > diff.last_line]
    prose = read_prose(above, below, mail.charset)
    attributions = find_attributions(lines, mail.author)
    tag = parse_subject(mail.subject)
    diff_lines = sorted(
        {line.mail_line for found in diff.files for hunk in found.file.hunks for line in hunk.lines}
        | {found.first_line for found in diff.files}
    )
    upto = [line for line in lines if line.number < end or line.number < diff.last_line]
    inside = [line for line in diff.text.lines if diff.first_line < line.number < max(end, diff.last_line)]
    trimmed = ("who quoted it says that parts were left out",) if any(is_snip(line.text) for line in inside) else ()
    damage = [*mail.damage, *diff.text.damage, *trimmed, *prose.notes, *(said for f in diff.files for said in f.damage)]
    return Patch(
        subject=parse_subject(prose.subject).title if prose.subject else tag.title,
        files=tuple(found.file for found in diff.files),
        author=prose.author or find_author(attributions, first) or "",
        message_id=mail.message_id,
        number=tag.number if tag.number is not None else 1,
        total=tag.total if tag.total is not None else 1,
        version=tag.version,
        changelog=prose.changelog,
        depth=depth,
        base_commit=prose.base_commit,
        prerequisites=prose.prerequisites,
        commentary=collect_comments(upto, diff_lines, depth, attributions),
        damage=tuple(dict.fromkeys(damage)),
        origin=mail.origin,
        fixes=prose.fixes,
        links=prose.links,
        mentions=find_mentions(lines, diff.first_line),
    )
