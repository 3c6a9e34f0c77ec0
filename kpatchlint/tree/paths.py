# SPDX-License-Identifier: GPL-2.0-or-later
"""Which paths of a patch may be looked up at all."""

PATH_MAX_BYTES = 4096
NAME_MAX_BYTES = 255


def is_safe_path(path: str) -> bool:
    """Tell whether *path* can only name something inside the tree.

    Refused is what ``git apply`` refuses (read-cache.c verify_path: absolute paths, empty, ``.`` and ``..``
    components, ``.git`` in any case), and control characters as well: they could break into git's line protocol
    and into a terminal. Symlinks are the trees' own business, since only they can see them.
    """
    if len(path.encode(errors="surrogateescape")) > PATH_MAX_BYTES or any(ord(c) < 32 or ord(c) == 127 for c in path):
        return False
    return all(_is_safe_name(name) for name in path.split("/"))


def _is_safe_name(name: str) -> bool:
    if name in ("", ".", "..") or len(name.encode(errors="surrogateescape")) > NAME_MAX_BYTES:
        return False
    return name.lower().rstrip(" .") not in (".git", "git~1")
