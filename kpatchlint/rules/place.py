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
    placed = tuple(
        PlacedFile(
            path=path,
            old_path=None,
            status=FileStatus.ADDED,
            before=None,
            after=source,
            old_blob=None,
            new_blob=None,
            added_lines=frozenset(range(1, source.count(b"\n") + 1)),
        )
        for path, source in files.items()
    )
    tree = overlay_tree(base, files)
    patch = Patch(subject=title, files=())
    return PlacedPatch(patch=patch, placement=Placement.PLACED, tree=tree, files=placed, base=base)
