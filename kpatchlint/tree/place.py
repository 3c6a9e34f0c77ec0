# SPDX-License-Identifier: GPL-2.0-or-later
"""A patch is laid over a tree: every file of it, and how sure the whole is."""

from kpatchlint.patch.records import FileStatus, Patch
from kpatchlint.tree.base import find_repository, overlay_tree
from kpatchlint.tree.layer import Layer
from kpatchlint.tree.proof import has_ids
from kpatchlint.tree.records import PlacedPatch, Placement, Tree
from kpatchlint.tree.reverse import reverse_patch, reverse_placed, shows_outcome

_FITS = (Placement.EXACT, Placement.PLACED)


def lay_patch(patch: Patch, tree: Tree) -> PlacedPatch:
    """Lay *patch* over *tree*; for a series, pass the tree that the patch before it gave.

    Nothing is raised for a patch that does not fit: the record says how far it does. A patch that the tree has
    already is compared with the tree without it.
    """
    placed = _lay(patch, tree)
    if placed.placement in _FITS:
        return placed
    return _find_applied(patch, tree) or placed


def _lay(patch: Patch, tree: Tree) -> PlacedPatch:
    layer = Layer(patch, tree, find_repository(tree))
    for file in patch.files:
        layer.lay_file(file)
    if layer.budget.is_used_up:
        layer.notes.append("the patch is too big or too damaged to compare it everywhere: hunks may lack their place")
    return PlacedPatch(
        patch=patch,
        placement=_judge(patch, layer),
        tree=overlay_tree(tree, layer.changed),
        files=tuple(layer.files),
        fragments=tuple(layer.fragments),
        notes=tuple(layer.notes),
        base=overlay_tree(tree, layer.base_changed),
    )


def _find_applied(patch: Patch, tree: Tree) -> PlacedPatch | None:
    """The patch as seen from a tree that has it: all of it must come off again without a doubt."""
    if any(file.path is None or file.status is FileStatus.COPIED for file in patch.files):
        return None
    if not all(shows_outcome(hunk) for file in patch.files for hunk in file.hunks):
        return None
    back = _lay(reverse_patch(patch), tree)
    if back.placement not in _FITS or any(file.notes or not file.is_laid for file in back.files):
        return None
    files = [reverse_placed(placed, file) for placed, file in zip(reversed(back.files), patch.files, strict=True)]
    return PlacedPatch(
        patch=patch,
        placement=back.placement,
        tree=tree,
        files=tuple(files),
        notes=("the patch is in the tree already: compared with the tree without it",),
        base=back.tree,
    )


def _judge(patch: Patch, layer: Layer) -> Placement:
    """How far the patch fits (DESIGN.md 4)."""
    laid = [file for file in layer.files if file.is_laid]
    if not any(not file.unplaced or file.added_lines or file.removed_lines for file in laid):
        return Placement.FRAGMENT
    if len(layer.files) < len(patch.files) or any(not file.is_laid or file.unplaced for file in layer.files):
        return Placement.PARTIAL
    with_ids = [placed for placed, file in zip(layer.files, patch.files, strict=True) if has_ids(file)]
    return Placement.EXACT if with_ids and all(file.proven for file in with_ids) else Placement.PLACED
