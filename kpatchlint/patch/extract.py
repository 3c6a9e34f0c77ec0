# SPDX-License-Identifier: GPL-2.0-or-later
"""A mail becomes its patches: one for each diff in it, unquoted, with what was said around and inside it."""

from collections.abc import Sequence
from dataclasses import replace

from kpatchlint.mail.limits import FILES_MAX_COUNT, HUNKS_MAX_COUNT, PATCHES_MAX_COUNT, check_limit
from kpatchlint.mail.records import Mail
from kpatchlint.patch.assemble import FoundDiff, assemble_patches, build_body
from kpatchlint.patch.diff import FoundFile, read_files
from kpatchlint.patch.fragment import find_fragments
from kpatchlint.patch.hunk import Wear
from kpatchlint.patch.markers import parse_hunk_header
from kpatchlint.patch.mend import MendedDepth, mend_depth
from kpatchlint.patch.quoting import group_by_depth, rejoin_wrapped, split_quotes
from kpatchlint.patch.records import FilePatch, FileStatus, Hunk, Patch


def extract_patches(mail: Mail) -> list[Patch]:
    """Every diff in *mail*, in the order in which they stand there; none when it holds no patch.

    Diffs at different quote depths, and diffs that change a file again, are kept apart. Only where there is no diff
    at all, ``+`` lines without any header make a patch of one file without a path.

    Raises:
        OverLimit: over 200 diffs, or at one depth over 2,000 files or 10,000 hunks.
    """
    lines, rejoined = rejoin_wrapped(split_quotes(mail.body))
    depths = [mend_depth(found, depth, mail) for depth, found in group_by_depth(lines).items()]
    diffs = [diff for text in depths for diff in _find_diffs(text, mail)]
    if not diffs:
        diffs = [diff for text in depths for diff in _find_loose(text)]
    check_limit(mail.origin, "the mail", len(diffs), PATCHES_MAX_COUNT, "diffs")
    diffs.sort(key=lambda diff: diff.first_line)
    return assemble_patches(build_body(mail, lines, rejoined), diffs) if diffs else []


def _find_diffs(text: MendedDepth, mail: Mail) -> list[FoundDiff]:
    hunk_count = sum(parse_hunk_header(line.text) is not None for line in text.lines)
    check_limit(mail.origin, "the diff", hunk_count, HUNKS_MAX_COUNT, "hunks")
    file_count = sum(line.text.startswith(b"diff --git ") for line in text.lines)
    check_limit(mail.origin, "the diff", file_count, FILES_MAX_COUNT, "files")
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
