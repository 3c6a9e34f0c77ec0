# SPDX-License-Identifier: GPL-2.0-or-later
"""The patches of a series are laid one upon the other; what is no part of that line is laid beside it."""

from collections.abc import Sequence

import msgspec

from kpatchlint.patch.records import Patch
from kpatchlint.tree.place import lay_patch
from kpatchlint.tree.records import PlacedPatch, Tree

_ID_DIGITS = 7  # what an abbreviated blob id has at least


class Stack(msgspec.Struct):
    """Patches each of which was laid over the tree that the one before it gave; the first one over ``base``."""

    base: Tree
    patches: list[PlacedPatch] = msgspec.field(default_factory=list)

    @property
    def top(self) -> Tree:
        """The tree after all of them."""
        return self.patches[-1].tree if self.patches else self.base

    def lay(self, patch: Patch) -> None:
        """Put one patch on top."""
        self.patches.append(lay_patch(patch, self.top))

    def leaves_what(self, patch: Patch) -> bool:
        """Whether a patch in here ends at the blob ids that *patch* starts from."""
        left = {(f.path, f.new_id[:_ID_DIGITS]) for p in self.patches for f in p.patch.files if f.new_id}
        return any((f.old_path, f.old_id[:_ID_DIGITS]) in left for f in patch.files if f.old_id)


def lay_series(mails: Sequence[Sequence[Patch]], base: Tree) -> list[Stack]:
    """Lay the patches of a series, mail by mail.

    Of several diffs in one mail, the first of those that are quoted least is the mail's own; the next mail starts from
    what it gives. The others are other proposals: each starts from the tree before the mail, but for one that says
    by its ids that it continues another.

    Args:
        mails: the patches of each mail in the order in which they apply.
        base: the tree that the first mail is laid over.

    Returns:
        The series itself, then one stack for every diff beside it, in the order of the mails. None is empty.
    """
    series, beside = Stack(base), []
    for patches in mails:
        before = series.top
        own = min(range(len(patches)), key=lambda index: patches[index].depth, default=0)
        others: list[Stack] = []
        for index, patch in enumerate(patches):
            stack = series if index == own else _find_stack(patch, [*others, series])
            if stack is None:
                stack = Stack(before)
                others.append(stack)
            stack.lay(patch)
        beside += others
    return [stack for stack in (series, *beside) if stack.patches]


def _find_stack(patch: Patch, stacks: Sequence[Stack]) -> Stack | None:
    """What *patch* continues, None when it starts from the tree before its mail."""
    if not patch.continues:
        return None
    return next((stack for stack in reversed(stacks) if stack.leaves_what(patch)), None)
