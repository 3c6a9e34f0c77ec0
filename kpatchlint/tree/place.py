# SPDX-License-Identifier: GPL-2.0-or-later
"""A patch is laid over a tree: every file of it, and how sure the whole is."""

from dataclasses import dataclass, field, replace

from kpatchlint.patch.records import FilePatch, FileStatus, Patch
from kpatchlint.tree.base import find_repository, overlay_tree
from kpatchlint.tree.budget import Budget
from kpatchlint.tree.files import Laid, describe_file, has_ids, lay_hunks
from kpatchlint.tree.fragment import extract_fragment
from kpatchlint.tree.lookup import find_moved_file, guess_path
from kpatchlint.tree.paths import is_safe_path
from kpatchlint.tree.records import Fragment, PlacedFile, PlacedPatch, Placement, Tree
from kpatchlint.tree.revision import GitTree

_SPECIAL_MODES = {"120000": "a symlink", "160000": "a submodule"}


@dataclass(slots=True)
class _Layer:
    """A patch on its way over a tree; ``base_changed`` are files whose base is not the tree's own content."""

    patch: Patch
    tree: Tree
    repository: GitTree | None
    budget: Budget = field(default_factory=Budget)
    changed: dict[str, bytes | None] = field(default_factory=dict)
    base_changed: dict[str, bytes | None] = field(default_factory=dict)
    files: list[PlacedFile] = field(default_factory=list)
    fragments: list[Fragment] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def digits(self) -> int:
        return 40 if self.repository is None else len(self.repository.tree_id)

    def read(self, path: str) -> bytes | None:
        return self.changed[path] if path in self.changed else self.tree.read(path)


def lay_patch(patch: Patch, tree: Tree) -> PlacedPatch:
    """Lay *patch* over *tree*; for a series, pass the tree that the patch before it gave.

    Nothing is raised for a patch that does not fit: the record says how far it does.
    """
    layer = _Layer(patch, tree, find_repository(tree))
    for file in patch.files:
        _lay_file(file, layer)
    return PlacedPatch(
        patch=patch,
        placement=_judge(patch, layer),
        tree=overlay_tree(tree, layer.changed),
        files=tuple(layer.files),
        fragments=tuple(layer.fragments),
        notes=tuple(layer.notes),
        base=overlay_tree(tree, layer.base_changed),
    )


def _lay_file(file: FilePatch, layer: _Layer) -> None:
    if file.path is None:
        _lay_headerless(file, layer)
        return
    refusal = _refusal(file)
    if refusal:
        layer.files.append(replace(describe_file(file, None, None, layer.digits), notes=(refusal,)))
        return
    placed = _lay_on_base(file, layer)
    layer.files.append(placed)
    for index in placed.unplaced:
        fragment = extract_fragment(file.hunks[index], placed.path)
        if fragment is not None:
            layer.fragments.append(fragment)


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
    return "binary: reported, not applied" if file.is_binary else ""


def _lay_on_base(file: FilePatch, layer: _Layer) -> PlacedFile:
    if file.status is FileStatus.ADDED:
        return _lay_new_file(file, layer)
    named = file.old_path or file.path or ""
    source, before = named, layer.read(named)
    notes: tuple[str, ...] = ()
    if before is None:
        moved = find_moved_file(named, file.hunks, layer.tree)
        if moved is not None:
            source, before = moved, layer.read(moved)
            notes = (f"{named} is not in the tree; its hunks fit {moved}",)
            file = replace(file, old_path=moved, new_path=moved if file.new_path == named else file.new_path)
    laid = lay_hunks(file, before, layer.budget) if before is not None else None
    if laid is None or laid.unplaced or laid.is_bridged:
        recovered = _recover_preimage(file, source, layer)
        if recovered is not None:
            before, laid = recovered
            notes += (f"laid on the pre-image {(file.old_id or '')[:12]} that the mail names, not on the tree's own",)
            layer.base_changed[source] = before
    if laid is None:
        notes += (f"{named} is not in the tree",)
    placed = describe_file(file, before, laid, layer.digits)
    if laid is not None:
        _record(file, source, placed, layer)
    return replace(placed, notes=notes + placed.notes)


def _recover_preimage(file: FilePatch, path: str, layer: _Layer) -> tuple[bytes, Laid] | None:
    """The file as it was when the patch was made, from the object store, if all hunks fit that."""
    if layer.repository is None or not file.old_id or not file.old_id.strip("0") or path in layer.changed:
        return None
    content = layer.repository.read_blob(file.old_id)
    if content is None:
        return None
    laid = lay_hunks(file, content, layer.budget)
    return None if laid.unplaced else (content, laid)


def _lay_new_file(file: FilePatch, layer: _Layer) -> PlacedFile:
    path = file.path or ""
    existing = layer.read(path)
    laid = lay_hunks(file, b"", layer.budget)
    placed = describe_file(file, None, laid, layer.digits)
    if existing is None:
        _record(file, path, placed, layer)
        return placed
    said = "is in the tree already" if existing == placed.after else "is in the tree already, with other content"
    return replace(
        describe_file(file, existing, None, layer.digits), notes=(f"{path}, which the patch creates, {said}",)
    )


def _record(file: FilePatch, source: str, placed: PlacedFile, layer: _Layer) -> None:
    """Enter what becomes of the file into the overlay."""
    if file.status is FileStatus.DELETED:
        layer.changed[source] = None
        return
    if file.status is FileStatus.RENAMED and source != placed.path:
        layer.changed.setdefault(source, None)
    layer.changed[placed.path] = placed.after


def _lay_headerless(file: FilePatch, layer: _Layer) -> None:
    """Code without a file header: placed if the prose names a file in which it fits, else read on its own."""
    fragments = [found for hunk in file.hunks if (found := extract_fragment(hunk, None)) is not None]
    code = b"".join(fragment.code for fragment in fragments)
    guess = guess_path(layer.patch, code, layer.tree)
    if guess is not None:
        path, mentioned = guess
        layer.notes.append(f"code without a file header: taken to be for {path}, as the mail names {mentioned}")
        fragments = [replace(fragment, path=path) for fragment in fragments]
    else:
        layer.notes.append("code without a file header, and no path in the mail to take it to")
    layer.fragments += fragments


def _judge(patch: Patch, layer: _Layer) -> Placement:
    """How far the patch fits (DESIGN.md 4)."""
    if not patch.files:
        return Placement.FRAGMENT
    refused = [file for file in layer.files if file.notes and file.before is None and file.after is None]
    placed = [file for file in layer.files if file not in refused]
    whole = [file for file in placed if not file.unplaced]
    if not any(len(file.unplaced) == 0 or file.added_lines or file.removed_lines for file in placed):
        return Placement.FRAGMENT
    if len(whole) < len(patch.files):
        return Placement.PARTIAL
    with_ids = [placed for placed, file in zip(layer.files, patch.files, strict=True) if has_ids(file)]
    return Placement.EXACT if with_ids and all(file.proven for file in with_ids) else Placement.PLACED
