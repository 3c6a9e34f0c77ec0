# SPDX-License-Identifier: GPL-2.0-or-later
"""An example of a rule becomes a patch over a tree."""

from collections.abc import Mapping

from kpatchlint.mail.records import Mail
from kpatchlint.patch.extract import extract_patches
from kpatchlint.patch.records import FileStatus, Patch
from kpatchlint.rules.records import Example
from kpatchlint.tree.base import overlay_tree
from kpatchlint.tree.place import lay_patch
from kpatchlint.tree.records import PlacedFile, PlacedPatch, Placement, Tree


def place_example(example: Example, base: Tree) -> PlacedPatch:
    """The example as a patch: its diff over its files, or a patch that adds the files when there is no diff.

    A file that begins with what the base has at its path is taken to be appended to.

    Raises:
        ValueError: the diff is none, or no hunk of it fits the files.
    """
    files = {file.path: file.source.encode() for file in example.files}
    if example.diff is None:
        return _adding(files, example.title, base)
    mail = Mail(subject=example.title, author="", body=example.diff.encode(), origin="example")
    patches = extract_patches(mail)
    if len(patches) != 1:
        raise ValueError(f"example {example.title!r}: its diff reads as {len(patches)} patches")
    placed = lay_patch(patches[0], overlay_tree(base, files))
    if placed.placement is Placement.FRAGMENT:
        raise ValueError(f"example {example.title!r}: its diff does not fit: {', '.join(placed.notes)}")
    return placed


def _adding(files: Mapping[str, bytes], title: str, base: Tree) -> PlacedPatch:
    placed = tuple(_added(path, source, base.read(path)) for path, source in files.items())
    tree = overlay_tree(base, files)
    patch = Patch(subject=title, files=())
    return PlacedPatch(patch=patch, placement=Placement.PLACED, tree=tree, files=placed, base=base)


def _added(path: str, source: bytes, before: bytes | None) -> PlacedFile:
    """A file that the patch adds, or appends to when the base has one that *source* begins with."""
    kept = before if before is not None and source.startswith(before) else b""
    return PlacedFile(
        path=path,
        old_path=path if kept else None,
        status=FileStatus.MODIFIED if kept else FileStatus.ADDED,
        before=before if kept else None,
        after=source,
        old_blob=None,
        new_blob=None,
        added_lines=frozenset(range(kept.count(b"\n") + 1, source.count(b"\n") + 1)),
    )
