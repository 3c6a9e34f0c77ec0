# SPDX-License-Identifier: GPL-2.0-or-later
"""What the reader audit says: rows of walks of the kernel's page tables, each with a verdict for each range asked of.

Plain text and numbers only, so that a renderer needs nothing of the program.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass


class Kind(enum.Enum):
    """What a walk does to the entries it comes to. CLEARS: it takes tables out and frees them."""

    READS = "reads"
    WRITES = "writes"
    CLEARS = "clears"


class Verdict(enum.Enum):
    """What becomes of a walk when somebody takes tables out of a range and frees them.

    UNSERIALISED: nothing keeps the walk away. DYING: nothing does, but the kernel is going down where it runs. The
    others are safe: it never comes to the range, a guard keeps it away, the memory it walks to is its own, it only runs
    at boot, it is what takes the tables out, or the architecture does not have it.
    """

    UNSERIALISED = "unserialised"
    DYING = "dying"
    LOCKED = "locked"
    OWNED = "owned"
    OTHER_RANGE = "other range"
    BOOT = "boot"
    ITSELF = "itself"
    NOT_BUILT = "not built"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of the tree (from 1), the function it is in, its code, and what it contributes."""

    path: str
    line: int
    function: str
    code: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardHeld:
    """A guard that is held, "exclusive" or "shared", and the function that takes it."""

    name: str
    mode: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One way in: how the kernel is entered, the calls from there, outermost first, and what is held on it."""

    said: str
    path: tuple[Place, ...]
    guards: tuple[GuardHeld, ...]
    boot: bool = False
    complete: bool = True  # False: the way goes on further up than was looked


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict and its reason, a clause. *in_vain*: the walk holds what usually helps, and the clear does not."""

    verdict: Verdict
    why: str
    in_vain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One use of a walker: the code that knows root and address, the calls from there down to the first load.

    *held* is everything that is held on the way down, guards and other locks, with the function that takes each.
    *callers* are the functions that call it, by name and at most 200.
    """

    place: Place
    path: tuple[Place, ...]
    address: str
    held: tuple[str, ...]
    entries: tuple[Entry, ...]
    callers: tuple[str, ...]
    judgements: Mapping[str, Judgement]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One walker, as it is used in one part of the address space.

    *ranges* are ids of the vocabulary, empty: the address may be any. *owned*: it is of memory that the user has.
    *judgements* go by range; uses that are judged differently are rows of their own. *changed*: a patch changes code on
    the way.
    """

    place: Place
    kind: Kind
    root: str
    ranges: tuple[str, ...]
    owned: bool
    uses: tuple[Use, ...]
    judgements: Mapping[str, Judgement]
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Every row, in the order of places; *ranges* are those that were asked of, with what they are called."""

    ranges: Mapping[str, str]
    rows: tuple[Row, ...]

    def unserialised(self) -> tuple[Row, ...]:
        """The rows that nothing keeps out of one of the ranges."""
        bad = (Verdict.UNSERIALISED, Verdict.DYING)
        return tuple(row for row in self.rows if any(j.verdict in bad for j in row.judgements.values()))
