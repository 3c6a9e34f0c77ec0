# SPDX-License-Identifier: GPL-2.0-or-later
"""Small one-file patches made from a kernel tree, alike in every run: what a speed measurement is fed with."""

import difflib
from pathlib import Path

FOLDERS = ("mm", "arch/arm64/mm", "fs", "net/ipv4", "drivers/net/ethernet/intel/igb", "drivers/hwmon", "kernel/sched")
_RETURN = "\n\treturn"
_ADDED = '\n\tpr_debug("%s\\n", __func__);'


def build_patches(top: Path, into: Path) -> list[Path]:
    """Write one patch for each of ``FOLDERS``: a message before the return in the middle of its median C file."""
    patches = []
    for number, folder in enumerate(FOLDERS, 1):
        sources = sorted((top / folder).glob("*.c"), key=lambda path: (path.stat().st_size, path.name))
        path = sources[len(sources) // 2]
        patch = into / f"{number:04}-{folder.replace('/', '-')}.patch"
        patch.write_text(_mail(path.relative_to(top).as_posix(), path.read_text(encoding="utf-8", errors="replace")))
        patches.append(patch)
    return patches


def _mail(path: str, before: str) -> str:
    at = before.find(_RETURN, len(before) // 2)
    at = at if at >= 0 else before.rfind(_RETURN)
    after = before[:at] + _ADDED + before[at:]
    lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), f"a/{path}", f"b/{path}")
    return "".join(
        (
            "From: A Developer <developer@example.org>\n",
            f"Subject: [PATCH] {path}: say when we get here\n\n",
            "Helps to see how often it happens.\n\nSigned-off-by: A Developer <developer@example.org>\n---\n",
            f"diff --git a/{path} b/{path}\n",
            *lines,
        )
    )
