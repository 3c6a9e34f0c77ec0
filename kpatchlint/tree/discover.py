# SPDX-License-Identifier: GPL-2.0-or-later
"""Which revision a series was made on, when the user names none."""

import time
from collections.abc import Iterator, Sequence

import msgspec

from kpatchlint.patch.records import Patch
from kpatchlint.tree.errors import GitFailed, UnknownRevision
from kpatchlint.tree.process import run_git
from kpatchlint.tree.revision import GitTree

_REFS_MAX = 60
_COMMITS_PER_BLOB = 3
_BLOBS_MAX = 8
_SEARCH_S = 20


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """The revision chosen, what chose it, and how many of the pre-images that the mails name it has."""

    tree: GitTree
    source: str  # "base-commit", "HEAD", the name of a ref, or "history"
    matched: int
    total: int

    @property
    def is_sure(self) -> bool:
        """Every pre-image that the mails name is in the revision."""
        return 0 < self.total == self.matched

    def describe(self) -> str:
        """One sentence for the report."""
        commit = (self.tree.revision or "")[:12]
        if not self.total:
            return f"base {commit} ({self.source}): the mails name no pre-image to check it with"
        sure = "" if self.is_sure else ", best guess"
        return f"base {commit} ({self.source}{sure}): {self.matched} of {self.total} pre-image blobs match"


def find_base(patches: Sequence[Patch], head: GitTree) -> Base:
    """The revision of *head*'s repository that fits a series best.

    Asked in this order, until one has every pre-image: the ``base-commit`` trailer (taken whenever the commit is
    there, since the author says so), HEAD, the most recent refs, and the commits that brought or ended a pre-image
    (``git log --find-object``, as b4 does). It is bounded in refs, commits and time; the best seen then wins.
    """
    wanted = find_preimages(patches)
    stated = next((patch.base_commit for patch in patches if patch.base_commit), None)
    if stated is not None:
        try:
            tree = head.at(stated)
        except UnknownRevision:
            pass
        else:
            return _measure(tree, "base-commit", wanted)
    best = _measure(head, "HEAD", wanted)
    for source, revision in _candidates(head, wanted):
        if best.is_sure or not wanted:
            break
        try:
            found = _measure(head.at(revision), source, wanted)
        except UnknownRevision:  # a ref to a blob or a tree, or the parent of a root commit
            continue
        best = found if found.matched > best.matched else best
    return best


def find_preimages(patches: Sequence[Patch]) -> dict[str, str]:
    """Path -> id of the blob that the series first wants there, abbreviated as in the mail."""
    wanted: dict[str, str] = {}
    written: set[str] = set()
    for patch in patches:
        for file in patch.files:
            path = file.old_path
            if path is not None and path not in written and file.old_id and file.old_id.strip("0"):
                wanted.setdefault(path, file.old_id)
            written.update(name for name in (file.old_path, file.new_path) if name is not None)
    return wanted


def _measure(tree: GitTree, source: str, wanted: dict[str, str]) -> Base:
    matched = sum((tree.find_blob_id(path) or "").startswith(blob_id) for path, blob_id in wanted.items())
    return Base(tree=tree, source=source, matched=matched, total=len(wanted))


def _candidates(head: GitTree, wanted: dict[str, str]) -> Iterator[tuple[str, str]]:
    """(what it is, revision) to try, the likeliest first."""
    for row in _ask(head, "for-each-ref", f"--count={_REFS_MAX}", "--sort=-creatordate", "--format=%(refname)"):
        yield row.split("/", 2)[-1], row
    deadline = time.monotonic() + _SEARCH_S
    for path, blob_id in list(wanted.items())[:_BLOBS_MAX]:
        if time.monotonic() > deadline:
            return
        if head.read_blob(blob_id) is None:
            continue
        search = ("log", "--all", f"-n{_COMMITS_PER_BLOB}", "--format=%H", f"--find-object={blob_id}", "--", path)
        for commit in _ask(head, *search):
            yield "history", commit
            yield "history", f"{commit}^"


def _ask(tree: GitTree, *arguments: str) -> list[str]:
    try:
        return run_git(tree.top, *arguments, timeout_s=_SEARCH_S).decode(errors="surrogateescape").splitlines()
    except GitFailed:  # too slow or a broken ref: the search is a help, not a must
        return []
