# SPDX-License-Identifier: GPL-2.0-or-later
"""A file's bytes: its git blob id and its lines."""

import hashlib

FILE_MAX_BYTES = 64 << 20  # the largest file of 6.12 has 21 MB


def compute_blob_id(content: bytes, digits: int = 40) -> str:
    """Git's id of *content* as a blob: *digits* is 40 for SHA-1, 64 for a SHA-256 repository."""
    make = hashlib.sha256 if digits > 40 else hashlib.sha1
    return make(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def split_lines(content: bytes) -> list[bytes]:
    """Lines with their ``\\n``; only the last one can lack it. A CR belongs to its line."""
    lines = content.split(b"\n")
    last = lines.pop()
    ended = [line + b"\n" for line in lines]
    return [*ended, last] if last else ended
