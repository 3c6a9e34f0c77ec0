# SPDX-License-Identifier: GPL-2.0-or-later
"""One git revision as a tree, read through objects: nothing is checked out, so nothing of it can run."""

from collections.abc import Mapping

from kpatchlint.tree.errors import NotARepository, UnknownRevision
from kpatchlint.tree.paths import is_safe_path
from kpatchlint.tree.process import ObjectReader, run_git

_DIRECTORY_MODE = "40000"
_FILE_MODES = ("100644", "100755", "100664")  # 100664: written by git before 2005, still in old trees


class GitTree:
    """The files of one commit. ``tree_id`` names all their content at once, so an index can follow it."""

    kind = "git"

    def __init__(self, top: str, revision: str = "HEAD", sibling: "GitTree | None" = None) -> None:
        self.top = top
        self.objects: ObjectReader = sibling.objects if sibling else ObjectReader(top)
        self.revision: str | None = None
        self.revision, self.tree_id = _resolve(self.objects, revision)
        # Keyed by tree id, so that revisions of one repository share what they have in common.
        self._directories: dict[str, dict[str, tuple[str, str]]] = sibling._directories if sibling else {}
        self._listing: dict[str, str] | None = None

    def at(self, revision: str) -> "GitTree":
        """Another revision of the same repository, read through the same git process.

        Raises:
            UnknownRevision: there is no such commit.
        """
        return GitTree(self.top, revision, self)

    def __reduce__(self) -> tuple[type["GitTree"], tuple[str, str]]:
        return GitTree, (self.top, self.revision or "HEAD")

    def read(self, path: str) -> bytes | None:
        """The bytes of one regular file, else None.

        Raises:
            FileTooLarge: the file is over 64 MB.
        """
        blob_id = self.find_blob_id(path)
        return None if blob_id is None else self.read_blob(blob_id)

    def read_blob(self, blob_id: str) -> bytes | None:
        """The blob of that id, which may be abbreviated, whether this revision has it or not."""
        found = self.objects.read(blob_id)
        return found.content if found is not None and found.type == "blob" else None

    def read_many(self, files: Mapping[str, str | None]) -> dict[str, bytes | None]:
        """Content of each path; a path whose blob id is given is not looked up in the trees first.

        Raises:
            FileTooLarge: a file is over 64 MB.
        """
        keyed = [(path, blob_id) for path, blob_id in files.items() if blob_id is not None]
        found = self.objects.read_many([blob_id for _, blob_id in keyed])
        known = {path: o.content for (path, _), o in zip(keyed, found, strict=True) if o and o.type == "blob"}
        return {path: known[path] if path in known else self.read(path) for path in files}

    def find_blob_id(self, path: str) -> str | None:
        """The full blob id of a regular file; a symlink or a submodule on the way gives None."""
        if not is_safe_path(path):
            return None
        *parents, name = path.split("/")
        at = self.tree_id
        for parent in parents:
            mode, at = self._directory(at).get(parent, ("", ""))
            if mode != _DIRECTORY_MODE:
                return None
        mode, blob_id = self._directory(at).get(name, ("", ""))
        return blob_id if mode in _FILE_MODES else None

    def listing(self) -> Mapping[str, str]:
        """Path -> blob id of every regular file."""
        if self._listing is None:
            rows = run_git(self.top, "ls-tree", "-r", "-z", "--full-tree", self.tree_id)
            listing = {}
            for row in rows.decode(errors="surrogateescape").split("\0"):
                head, _, path = row.partition("\t")
                if head.startswith("100"):  # the modes of regular files
                    listing[path] = head[head.rindex(" ") + 1 :]
            self._listing = listing
        return self._listing

    def _directory(self, tree_id: str) -> dict[str, tuple[str, str]]:
        known = self._directories.get(tree_id)
        if known is None:
            found = self.objects.read(tree_id)
            known = _parse_tree(found.content, len(tree_id) // 2) if found is not None else {}
            self._directories[tree_id] = known
        return known


def _resolve(objects: ObjectReader, revision: str) -> tuple[str, str]:
    """Full commit id and tree id of *revision*, which may be anything that git understands, tags included."""
    if objects.read("HEAD") is None and objects.read(revision) is None:
        raise NotARepository(objects.top)
    commit = None if revision.startswith("-") else objects.read(f"{revision}^{{commit}}")
    if commit is None:
        raise UnknownRevision(revision, objects.top)
    return commit.id, commit.content.partition(b"\n")[0].removeprefix(b"tree ").decode()


def _parse_tree(raw: bytes, id_bytes: int) -> dict[str, tuple[str, str]]:
    """Name -> (mode, id) of a raw tree object: ``mode SP name NUL id``, repeated (git's tree.c)."""
    entries = {}
    at = 0
    while at < len(raw):
        end = raw.index(b"\0", at)
        mode, _, name = raw[at:end].partition(b" ")
        at = end + 1 + id_bytes
        entries[name.decode(errors="surrogateescape")] = (mode.decode(), raw[end + 1 : at].hex())
    return entries
