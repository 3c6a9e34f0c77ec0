# SPDX-License-Identifier: GPL-2.0-or-later
"""A placed patch becomes two programs, before and after, and what it changes in each."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kpatchlint.facts.index import OUT_OF_SCOPE, SOURCE_SUFFIXES, Index, SmallIndex, load_index, open_index
from kpatchlint.facts.store import cache_folder
from kpatchlint.patch.records import LineKind
from kpatchlint.program.code import Function
from kpatchlint.program.news import news_of
from kpatchlint.program.program import Program
from kpatchlint.program.scope import ChangedFile, FileVersions, Scope, build_scopes
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


Question = Callable[[Function], bool]


def _only_news(_: Function) -> bool:
    return False


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

    def versions(self, placed: PlacedPatch, base: Tree, in_question: Question = _only_news) -> Versions:
        """Both programs of a patch that was laid over *base*.

        Args:
            placed: the patch.
            base: the tree before it, where ``placed`` does not say.
            in_question: whether all of a changed function is to be judged, not just what the patch makes new.
        """
        before, after = self.program(placed.base or base), self.program(placed.tree)
        files = [FileVersions(f.path, f.old_path or f.path, f.before, f.after) for f in placed.files]
        files += _fragment_files(placed)
        scope_before, scope_after = build_scopes(before, after, files)
        fragments = {f.path: len(f.before or b"") for f in _fragment_files(placed)}
        open_ended = frozenset(
            f.path or f"fragment-{n}.c" for n, f in enumerate(placed.fragments, 1) if not f.is_closed
        )
        kept = {b: a for b, a in scope_before.twins.items() if not (in_question(a) or in_question(b))}
        news_before, news_after = news_of(before, after, kept)
        scope_before = replace(
            scope_before,
            files=tuple(_taken_away(placed)),
            twins=kept,
            news=news_before,
        )
        scope_after = replace(
            scope_after,
            fragments=fragments,
            cut_off=open_ended,
            files=tuple(_added(placed)),
            placed=placed,
            before=before,
            twins={a: b for b, a in kept.items()},
            news=news_after,
        )
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
    listing = base.listing() if isinstance(base, GitTree) else base.listing_of(SOURCE_SUFFIXES, OUT_OF_SCOPE)
    return open_index(base, listing, folder, version) if len(listing) >= _SMALL else SmallIndex(base, listing)


def index_folder(top: str) -> Path:
    """Where the index of the tree at *top* is kept."""
    name = hashlib.sha256(os.path.realpath(top).encode(errors="surrogateescape")).hexdigest()[:20]
    return cache_folder() / "index" / name


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


def _taken_away(placed: PlacedPatch) -> Iterator[ChangedFile]:
    """The files before the patch, with the lines that it removes or changes."""
    for file in placed.files:
        if file.before is not None:
            yield ChangedFile(file.old_path or file.path, file.before, file.removed_lines)


def _added(placed: PlacedPatch) -> Iterator[ChangedFile]:
    """The files after the patch, with the lines that it adds or changes; code without a place stands at the end."""
    fragments = _fragment_files(placed)
    paths = {f.path for f in fragments}
    for file in placed.files:
        if file.after is not None and file.path not in paths:
            yield ChangedFile(file.path, file.after, file.added_lines)
    added = {f.path: f.added_lines for f in placed.files}
    for version in fragments:
        lines = _added_in_fragments(placed, version) | added.get(version.path, frozenset())
        yield ChangedFile(version.path, version.after or b"", lines)


def _added_in_fragments(placed: PlacedPatch, file: FileVersions) -> frozenset[int]:
    """The lines of a file that fragments add to it; a fragment has the context of its hunk, too."""
    lines = (line for f in placed.patch.files for h in f.hunks for line in h.lines)
    added = {line.mail_line for line in lines if line.kind is LineKind.ADDED}
    found: set[int] = set()
    at = (file.before or b"").count(b"\n") + 2
    for number, fragment in enumerate(placed.fragments, start=1):
        if (fragment.path or f"fragment-{number}.c") == file.path:
            found |= {at + i for i, mail_line in enumerate(fragment.lines) if mail_line in added}
            at += _closed(fragment.code).count(b"\n") + 2
    return frozenset(found)


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
