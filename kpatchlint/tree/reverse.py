# SPDX-License-Identifier: GPL-2.0-or-later
"""A patch turned round, to find out whether the tree has it already."""

from dataclasses import replace

from kpatchlint.patch.records import DiffLine, FilePatch, FileStatus, Hunk, LineKind, Patch
from kpatchlint.tree.records import PlacedFile
from kpatchlint.tree.spot import is_telling

_OTHER_KIND = {
    LineKind.ADDED: LineKind.REMOVED,
    LineKind.REMOVED: LineKind.ADDED,
    LineKind.CONTEXT: LineKind.CONTEXT,
}
_OTHER_STATUS = {FileStatus.ADDED: FileStatus.DELETED, FileStatus.DELETED: FileStatus.ADDED}


def shows_outcome(hunk: Hunk) -> bool:
    """Tell whether the hunk's outcome can be recognised: by a line it adds, or by context on both sides of a gap."""
    changes = any(line.kind is not LineKind.CONTEXT for line in hunk.lines)
    adds = any(line.kind is LineKind.ADDED and is_telling(line.text) for line in hunk.lines)
    tells = any(line.kind is LineKind.CONTEXT and is_telling(line.text) for line in hunk.lines)
    return adds or (changes and tells and hunk.complete)


def reverse_patch(patch: Patch) -> Patch:
    """The patch that takes *patch* back, but for copies, which stay."""
    return replace(patch, files=tuple(_reverse_file(file) for file in reversed(patch.files)))


def _reverse_file(file: FilePatch) -> FilePatch:
    return replace(
        file,
        old_path=file.new_path,
        new_path=file.old_path,
        status=_OTHER_STATUS.get(file.status, file.status),
        hunks=tuple(_reverse_hunk(hunk) for hunk in file.hunks),
        old_id=file.new_id,
        new_id=file.old_id,
        old_mode=file.new_mode,
        new_mode=file.old_mode,
    )


def _reverse_hunk(hunk: Hunk) -> Hunk:
    return replace(
        hunk,
        lines=tuple(_reverse_line(line) for line in hunk.lines),
        old_start=hunk.new_start,
        old_count=hunk.new_count,
        new_start=hunk.old_start,
        new_count=hunk.old_count,
    )


def _reverse_line(line: DiffLine) -> DiffLine:
    return replace(line, kind=_OTHER_KIND[line.kind])


def reverse_placed(placed: PlacedFile, file: FilePatch) -> PlacedFile:
    """What laying *file* forward would have given, from the record of its reverse."""
    return replace(
        placed,
        path=file.path or placed.path,
        old_path=file.old_path,
        status=file.status,
        before=placed.after,
        after=placed.before,
        old_blob=placed.new_blob,
        new_blob=placed.old_blob,
        added_lines=placed.removed_lines,
        removed_lines=placed.added_lines,
    )
