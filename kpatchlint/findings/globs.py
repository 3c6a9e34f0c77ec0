# SPDX-License-Identifier: GPL-2.0-or-later
"""Path patterns of a configuration, matched in time that a hostile pattern cannot blow up."""

from fnmatch import fnmatchcase


def matches(pattern: str, path: str) -> bool:
    """Whether *path* is what *pattern* names, or lies below it.

    ``*`` and ``?`` stand for characters within one name, ``**`` for any number of folders. ``drivers/net`` names the
    folder and all in it, ``*.h`` only files at the top, ``**/*.h`` all of them.
    """
    wanted = [part for part in pattern.split("/") if part not in ("", ".")]
    if not wanted:
        return False
    states = _skip_stars({0}, wanted)
    for name in path.split("/"):
        states = _skip_stars({after for at in states for after in _after(at, wanted, name)}, wanted)
        if len(wanted) in states:
            return True
    return False


def _after(at: int, wanted: list[str], name: str) -> set[int]:
    """Where in *wanted* one may be after *name*, from position *at*."""
    if wanted[at] == "**":
        return {at + 1} if at + 1 == len(wanted) else {at}
    return {at + 1} if fnmatchcase(name, wanted[at]) else set()


def _skip_stars(states: set[int], wanted: list[str]) -> set[int]:
    """A ``**`` may stand for no folder at all, but at the end there has to be something for it."""
    found = set(states)
    for at in range(len(wanted) - 1):
        if at in found and wanted[at] == "**":
            found.add(at + 1)
    return found
