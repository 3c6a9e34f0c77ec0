# SPDX-License-Identifier: GPL-2.0-or-later
"""Words for the reader audit: parts of the kernel's address space, and what keeps walkers of each of them away."""

import msgspec

from kpatchlint.program.evidence import Evidence


class AddressRange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the kernel's address space, and what tells that an address lies in it.

    *bounds* are constants of it. *calls* give the address of memory that whoever calls them has; *numbers* make one of
    any frame, which nobody need have. *members* ("vm_struct.addr") hold the address of a mapping that exists; pointers
    to a struct of *types* lie in it themselves, and *objects* are pointers to what stays. *tests* are true for its
    addresses; *lookups* find the mapping that an address belongs to. *contract*: whoever passes an address to code that
    asserts a test has that mapping.
    """

    id: str
    says: str
    bounds: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    lookups: tuple[str, ...] = ()
    contract: bool = False
    evidence: tuple[Evidence, ...] = ()


class WalkGuard(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What keeps walkers of some *ranges* and code that takes tables out of them apart.

    *exclusive* and *shared* are the calls that take it; those in *tries* have taken it when they are not zero.
    *cleared*: how tables are taken out under it ("exclusive" or "shared"), so which readers it keeps away. *mm*: the
    argument that has to be the kernel's mm. *handed*: callbacks given to these calls run under it. *partly* says what
    it leaves open.
    """

    id: str
    says: str
    ranges: tuple[str, ...]
    exclusive: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    tries: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    handed: tuple[str, ...] = ()
    cleared: str = "exclusive"
    mm: int | None = None
    partly: str = ""
    evidence: tuple[Evidence, ...] = ()


class WalkWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Names that a walk is read by.

    *same*: calls whose result lies where their first argument does. *ends*: calls that the kernel does not come back
    from. *initcalls*: macros that have a function called at boot. *asserts*: calls that stop or complain when their
    argument is true. *writes* change an entry, beside what the words for tables say; *repairs* do so
    when it is found broken, which says nothing of the walk. *indexes* turn an address into the
    number of an entry: ``pgd + pgd_index(addr)``. *sizes* are how many entries a table has.
    *roots* give an entry of the table that is their first argument, for the address that is their second.
    """

    same: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    initcalls: tuple[str, ...] = ()
    asserts: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
