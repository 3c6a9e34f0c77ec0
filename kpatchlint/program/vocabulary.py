# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's own words, as data: contexts, locks, what may sleep, what cannot, masks, tables.

The records here are filled from rules/vocabulary/*.toml by ``kpatchlint.rules.vocabulary``; nothing in the program
model knows a name of the kernel otherwise.
"""

import functools

import msgspec

from kpatchlint.program.evidence import Evidence as Evidence
from kpatchlint.program.pagetable.audit_words import AddressRange, WalkGuard, WalkWords
from kpatchlint.program.pagetable.words import Flush, Roots, TableCall, TableLock
from kpatchlint.program.words import Configuration, PageStorage, SizedObject


class Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """*argument* is a constant of the enum in the header *enum*, from *first* up to but without *past*."""

    argument: int
    enum: str
    first: str
    past: str


class Registration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``call(..., function, ...)`` makes the function at *argument* (from 0) run in the context.

    With *field* the argument is an object, and the function is what is stored in that field of it. With *suffix* the
    call is a macro that pastes it to the argument: the function has the longer name.
    """

    call: str
    argument: int
    field: str = ""
    suffix: str = ""


class FieldEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A function stored in ``.field`` of a ``struct`` runs in the context.

    *unless*: words that say in the driver that this operation may sleep there, e.g. "BLK_MQ_F_BLOCKING".
    """

    struct: str
    field: str
    unless: tuple[str, ...] = ()


class EntryContext(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A context that a function is entered in because of how it was handed to the kernel.

    *says* completes "`f()` ..."; *holds* are the kinds of ``Hold`` that are in force on entry. With *given*,
    registrations count only when another argument is one of some constants.
    """

    id: str
    says: str
    holds: tuple[str, ...]
    registrations: tuple[Registration, ...] = ()
    fields: tuple[FieldEntry, ...] = ()
    given: Given | None = None
    fix: str = ""
    evidence: tuple[Evidence, ...] = ()


PROPERTIES = ("atomic", "irqs_off", "in_interrupt", "in_handler", "in_hardirq")


class HoldKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something held: a lock or a state of the CPU. ``atomic``: sleeping is forbidden while it lasts."""

    id: str
    says: str  # completes "... while ": "a spinlock is held"
    atomic: bool = False
    irqs_off: bool = False
    in_interrupt: bool = False  # in_interrupt() says so, as it also does where bottom halves are only off
    in_handler: bool = False  # an interrupt or a softirq is being served: in_task() is false
    in_hardirq: bool = False
    per_lock: bool = False  # two of them differ by the lock; else they nest as a count
    counts: bool = False  # a token rather than a lock: it may be given back by anybody, or never
    evidence: tuple[Evidence, ...] = ()

    @property
    def properties(self) -> frozenset[str]:
        """Those of PROPERTIES that it has."""
        return frozenset(p for p in PROPERTIES if getattr(self, p))


class LockCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Calls that take or drop. ``tries`` names what a result of zero / non-zero / negative means.

    ``result``: "always" (void), "nonzero" (held when the result is not zero: trylocks), "zero" (held when it is zero:
    mutex_lock_interruptible).
    """

    take: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    kinds: tuple[str, ...]
    argument: int | None = None
    lock: str = ""  # for calls that name no lock because there is only one
    mode: str = ""  # "read" or "write" where a lock has both
    result: str = "always"
    sleeps: bool = False
    evidence: tuple[Evidence, ...] = ()


class Sleeper(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Calls that sleep: always, or if the mask (or condition) in an argument says so.

    ``when``: "always", "mask" (the argument is a gfp mask that allows direct reclaim), "true" (it is not zero).
    Their bodies are not entered: what the caller sees is all there is. ``states``: an annotation, which says so of the
    function that it stands in and does nothing itself.
    """

    calls: tuple[str, ...]
    when: str = "always"
    argument: int = 0
    says: str = "may sleep"
    states: bool = False
    evidence: tuple[Evidence, ...] = ()


class Trusted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Calls that are taken not to sleep, with the reason; a name ending in ``*`` is a prefix."""

    calls: tuple[str, ...]
    reason: str
    evidence: tuple[Evidence, ...] = ()


class Predicate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A call whose answer follows from the context: true (or, negated, false) when any hold has the property."""

    calls: tuple[str, ...]
    property: str  # one of PROPERTIES
    negated: bool = False
    evidence: tuple[Evidence, ...] = ()


class Gfp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How gfp masks are spelled: the prefix of single bits, the bits that allow sleeping, the mask's type."""

    bit_prefix: str
    sleep_bit: str
    type: str
    evidence: tuple[Evidence, ...] = ()


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. Look-ups by name are cached properties."""

    contexts: tuple[EntryContext, ...]
    holds: tuple[HoldKind, ...]
    locks: tuple[LockCall, ...]
    sleepers: tuple[Sleeper, ...]
    trusted: tuple[Trusted, ...]
    predicates: tuple[Predicate, ...]
    gfp: Gfp
    boot_entries: tuple[str, ...] = ()  # functions that run before the scheduler does, where nothing checks for sleep
    transparent: tuple[str, ...] = ()  # calls that give back their first argument: likely(), READ_ONCE()
    objects: tuple[SizedObject, ...] = ()
    configurations: tuple[Configuration, ...] = ()
    storage: tuple[PageStorage, ...] = ()
    table_calls: tuple[TableCall, ...] = ()
    flushes: tuple[Flush, ...] = ()
    table_locks: tuple[TableLock, ...] = ()
    table_roots: tuple[Roots, ...] = ()
    address_ranges: tuple[AddressRange, ...] = ()
    walk_guards: tuple[WalkGuard, ...] = ()
    walk_words: tuple[WalkWords, ...] = ()


class Lexicon:
    """A vocabulary with its look-up tables built once."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.gfp = vocabulary.gfp
        self.transparent = frozenset(vocabulary.transparent)
        self.boot_entries = frozenset(vocabulary.boot_entries)
        self.contexts = {c.id: c for c in vocabulary.contexts}
        self.holds = {h.id: h for h in vocabulary.holds}
        self.takes = {name: lock for lock in vocabulary.locks for name in lock.take}
        self.drops = {name: lock for lock in vocabulary.locks for name in lock.drop}
        self.sleepers = {name: s for s in vocabulary.sleepers for name in s.calls}
        self.allocators = frozenset(n for n, s in self.sleepers.items() if s.when == "mask" and not s.states)
        self.predicates = {name: p for p in vocabulary.predicates for name in p.calls}
        self.registrations: dict[tuple[str, int], tuple[tuple[EntryContext, Registration], ...]] = {}
        for context in vocabulary.contexts:
            for how in context.registrations:
                key = (how.call, how.argument)
                self.registrations[key] = (*self.registrations.get(key, ()), (context, how))
        self.registering_calls = frozenset(call for call, _ in self.registrations)
        self.suffixes = frozenset(r.suffix for c in vocabulary.contexts for r in c.registrations)
        objects = [r for c in vocabulary.contexts for r in c.registrations if r.field]
        self.object_fields = frozenset(r.field for r in objects)
        self.object_calls = frozenset(r.call for r in objects)
        self.field_entries = {(f.struct, f.field): (c, f) for c in vocabulary.contexts for f in c.fields}
        self.entry_fields = frozenset(field for _, field in self.field_entries)
        self.table_calls = vocabulary.table_calls
        self.last_calls = frozenset(n for c in vocabulary.table_calls if c.effect == "dies" for n in c.calls)
        self.flushes = vocabulary.flushes
        self.table_locks = vocabulary.table_locks
        self.table_roots = vocabulary.table_roots
        self.address_ranges = vocabulary.address_ranges
        self.walk_guards = vocabulary.walk_guards
        self.walk_words = vocabulary.walk_words
        self.table_names = frozenset(
            n.format(level=level) for c in vocabulary.table_calls for n in c.calls for level in (c.levels or ("",))
        ) | frozenset(n for f in vocabulary.flushes for n in f.calls)
        self.objects = {o.id: o for o in vocabulary.objects}
        self.configurations = vocabulary.configurations
        self.page_storage = frozenset(call for s in vocabulary.storage for call in s.calls)
        self.linker_scripts = tuple(path for s in vocabulary.storage for path in s.linker_scripts)
        names = [name for t in vocabulary.trusted for name in t.calls]
        self._trusted = frozenset(n for n in names if not n.endswith("*"))
        self._trusted_prefixes = tuple(n[:-1] for n in names if n.endswith("*"))
        self._is_trusted = functools.cache(self._look_up_trusted)

    def _look_up_trusted(self, name: str) -> bool:
        return name in self._trusted or name.startswith(self._trusted_prefixes)

    def is_trusted(self, name: str) -> bool:
        """Whether a call of *name* is taken never to sleep."""
        return self._is_trusted(name)
