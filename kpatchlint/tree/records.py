# SPDX-License-Identifier: GPL-2.0-or-later
"""The read-only trees that later stages see, and how well a patch sits on one."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from kpatchlint.patch.records import FileStatus, Patch


class Tree(Protocol):
    """One version of a kernel tree. Reading is all that a later stage may do.

    Paths are relative to the top, with ``/``. A path that does not exist, is a directory, a symlink or a
    submodule reads as None.
    """

    @property
    def kind(self) -> str:
        """Either "directory" or "git"."""

    @property
    def revision(self) -> str | None:
        """Full commit id of a git tree, else None."""

    def read(self, path: str) -> bytes | None:
        """The bytes of one file."""

    def listing(self) -> Mapping[str, str]:
        """Path -> content key of every regular file: the blob id in git, else size and mtime."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A tree with some files replaced; None means that the patch deletes the file."""

    base: Tree
    changed: Mapping[str, bytes | None]

    @property
    def kind(self) -> str:
        return self.base.kind

    @property
    def revision(self) -> str | None:
        return self.base.revision

    def read(self, path: str) -> bytes | None:
        if path in self.changed:
            return self.changed[path]
        return self.base.read(path)

    def listing(self) -> Mapping[str, str]:
        """The base's listing; what the overlay changes is in ``changed``, and an index is told so apart."""
        return self.base.listing()


class Placement(enum.Enum):
    """How far a patch fits the tree (DESIGN.md 4), best first."""

    EXACT = "exact"  # proven by blob ids
    PLACED = "placed"  # every hunk found its place
    PARTIAL = "partial"  # some hunks did
    FRAGMENT = "fragment"  # none did: the code is read on its own


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFile:
    """One file of a placed patch. ``before``/``after`` are whole contents, None where there is no file.

    ``added_lines`` are the line numbers (from 1, in ``after``) that the patch adds or changes;
    ``removed_lines`` the ones it takes from ``before``. ``unplaced`` are indexes of hunks that are not in ``after``;
    ``cut`` are those of them whose place is known, but of whose change the mail shows only a part.
    ``is_laid`` is false when nothing of the file could be laid at all, as ``notes`` say: refused, or not there.
    """

    path: str
    old_path: str | None
    status: FileStatus
    before: bytes | None
    after: bytes | None
    old_blob: str | None  # full git blob id of ``before``
    new_blob: str | None
    proven: bool = False  # new_blob begins with the id on the mail's ``index`` line
    added_lines: frozenset[int] = frozenset()
    removed_lines: frozenset[int] = frozenset()
    unplaced: tuple[int, ...] = ()
    cut: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    is_laid: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """Added code that has no place in the tree, to be read on its own.

    ``code`` is the added lines (and context, where it can be told) in order; ``lines[i]`` is the line in the
    mail's body of line i+1 of ``code``. ``path`` is where the mail says it belongs, checked against the tree or guessed
    from it, else None.
    """

    code: bytes
    lines: tuple[int, ...]
    path: str | None = None
    is_closed: bool = True  # every brace that the code opens, it closes


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedPatch:
    """A patch laid over a tree: the tree after it, and how sure that is.

    ``base`` is the tree that the files' ``before`` are in. It is the one that was given, but for files that were
    laid on the pre-image that the mail names; compare ``tree`` with it. None stands for the given tree.
    """

    patch: Patch
    placement: Placement
    tree: Tree
    files: tuple[PlacedFile, ...] = ()
    fragments: tuple[Fragment, ...] = ()
    notes: tuple[str, ...] = field(default=())
    base: Tree | None = None

    @property
    def is_fit(self) -> bool:
        """Whether there is anything of the patch to look at: files in the tree, or code of its own."""
        return self.placement is not Placement.FRAGMENT or bool(self.fragments)
