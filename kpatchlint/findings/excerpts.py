# SPDX-License-Identifier: GPL-2.0-or-later
"""A place in a tree becomes the source lines around it."""

from dataclasses import dataclass, field

from kpatchlint.text.clean import decode
from kpatchlint.tree.records import Tree

_AROUND = 3  # lines shown above and below the place
_KEPT = 32  # files; a report's findings are sorted by file, and a path stays among a few


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Source lines around a finding, from line ``first`` (from 1) of the tree that it was found in."""

    first: int
    lines: tuple[str, ...]


@dataclass(slots=True)
class Excerpts:
    """Reads the lines around places, each file once while it is asked for."""

    _files: dict[tuple[int, str], tuple[Tree, list[str] | None]] = field(default_factory=dict)

    def at(self, tree: Tree, path: str, line: int) -> Excerpt | None:
        """Three lines above *line* (from 1) to three below; None where the tree has no such file."""
        lines = self._lines(tree, path)
        if lines is None:
            return None
        first = max(line - _AROUND, 1)
        return Excerpt(first, tuple(lines[first - 1 : line + _AROUND]))

    def _lines(self, tree: Tree, path: str) -> list[str] | None:
        key = (id(tree), path)
        if key not in self._files:
            if len(self._files) >= _KEPT:
                self._files.clear()
            source = tree.read(path)
            self._files[key] = (tree, None if source is None else decode(source).split("\n"))
        return self._files[key][1]
