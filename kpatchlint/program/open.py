# SPDX-License-Identifier: GPL-2.0-or-later
"""A placed patch becomes two programs, before and after, and what it changes in each."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from kpatchlint.facts.index import Index, SmallIndex, load_index, open_index
from kpatchlint.program.program import Program
from kpatchlint.program.scope import FileVersions, Scope, build_scopes
from kpatchlint.program.vocabulary import Vocabulary
from kpatchlint.tree.base import overlay_tree
from kpatchlint.tree.directory import DirectoryTree
from kpatchlint.tree.records import Overlay, PlacedPatch, Tree
from kpatchlint.tree.revision import GitTree

_SMALL = 400  # files; a smaller tree is indexed in memory, each time


@dataclass(frozen=True, slots=True)
class Versions:
    """The program before and after a patch, and the changed functions in each."""

    before: Program
    after: Program
    scope_before: Scope
    scope_after: Scope


class Workshop:
    """Opens programs over trees; a base's index is opened once for a whole series."""

    def __init__(self, vocabulary: Vocabulary, arch: str) -> None:
        self._vocabulary = vocabulary
        self._arch = arch
        self._indexes: dict[int, tuple[Tree, Index]] = {}

    def program(self, tree: Tree) -> Program:
        """The program of one tree, with what is laid over its base."""
        base, changed = (tree.base, tree.changed) if isinstance(tree, Overlay) else (tree, {})
        return Program(base, self._index(base), changed, self._vocabulary, self._arch)

    def versions(self, placed: PlacedPatch, base: Tree) -> Versions:
        """Both programs of a patch that was laid over *base*."""
        before, after = self.program(placed.base or base), self.program(placed.tree)
        files = [FileVersions(f.path, f.old_path or f.path, f.before, f.after) for f in placed.files]
        files += _fragment_files(placed)
        scope_before, scope_after = build_scopes(before, after, files)
        fragments = {f.path: len(f.before or b"") for f in _fragment_files(placed)}
        open_ended = frozenset(
            f.path or f"fragment-{n}.c" for n, f in enumerate(placed.fragments, 1) if not f.is_closed
        )
        scope_after = replace(scope_after, fragments=fragments, cut_off=open_ended)
        return Versions(before, after, scope_before, scope_after)

    def _index(self, base: Tree) -> Index:
        known = self._indexes.get(id(base))
        if known is None:
            known = self._indexes[id(base)] = (base, _open(base))
        return known[1]


def _open(base: Tree) -> Index:
    """A git tree's id names all of its files, so what was indexed once is opened without listing it again."""
    if not isinstance(base, DirectoryTree | GitTree):
        return SmallIndex(base, base.listing())
    folder = index_folder(base.top)
    version = base.tree_id if isinstance(base, GitTree) else None
    index = load_index(folder, version) if version else None
    if index is not None:
        return index
    listing = base.listing()
    return open_index(base, listing, folder, version) if len(listing) >= _SMALL else SmallIndex(base, listing)


def index_folder(top: str) -> Path:
    """Where the index of the tree at *top* is kept: below ${XDG_CACHE_HOME:-~/.cache}/kpatchlint."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    name = hashlib.sha256(os.path.realpath(top).encode(errors="surrogateescape")).hexdigest()[:20]
    return Path(cache, "kpatchlint", "index", name)


def lay_fragments(placed: PlacedPatch) -> PlacedPatch:
    """Code without a place is read as if it stood at the end of its file, closed where the mail cut it off."""
    files = _fragment_files(placed)
    if not files:
        return placed
    return replace(placed, tree=overlay_tree(placed.tree, {f.path: f.after for f in files}))


def _fragment_files(placed: PlacedPatch) -> list[FileVersions]:
    """For each file that fragments belong to: its text (without a path: none) and the text with them appended."""
    texts: dict[str, tuple[bytes, bytes]] = {}
    laid = {f.path: f.after or b"" for f in placed.files}
    for number, fragment in enumerate(placed.fragments, start=1):
        path = fragment.path or f"fragment-{number}.c"
        base = laid[path] if path in laid else _before_fragments(placed, path)
        before, after = texts.get(path, (base, base))
        texts[path] = (before, after + b"\n" + _closed(fragment.code) + b"\n")
    return [FileVersions(path, path, before, after) for path, (before, after) in sorted(texts.items())]


def _before_fragments(placed: PlacedPatch, path: str) -> bytes:
    tree = placed.base or (placed.tree.base if isinstance(placed.tree, Overlay) else placed.tree)
    return tree.read(path) or b""


def _closed(code: bytes) -> bytes:
    """The code with the braces and ``#if`` that it leaves open closed."""
    open_braces = max(0, code.count(b"{") - code.count(b"}"))
    lines: Iterable[bytes] = code.split(b"\n")
    level = 0
    for line in lines:
        word = line.lstrip().removeprefix(b"#").lstrip()
        if line.lstrip().startswith(b"#"):
            level += word.startswith(b"if") - word.startswith(b"endif")
    return code + b"\n}" * open_braces + b"\n#endif" * max(0, level)
