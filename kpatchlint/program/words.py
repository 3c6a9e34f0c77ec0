# SPDX-License-Identifier: GPL-2.0-or-later
"""Words for sizes: objects whose size depends on the configuration, the configurations, and what is page sized."""

from collections.abc import Mapping

import msgspec

from kpatchlint.program.evidence import Evidence


class SizedObject(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An array of *type* with *count* elements (a macro's name); *size* is the kernel's name for its bytes.

    *members* are fields of structs that point to one.
    """

    id: str
    says: str
    type: str
    count: str
    size: str
    members: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class Configuration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One way to configure *arch*: numbers of macros that stand for options, and bytes of types."""

    arch: str
    name: str
    values: Mapping[str, int]
    sizes: Mapping[str, int]
    evidence: tuple[Evidence, ...] = ()


class PageStorage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What gives whole pages: *calls*, and linker scripts (with ``{arch}``) that set pages aside for a symbol."""

    calls: tuple[str, ...] = ()
    linker_scripts: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
