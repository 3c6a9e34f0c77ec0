# SPDX-License-Identifier: GPL-2.0-or-later
"""The records that the patch stage hands on: a patch, its files and hunks, and what was said inside them.

Diff lines are bytes: the result is proven by git blob ids, and a kernel file need not be UTF-8. Prose is text.
"""

import enum
from dataclasses import dataclass


class LineKind(enum.Enum):
    """The first column of a diff line."""

    CONTEXT = " "
    ADDED = "+"
    REMOVED = "-"


class FileStatus(enum.Enum):
    """What a patch does to one file, in the words of the JSON contract; MODE changes no content."""

    MODIFIED = "modified"
    ADDED = "added"
    DELETED = "deleted"
    RENAMED = "renamed"
    COPIED = "copied"
    MODE = "mode"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a hunk without its marker and without its line end.

    ``mail_line`` counts from 1 in the mail's body. ``no_newline`` is git's ``\\ No newline at end of file``.
    ``doubtful``: the hunk's counts allow another reading of the first column, which only the base can settle;
    read as context instead, the line's code is the marker followed by ``text``.
    """

    kind: LineKind
    text: bytes
    mail_line: int = 0
    no_newline: bool = False
    doubtful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """A run of diff lines. Starts and counts are those of the ``@@`` line, None when the mail lost it.

    ``complete`` is true when the lines fill both counts; a trimmed quote leaves it false, and then lines may also
    be missing where ``mail_line`` jumps. ``folded``: white space is not as the sender typed it, and blank lines may be
    missing or glued to the next one, so the base has to be matched with white space folded.
    """

    lines: tuple[DiffLine, ...]
    old_start: int | None = None
    old_count: int | None = None
    new_start: int | None = None
    new_count: int | None = None
    section: str = ""
    complete: bool = True
    folded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePatch:
    """All that a patch says of one file. A path is None for /dev/null, or where the mail names none."""

    old_path: str | None
    new_path: str | None
    status: FileStatus
    hunks: tuple[Hunk, ...] = ()
    old_id: str | None = None  # as abbreviated on the ``index`` line
    new_id: str | None = None
    old_mode: str | None = None  # "100644"
    new_mode: str | None = None
    is_binary: bool = False
    is_combined: bool = False  # ``diff --cc`` of a merge: has no hunks here, since it applies to no single parent
    similarity: int | None = None  # percent, of a rename or copy

    @property
    def path(self) -> str | None:
        """The path after the patch, or before it when the file goes away."""
        return self.new_path if self.new_path is not None else self.old_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """Prose inside a diff, attached to the diff line above it (``mail_line`` of that line, 0 for none)."""

    text: str
    after: int
    depth: int
    author: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """One diff of one mail, normalised: what was quoted is unquoted, what was damaged is noted.

    Diffs of one mail are kept apart (``part`` of ``parts``) when they are at different quote depths or change the same
    file again. Each starts from the tree before the mail, but for one that ``continues``: its ids say that it starts
    from what an earlier part leaves.
    """

    subject: str
    files: tuple[FilePatch, ...]
    author: str = ""
    message_id: str | None = None
    number: int = 1
    total: int = 1
    version: int = 1
    changelog: str = ""
    introduction: str = ""
    depth: int = 0  # quote depth at which the diff was found
    base_commit: str | None = None
    prerequisites: tuple[str, ...] = ()
    commentary: tuple[Comment, ...] = ()
    damage: tuple[str, ...] = ()
    origin: str = ""
    part: int = 1
    parts: int = 1
    continues: bool = False
    fixes: tuple[str, ...] = ()  # values of Fixes: trailers
    links: tuple[str, ...] = ()  # values of Link: and Closes: trailers
    mentions: tuple[str, ...] = ()  # file names in diffstat rows and prose, as written, nearest to the diff first
