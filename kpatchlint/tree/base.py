# SPDX-License-Identifier: GPL-2.0-or-later
"""From what the user names to the base tree, and from a tree and changes to the tree after them."""

import os
import re
from collections.abc import Mapping

from kpatchlint.tree.directory import DirectoryTree
from kpatchlint.tree.errors import GitFailed, NotAKernelTree, NotARepository
from kpatchlint.tree.records import Overlay, Tree
from kpatchlint.tree.revision import GitTree

_MAKE_VARIABLE = re.compile(rb"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)[ \t]*:?=[ \t]*(\S*)", re.MULTILINE)


def open_tree(path: str | None, rev: str | None) -> Tree:
    """The tree at *path*, or around the current directory for None.

    A repository is read at *rev* through its objects (None: HEAD); a plain directory as it lies there.

    Raises:
        NotAKernelTree, NotARepository, UnknownRevision: each a UsageError of one line.
    """
    top = find_top(os.getcwd()) if path is None else path
    if not os.path.isdir(top):
        raise NotAKernelTree(top)
    tree: Tree
    if is_repository(top):
        try:
            tree = GitTree(top, rev or "HEAD")
        except GitFailed as error:
            raise NotARepository(top) from error
    elif rev is not None:
        raise NotARepository(top)
    else:
        tree = DirectoryTree(top)
    if not is_kernel(tree):
        raise NotAKernelTree(top if rev is None else f"{top} at {rev}")
    return tree


def is_repository(top: str) -> bool:
    """Tell whether *top* is the top of a work tree (linked ones too) or a bare repository."""
    if os.path.lexists(os.path.join(top, ".git")):
        return True
    return os.path.isfile(os.path.join(top, "HEAD")) and os.path.isdir(os.path.join(top, "objects"))


def find_top(start: str) -> str:
    """The nearest directory at or above *start* that holds a repository or a Kconfig beside a MAINTAINERS file.

    *start* itself when there is none, so that the caller's message names what the user knows.
    """
    at = start
    while True:
        names = ("Kconfig", "MAINTAINERS")
        if is_repository(at) or all(os.path.isfile(os.path.join(at, name)) for name in names):
            return at
        above = os.path.dirname(at)
        if above == at:
            return start
        at = above


def is_kernel(tree: Tree) -> bool:
    """Tell whether *tree* has a top Makefile with VERSION and PATCHLEVEL, and a Kconfig."""
    return {"VERSION", "PATCHLEVEL"} <= _make_variables(tree).keys() and tree.read("Kconfig") is not None


def kernel_version(tree: Tree) -> str:
    """What ``make kernelversion`` prints, e.g. "6.12.117" or "6.13.0-rc2"; "unknown" when it is no kernel.

    Source: the top Makefile, VERSION, PATCHLEVEL, SUBLEVEL and EXTRAVERSION.
    """
    found = _make_variables(tree)
    if not {"VERSION", "PATCHLEVEL"} <= found.keys():
        return "unknown"
    numbers = (found["VERSION"], found["PATCHLEVEL"], found.get("SUBLEVEL", ""))
    return ".".join(number for number in numbers if number) + found.get("EXTRAVERSION", "")


def overlay_tree(tree: Tree, changed: Mapping[str, bytes | None]) -> Tree:
    """*tree* with *changed* laid over it. Overlays are merged, so a long series reads as fast as one patch."""
    if not changed:
        return tree
    if isinstance(tree, Overlay):
        return Overlay(tree.base, {**tree.changed, **changed})
    return Overlay(tree, dict(changed))


def find_repository(tree: Tree) -> GitTree | None:
    """The git tree below all overlays, or None."""
    while isinstance(tree, Overlay):
        tree = tree.base
    return tree if isinstance(tree, GitTree) else None


def _make_variables(tree: Tree) -> dict[str, str]:
    head = (tree.read("Makefile") or b"")[:4096]
    return {name.decode(): value.decode(errors="replace") for name, value in _MAKE_VARIABLE.findall(head)}
