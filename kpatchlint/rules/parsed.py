# SPDX-License-Identifier: GPL-2.0-or-later
"""What our own rule files say is kept in the user's cache as it was parsed: reading it again is ten times as fast.

A fifth of the start of a check would go into parsing TOML and markdown. What is kept is named by the rule files and by
the code that reads them; whatever is wrong with it is made again.
"""

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import msgspec

from kpatchlint.facts.segment import write_whole
from kpatchlint.facts.store import cache_folder
from kpatchlint.rules.folder import RuleFolder

T = TypeVar("T")

_PACKAGE = Path(__file__).resolve().parents[1]
_READERS = ("rules", "program", "program/pagetable")  # folders of the code that gives the records their shape
_KEPT = 4  # files of each kind: whoever works on rules makes a new one at every change


def read_or_parse(kind: str, shape: type[T], source: RuleFolder, parse: Callable[[RuleFolder], T]) -> T:
    """What *parse* makes of *source*, as a *shape*, from the cache when it is there. Raises what *parse* raises."""
    folder = cache_folder() / "rules"
    path = folder / f"{kind}-{source.digest}-{_code_digest()}"
    with contextlib.suppress(OSError, msgspec.MsgspecError, ValueError):
        return msgspec.msgpack.decode(path.read_bytes(), type=shape)
    made = parse(source)
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, msgspec.msgpack.encode(made, enc_hook=_plain))
        kept = sorted(folder.glob(f"{kind}-*"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
        for old in kept[_KEPT:]:
            old.unlink(missing_ok=True)
    return made


def _plain(value: object) -> object:
    if isinstance(value, MappingProxyType):
        return dict(value)
    raise NotImplementedError(type(value))


def _code_digest() -> str:
    """Names the code as it is, by the sizes and times of its files: a checkout changes without a new version."""
    digest = hashlib.blake2b(digest_size=6)
    for name in _READERS:
        with os.scandir(_PACKAGE / name) as entries:
            for entry in sorted((e for e in entries if e.name.endswith(".py")), key=lambda e: e.name):
                status = entry.stat()
                digest.update(f"{entry.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
