# SPDX-License-Identifier: GPL-2.0-or-later
"""The folder rules/ of this installation becomes its files and a digest that names them."""

import functools
import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from kpatchlint.rules.errors import RuleError
from kpatchlint.text.errors import UsageError

_TOML_PLACE = re.compile(r" \(at line (\d+), column \d+\)$")


@dataclass(frozen=True, slots=True)
class RuleFolder:
    """The files of rules/ by their path below it, and the digest that names them all (16 hex digits)."""

    files: Mapping[str, bytes]
    digest: str


def find_rules_folder() -> Path:
    """Inside an installed wheel, or beside the package in a checkout; never in an analysed tree."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_rules", package.parent / "rules"):
        if folder.is_dir():
            return folder
    raise UsageError("the rule files are missing; reinstall kpatchlint")


def read_rule_folder(folder: Path | None = None) -> RuleFolder:
    """Read every rule and vocabulary file below *folder* (default: our own)."""
    top = folder or find_rules_folder()
    paths = sorted(path for suffix in ("md", "toml") for path in top.rglob(f"*.{suffix}"))
    files = {path.relative_to(top).as_posix(): path.read_bytes() for path in paths}
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return RuleFolder(MappingProxyType(files), digest.hexdigest()[:16])


@functools.cache
def own_rule_folder() -> RuleFolder:
    """The files that this installation ships, read once a process."""
    return read_rule_folder()


def parse_toml(text: str, path: str) -> dict[str, object]:
    """Raises RuleError at the line that is no TOML. *path* is the file's below rules/."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        raise RuleError(path, int(place.group(1)) if place else 1, _TOML_PLACE.sub("", str(error))) from None
