# SPDX-License-Identifier: GPL-2.0-or-later
"""The answer to a question about the model: chains of links between functions, each with what is believed of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A function, or a name that the tree does not define; then ``path`` is empty and ``line`` 0."""

    name: str
    path: str = ""
    line: int = 0  # of its definition, from 1

    def __str__(self) -> str:
        return f"{self.name}()" + (f" ({self.path}:{self.line})" if self.path else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """In *caller*, at *line* of its file, *callee* is called, or handed on as *why* says.

    ``doubt`` is why it may be another function; ``holds`` what the caller holds there on every way, in words.
    ``is_handed_on``: *callee* is an argument of a call, and runs later or elsewhere; the caller's holds are not its.
    """

    caller: Node
    line: int
    code: str
    callee: Node
    why: str = ""
    doubt: str = ""
    holds: tuple[str, ...] = ()
    is_handed_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One thing that is believed, in a sentence, and the calls that lead there in their order."""

    says: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All that is believed. ``about`` are the functions asked for; ``notes`` say where the model stopped looking."""

    question: str
    about: tuple[Node, ...]
    says: str
    chains: tuple[Chain, ...] = ()
    notes: tuple[str, ...] = ()
