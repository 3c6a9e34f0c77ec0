# SPDX-License-Identifier: GPL-2.0-or-later
"""A patch on its way over a tree, file by file."""

from dataclasses import replace

import msgspec

from kpatchlint.patch.records import FilePatch, FileStatus, Patch
from kpatchlint.tree.budget import Budget
from kpatchlint.tree.files import Laid, describe_file, lay_hunks
from kpatchlint.tree.fragment import extract_fragment
from kpatchlint.tree.lookup import find_moved_file, guess_path
from kpatchlint.tree.paths import is_safe_path
from kpatchlint.tree.records import Fragment, PlacedFile, Tree
from kpatchlint.tree.revision import GitTree
from kpatchlint.tree.spot import is_telling, old_side

_SPECIAL_MODES = {"120000": "a symlink", "160000": "a submodule"}


class Layer(msgspec.Struct):
    """What a patch has changed so far; ``base_changed`` are files whose base is not the tree's own content."""

    patch: Patch
    tree: Tree
    repository: GitTree | None
    budget: Budget = msgspec.field(default_factory=Budget)
    changed: dict[str, bytes | None] = msgspec.field(default_factory=dict)
    base_changed: dict[str, bytes | None] = msgspec.field(default_factory=dict)
    files: list[PlacedFile] = msgspec.field(default_factory=list)
    fragments: list[Fragment] = msgspec.field(default_factory=list)
    notes: list[str] = msgspec.field(default_factory=list)
    _edited: set[str] = msgspec.field(default_factory=set)

    def lay_file(self, file: FilePatch) -> None:
        """Lay one file of the patch and record what came of it."""
        if file.path is None:
            self._lay_headerless(file)
            return
        refusal = _refusal(file)
        if refusal:
            self.files.append(replace(describe_file(file, None, None, self.digits), notes=(refusal,)))
            return
        self._take(file, self._lay_new(file) if file.status is FileStatus.ADDED else self._lay_on_base(file))

    @property
    def digits(self) -> int:
        """Length of the tree's blob ids."""
        return 40 if self.repository is None else len(self.repository.tree_id)

    def _take(self, file: FilePatch, placed: PlacedFile) -> None:
        self.files.append(placed)
        for index in placed.unplaced:
            fragment = extract_fragment(file.hunks[index], placed.path)
            if fragment is not None:
                self.fragments.append(fragment)

    def _read(self, file: FilePatch, path: str) -> bytes | None:
        """The file as this patch finds it. A rename takes the tree's own, so that two files can swap their names."""
        is_rename = file.status in (FileStatus.RENAMED, FileStatus.COPIED)
        if path in self.changed and not (is_rename and path not in self._edited):
            return self.changed[path]
        return self.tree.read(path)

    def _lay_on_base(self, file: FilePatch) -> PlacedFile:
        named = file.old_path or file.path or ""
        source, before = named, self._read(file, named)
        notes: tuple[str, ...] = ()
        if before is None and (moved := find_moved_file(named, file.hunks, self.tree, self.budget)) is not None:
            source, before = moved, self._read(file, moved)
            notes = (f"{named} is not in the tree; its hunks fit {moved}",)
            file = replace(file, old_path=moved, new_path=moved if file.new_path == named else file.new_path)
        laid = lay_hunks(file, before, self.budget) if before is not None else None
        if laid is None or laid.lacks_places or laid.is_bridged:
            recovered = self._recover_preimage(file, source)
            if recovered is not None:
                before, laid = recovered
                notes += (f"laid on the pre-image {(file.old_id or '')[:12]} that the mail names, not the tree's file",)
                self.base_changed[source] = before
        if laid is None:
            notes += (f"{named} is not in the tree",)
        placed = describe_file(file, before, laid, self.digits)
        if laid is not None:
            self._record(file, source, placed)
        return replace(placed, notes=notes + placed.notes)

    def _recover_preimage(self, file: FilePatch, path: str) -> tuple[bytes, Laid] | None:
        """The file as it was when the patch was made, from the object store, if all hunks fit that."""
        if self.repository is None or not file.old_id or not file.old_id.strip("0") or path in self.changed:
            return None
        content = self.repository.read_blob(file.old_id)
        if content is None:
            return None
        laid = lay_hunks(file, content, self.budget)
        return None if laid.lacks_places else (content, laid)

    def _lay_new(self, file: FilePatch) -> PlacedFile:
        path = file.path or ""
        existing = self._read(file, path)
        placed = describe_file(file, None, lay_hunks(file, b"", self.budget), self.digits)
        if existing is None:
            if len(placed.unplaced) < len(file.hunks) or not file.hunks:
                self.changed[path] = placed.after
            return placed
        said = "is in the tree already" if existing == placed.after else "is in the tree already, with other content"
        refused = describe_file(file, existing, None, self.digits)
        return replace(refused, notes=(f"{path}, which the patch creates, {said}",))

    def _record(self, file: FilePatch, source: str, placed: PlacedFile) -> None:
        """Enter what becomes of the file into the overlay."""
        if file.hunks and len(placed.unplaced) == len(file.hunks):
            return
        if file.status is FileStatus.DELETED:
            self.changed[source] = None
            return
        if file.status is FileStatus.RENAMED and source != placed.path:
            self.changed.setdefault(source, None)
        elif file.status is FileStatus.MODIFIED:
            self._edited.add(placed.path)
        self.changed[placed.path] = placed.after

    def _lay_headerless(self, file: FilePatch) -> None:
        """Code without a file header: placed if the prose names a file in which it fits, else read on its own."""
        fragments = [found for hunk in file.hunks if (found := extract_fragment(hunk, None)) is not None]
        guess = guess_path(self.patch, b"".join(fragment.code for fragment in fragments), self.tree)
        if guess is None:
            self.notes.append("code without a file header, and no path in the mail to take it to")
            self.fragments += fragments
            return
        path, mentioned = guess
        said = "the mail names it" if path == mentioned else f"the mail names {mentioned}"
        self.notes.append(f"code without a file header: taken to be for {path}, as {said}")
        file = replace(file, old_path=path, new_path=path)
        if any(is_telling(text) for hunk in file.hunks for text in old_side(hunk)):
            self._take(file, self._lay_on_base(file))
        else:
            self.fragments += [replace(fragment, path=path) for fragment in fragments]


def _refusal(file: FilePatch) -> str:
    """Why nothing of this file may be placed, or ""."""
    for path in (file.old_path, file.new_path):
        if path is not None and not is_safe_path(path):
            return "its path leaves the tree or cannot be in one: refused"
    for mode in (file.new_mode, file.old_mode):
        if mode in _SPECIAL_MODES:
            return f"it is {_SPECIAL_MODES[mode]}: reported, never followed"
    if file.is_combined:
        return "a combined diff of a merge: it applies to no single parent"
    if file.is_binary:
        return "binary: reported, not applied"
    if file.status is FileStatus.MODIFIED and not file.hunks:
        return "no hunk of it is in the mail"
    return ""
