# SPDX-License-Identifier: GPL-2.0-or-later
"""One version of a tree as a program: the questions that rules ask, answered lazily."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

from kpatchlint.facts.index import Index, Reader
from kpatchlint.program.callers import Callers
from kpatchlint.program.locks import Locks
from kpatchlint.program.options import Options
from kpatchlint.program.resolve import Resolver
from kpatchlint.program.sections import Sections
from kpatchlint.program.sleeps import Sleeps
from kpatchlint.program.sources import Sources
from kpatchlint.program.vocabulary import Lexicon, Vocabulary
from kpatchlint.program.walker import Walker
from kpatchlint.program.witness import Witness

if TYPE_CHECKING:
    from kpatchlint.program.pagetable.engine import PageTables

T = TypeVar("T")


class Program:
    """Wires the parts of the model over one base, one index and the files that a patch changes.

    Args:
        reader: gives the base's files.
        index: of the base.
        changed: path -> content after the patch; None: deleted.
        vocabulary: the kernel's words.
        arch: whose ``arch/`` folder counts, e.g. "arm64".
    """

    def __init__(
        self, reader: Reader, index: Index, changed: Mapping[str, bytes | None], vocabulary: Vocabulary, arch: str
    ) -> None:
        self.lexicon = Lexicon(vocabulary)
        self.sources = Sources(reader, index, changed, arch)
        self.options = Options(self.sources)
        self.resolver = Resolver(self.sources)
        self.walker = Walker(self.resolver, self.lexicon)
        self.locks = Locks(self.walker, self.lexicon)
        self.sleeps = Sleeps(self.walker, self.lexicon, self.locks)
        self.callers = Callers(self.walker, self.lexicon)
        self.witness = Witness(self.sleeps, self.callers, self.locks)
        self.sections = Sections(self.walker, self.callers)
        self._answers: dict[tuple[str, int], tuple[object, object]] = {}

    @property
    def is_exhausted(self) -> bool:
        """Whether a bound on all questions together is reached, so that what rules found is not all there is."""
        return self.walker.is_exhausted or self.sleeps.is_exhausted

    @cached_property
    def page_tables(self) -> "PageTables":
        """What functions do to page tables; loaded when the first rule asks."""
        from kpatchlint.program.pagetable.engine import PageTables

        return PageTables(self)

    def once(self, question: str, about: object, answer: Callable[[], T]) -> T:
        """What *answer* gives, computed once for each *question* about one object: rules ask for the same things."""
        key = (question, id(about))
        if key not in self._answers:
            self._answers[key] = (about, answer())  # holding *about* keeps its id from being used again
        return cast(T, self._answers[key][1])
