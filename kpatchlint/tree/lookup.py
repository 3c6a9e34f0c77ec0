# SPDX-License-Identifier: GPL-2.0-or-later
"""Which file of the tree is meant when the path that the mail names is not there."""

import re
from collections.abc import Sequence

from kpatchlint.patch.records import Hunk, Patch
from kpatchlint.tree.basetext import BaseText
from kpatchlint.tree.budget import Budget
from kpatchlint.tree.records import Overlay, Tree
from kpatchlint.tree.spot import find_spots, is_telling, old_side

_PATH_IN_PROSE = re.compile(r"(?<![\w/.-])(?:[\w.+-]+/)+[\w.+-]+\.(?:c|h|S|rs|dts|dtsi)\b|\bKconfig\b")
_IDENTIFIER = re.compile(rb"[A-Za-z_]\w{4,}")
_NAMESAKES_MAX = 60
_PROSE_MAX = 200_000
_MENTIONS_MAX = 50
_SHARED_MIN = 0.25  # of the code's identifiers
_SHARED_LEAD = 2  # identifiers


def find_namesakes(path: str, tree: Tree) -> list[str]:
    """Other files of the tree with the same last component, in order of their paths."""
    ending = "/" + path.rpartition("/")[2]
    return sorted(name for name in {*tree.listing(), *_written(tree)} if ("/" + name).endswith(ending) and name != path)


def find_moved_file(path: str, hunks: Sequence[Hunk], tree: Tree, budget: Budget) -> str | None:
    """Where the file *path* went: the one namesake in which every hunk has exactly one place, else None.

    A leading component too many (``linux-6.12/mm/x.c``) is the same case, as the path without it is a namesake.
    Makefile and Kconfig have too many namesakes for one that fits to say much.
    """
    namesakes = find_namesakes(path, tree)
    if len(namesakes) > _NAMESAKES_MAX or not any(is_telling(text) for hunk in hunks for text in old_side(hunk)):
        return None
    fitting = []
    for name in namesakes:
        base = BaseText(tree.read(name) or b"")
        if all(len(find_spots(hunk, base, budget)) == 1 for hunk in hunks):
            fitting.append(name)
    return fitting[0] if len(fitting) == 1 else None


def guess_path(patch: Patch, code: bytes, tree: Tree) -> tuple[str, str] | None:
    """The file that headerless code belongs to, and the path in the mail that led there.

    A path that is in the tree is taken as it is. One that is not stands for a namesake that has all of its
    directories, in order (``arch/arm64/mmu.c`` is arch/arm64/mm/mmu.c). The file must know a good part of the
    code's identifiers, and clearly more than the next candidate; else nothing is guessed.
    """
    names = set(_IDENTIFIER.findall(code))
    scores: dict[str, tuple[int, str]] = {}
    for mentioned in _mentioned_paths(patch):
        for path in _meant_by(mentioned, tree):
            content = tree.read(path)
            if content is not None and path not in scores:
                scores[path] = len(names & set(_IDENTIFIER.findall(content))), mentioned
    ranked = sorted(scores, key=lambda path: (-scores[path][0], path))
    if not ranked or scores[ranked[0]][0] < max(1, _SHARED_MIN * len(names)):
        return None
    if len(ranked) > 1 and scores[ranked[0]][0] < scores[ranked[1]][0] + _SHARED_LEAD:
        return None
    return ranked[0], scores[ranked[0]][1]


def _mentioned_paths(patch: Patch) -> list[str]:
    prose = "\n".join((patch.subject, patch.changelog, *(comment.text for comment in patch.commentary)))
    found = (match[0] for match in _PATH_IN_PROSE.finditer(prose[:_PROSE_MAX]))
    return list(dict.fromkeys((*patch.mentions, *found)))[:_MENTIONS_MAX]


def _meant_by(mentioned: str, tree: Tree) -> list[str]:
    if tree.read(mentioned) is not None:
        return [mentioned]
    directories = [name for name in mentioned.split("/")[:-1] if name != "..."]  # as a diffstat shortens paths
    if not directories:
        return []
    return [name for name in find_namesakes(mentioned, tree) if _holds_in_order(name.split("/")[:-1], directories)]


def _holds_in_order(whole: Sequence[str], part: Sequence[str]) -> bool:
    rest = iter(whole)
    return all(name in rest for name in part)


def _written(tree: Tree) -> list[str]:
    """Files that an earlier patch of the series has written: no listing has them."""
    return [path for path, content in tree.changed.items() if content is not None] if isinstance(tree, Overlay) else []
