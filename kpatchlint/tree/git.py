# SPDX-License-Identifier: GPL-2.0-or-later
"""Commits of a repository, or what is staged in it, become the bytes of the mails that would carry them."""

import os
from dataclasses import dataclass

import msgspec

from kpatchlint.mail.limits import INPUT_MAX_BYTES, PATCHES_MAX_COUNT, check_limit
from kpatchlint.text.errors import UsageError
from kpatchlint.tree.base import is_repository
from kpatchlint.tree.errors import GitFailed, NotARepository, UnknownRevision
from kpatchlint.tree.process import run_git

STAGED = "--staged"

# Whatever the repository's configuration says, the output is a plain diff and no program of its choice runs.
_PLAIN_DIFF = (
    "--full-index",
    "--find-renames",
    "--unified=3",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--submodule=short",
    "--src-prefix=a/",
    "--dst-prefix=b/",
)
_PLAIN_MAIL = (
    "--stdout",
    "--pretty=email",
    "--subject-prefix=PATCH",
    "--no-attach",
    "--no-thread",
    "--no-cover-letter",
    "--no-signature",
    "--no-base",
    "--no-notes",
    "--no-to",
    "--no-cc",
    "--no-add-header",
)
_PLAIN_CONFIG = ("-c", "format.numbered=auto", "-c", "format.mboxrd=false", "-c", "format.coverFromDescription=none")


class GitPatches(msgspec.Struct, frozen=True, kw_only=True):
    """What ``git:RANGE`` or ``git:--staged`` names.

    ``data`` is an mbox with a mail per commit, oldest first, or a bare diff when ``is_diff``. ``base`` is the full
    id of the commit that the first of them applies to.
    """

    data: bytes
    base: str
    is_diff: bool = False


@dataclass(eq=False)
class EmptyRange(UsageError):
    """A range without a commit, or with merges only, or from a root commit that has no base."""

    revisions: str
    why: str

    def __str__(self) -> str:
        return f"git:{self.revisions} {self.why}"


def read_git_patches(revisions: str, top: str) -> GitPatches:
    """The patches that *revisions* names in the repository at *top*.

    *revisions* is ``--staged`` (the index against HEAD), a range in git's own words (``v6.12..topic``, ``@{u}..``),
    or one revision, which stands for that one commit. Merges are left out, as ``git format-patch`` does.

    Raises:
        NotARepository, UnknownRevision, EmptyRange, OverLimit, GitFailed.
    """
    if not is_repository(top):
        raise NotARepository(top)
    if revisions == STAGED:
        return _read_staged(top)
    if revisions.startswith("-") or not revisions.isprintable() or not revisions:
        raise UnknownRevision(revisions, top)
    wanted = revisions if ".." in revisions else f"{revisions}^!"
    try:
        listed = run_git(top, "rev-list", "--no-merges", "--topo-order", "--reverse", wanted, "--").split()
    except GitFailed as error:
        is_shallow = run_git(top, "rev-parse", "--is-shallow-repository").strip() == b"true"
        raise UnknownRevision(revisions, top, is_shallow) from error
    if not listed:
        raise EmptyRange(revisions, "holds no commit that is not a merge")
    check_limit(f"git:{revisions}", "the range", len(listed), PATCHES_MAX_COUNT, "commits")
    data = run_git(top, *_PLAIN_CONFIG, "format-patch", *_PLAIN_MAIL, *_PLAIN_DIFF, wanted, "--")
    check_limit(f"git:{revisions}", "the range", len(data), INPUT_MAX_BYTES)
    return GitPatches(data=data, base=_find_parent(listed[0].decode(), revisions, top))


def _read_staged(top: str) -> GitPatches:
    try:
        base = run_git(top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").decode().strip()
    except GitFailed as error:
        raise UnknownRevision("HEAD", top) from error
    data = run_git(top, "diff", "--cached", *_PLAIN_DIFF, base, "--", index_file=_hooks_index(top))
    return GitPatches(data=data, base=base, is_diff=True)


def _hooks_index(top: str) -> str | None:
    """The index that git's pre-commit hook is to look at: of ``git commit -a`` it is not the repository's own yet."""
    named = os.environ.get("GIT_INDEX_FILE")
    if not named:
        return None
    folder = os.path.realpath(os.fsdecode(run_git(top, "rev-parse", "--absolute-git-dir")).rstrip("\n"))
    path = os.path.realpath(named)
    return path if path.startswith(folder + os.sep) else None


def _find_parent(commit: str, revisions: str, top: str) -> str:
    try:
        return run_git(top, "rev-parse", "--verify", "--quiet", f"{commit}^").decode().strip()
    except GitFailed as error:
        raise EmptyRange(revisions, "begins at a root commit, which has no base to compare with") from error
