# SPDX-License-Identifier: GPL-2.0-or-later
"""Words for page tables: what calls do to an entry, what a TLB flush is good for, what keeps walkers away."""

from collections.abc import Mapping

import msgspec

from kpatchlint.program.evidence import Evidence


class TableCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What *calls* do, or what their result tells. ``{level}`` in a name stands for each of *levels*.

    *effect* is one of: "clear" and "set" (the entry that the argument *entry* points to), "load" (gives the entry's
    value), "value" (the same value in another type), "leaf", "table", "none", "present" (tests of a value), "child"
    (gives the table below an entry), "page" (gives what is below it, table or not), "wraps" (another address of the
    same memory), "frees" (the memory at *entry*), "kernel" (gives an entry of the kernel's own tables), "of-mm" (gives
    an entry of the tables of the mm at *mm*), "makes" (gives a value for an entry from a frame), "safe" (says whether a
    live entry may change so), "detach" (takes a table of a live mm out of use and gives its entry), "sync" (waits for
    lockless walkers, or makes the freeing wait), "dies" and "dies-if" (do not return; if the argument is true),
    "barrier" (kept as a call, whatever it expands to).
    """

    calls: tuple[str, ...]
    effect: str
    levels: tuple[str, ...] = ()
    entry: int = 0
    mm: int | None = None
    value: int | None = None
    evidence: tuple[Evidence, ...] = ()


class Flush(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """TLB invalidation. ``reaches``: "leaf" (cached translations only) or "table" (what walks have cached, too).

    On *arch* only, if given; an entry for an architecture comes before one for all. *kernel*: only of kernel addresses.
    """

    calls: tuple[str, ...]
    reaches: str
    arch: str = ""
    kernel: bool = False
    says: str = ""
    evidence: tuple[Evidence, ...] = ()


class TableLock(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What keeps the walkers of kernel tables away. *mm*: the argument has to be the kernel's mm.

    ``result``: "always", or "nonzero" for calls that may fail. Assertions that it is held count as taking it.
    """

    id: str
    says: str
    take: tuple[str, ...]
    drop: tuple[str, ...] = ()
    mm: int | None = None
    result: str = "always"
    evidence: tuple[Evidence, ...] = ()


class Roots(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Names that say whose tables: *kernel* objects, *user* members (``vma->vm_mm``), *private* allocations."""

    kernel: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class TableWords:
    """Look-ups for one architecture.

    Args:
        calls, flushes, locks, roots: the parts of the vocabulary.
        arch: e.g. "arm64".
    """

    def __init__(
        self,
        calls: tuple[TableCall, ...],
        flushes: tuple[Flush, ...],
        locks: tuple[TableLock, ...],
        roots: tuple[Roots, ...],
        arch: str,
    ) -> None:
        self.calls: Mapping[str, TableCall] = {
            name.format(level=level): call for call in calls for name in call.calls for level in (call.levels or ("",))
        }
        self.levels: Mapping[str, str] = {
            name.format(level=level): level
            for call in calls
            for name in call.calls
            for level in call.levels
            if "{level}" in name
        }
        general = [f for f in flushes if not f.arch]
        own = [f for f in flushes if f.arch == arch]
        self.flushes: Mapping[str, Flush] = {name: f for f in (*general, *own) for name in f.calls}
        self.takes: Mapping[str, TableLock] = {name: lock for lock in locks for name in lock.take}
        self.drops: Mapping[str, TableLock] = {name: lock for lock in locks for name in lock.drop}
        self.makers = frozenset(name for name, call in self.calls.items() if call.effect == "makes")
        self.kernel_roots = frozenset(n for r in roots for n in r.kernel)
        self.user_members = frozenset(n for r in roots for n in r.user)
        self.private_calls = frozenset(n for r in roots for n in r.private)

    def effect(self, name: str) -> str:
        """What a call of *name* does to page tables, or ""."""
        call = self.calls.get(name)
        return call.effect if call is not None else ""
