# SPDX-License-Identifier: GPL-2.0-or-later
"""What the blob ids of a mail's ``index`` lines prove."""

from kpatchlint.patch.records import FilePatch
from kpatchlint.tree.content import compute_blob_id


def has_ids(file: FilePatch) -> bool:
    """Tell whether the mail names blob ids for this file."""
    return bool(file.old_id or file.new_id)


def is_own_base(file: FilePatch, content: bytes) -> bool:
    """Tell whether *content* is proven to be what the patch was made on, so that its line numbers hold."""
    return _names_content(file.old_id, content)


def is_own_outcome(file: FilePatch, content: bytes) -> bool:
    """Tell whether *content* is proven to be what the patch's author had after it."""
    return _names_content(file.new_id, content)


def may_prove_outcome(file: FilePatch) -> bool:
    """Tell whether the mail names the blob that comes out."""
    return _is_named(file.new_id)


def is_proven(file: FilePatch, old_blob: str | None, new_blob: str | None) -> bool:
    """Tell whether the mail's ids are those of both blobs; one that it does not name proves nothing."""
    outcome = file.new_id if new_blob is not None else file.old_id
    return bool(outcome) and _agrees(file.old_id, old_blob) and _agrees(file.new_id, new_blob)


def _agrees(stated: str | None, blob: str | None) -> bool:
    """Tell whether an id is that of *blob*; all zeros stand for no file."""
    if stated is None or not _is_named(stated):
        return blob is None or not stated
    return blob is not None and blob.startswith(stated)


def _is_named(stated: str | None) -> bool:
    return bool(stated and stated.strip("0"))


def _names_content(stated: str | None, content: bytes) -> bool:
    if stated is None or not _is_named(stated):
        return False
    return compute_blob_id(content, len(stated)).startswith(stated)
