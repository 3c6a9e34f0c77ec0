# SPDX-License-Identifier: GPL-2.0-or-later
"""The scanner beside a full parse of real code: what it loses, and what it cannot read, is bounded."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_c

from kpatchlint.facts.parse import parse_function
from kpatchlint.facts.prepass import prepare
from kpatchlint.facts.spans import FunctionSpan, all_functions
from kpatchlint.facts.words import defined_words

FOLDERS = ("mm", "kernel/sched", "arch/arm64/mm", "arch/arm64/kernel")
LOST_SHARE = 0.0005
GAP_SHARE = 0.004


class Corpus:
    """Files of the folders with the scanner's spans."""

    def __init__(self, top: Path) -> None:
        paths = [path for folder in FOLDERS for path in sorted((top / folder).rglob("*.[ch]"))]
        self.files = [(path.relative_to(top).as_posix(), path.read_bytes()) for path in paths]
        self.spans = {path: list(all_functions(source)) for path, source in self.files}

    @cached_property
    def parsed(self) -> dict[str, Counter[str]]:
        """Names of the definitions that a full parse finds, by path."""
        parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_c.language()))
        return {path: parsed_names(source, parser) for path, source in self.files}

    def functions(self) -> Iterator[tuple[str, bytes, FunctionSpan]]:
        for path, source in self.files:
            for span in self.spans[path]:
                yield path, source, span


@pytest.fixture(scope="module")
def corpus(tree_6_12: Path) -> Corpus:
    found = Corpus(tree_6_12)
    assert len(found.files) > 300
    return found


def parsed_names(source: bytes, parser: tree_sitter.Parser) -> Counter[str]:
    """Names of the definitions that tree-sitter sees in a whole file."""
    names: Counter[str] = Counter()
    waiting = [parser.parse(prepare(source).text).root_node]
    while waiting:
        node = waiting.pop()
        if node.type == "function_definition":
            at = node.child_by_field_name("declarator")
            while at is not None and at.type != "identifier":
                at = at.child_by_field_name("declarator")
            if at is not None:
                word = re.match(rb"\w*", source[at.start_byte :][:100])  # the pre-pass may have shortened it
                names[word.group().decode() if word else ""] += 1
        elif node.type.startswith("preproc") or node.type == "translation_unit":
            waiting.extend(node.children)
    return names


def test_scanner_loses_next_to_nothing_that_a_full_parse_finds(corpus: Corpus) -> None:
    total, lost, more = 0, [], 0
    for path, names in corpus.parsed.items():
        scanned = {span.name for span in corpus.spans[path]}
        total += names.total()
        lost += [f"{path}: {name}" for name in names.keys() - scanned]
        more += len(scanned - names.keys())
    assert total > 8000
    assert len(lost) <= LOST_SHARE * total, "\n".join(lost)
    # What a parse of a whole file loses to one construct that it does not know, the scanner does not.
    assert more > len(lost)


def test_functions_with_gaps_are_few(corpus: Corpus) -> None:
    total, gaps = 0, []
    for path, source, span in corpus.functions():
        total += 1
        if parse_function(source, span).gaps:
            gaps.append(f"{path}: {span.name}")
    assert total > 10_000
    assert len(gaps) <= GAP_SHARE * total, "\n".join(gaps)


def test_index_knows_every_function_of_the_scanner(corpus: Corpus) -> None:
    for path, source in corpus.files:
        missing = {span.name.encode() for span in corpus.spans[path]} - defined_words(source)
        assert not missing, path


def test_spans_are_whole_and_do_not_overlap(corpus: Corpus) -> None:
    past = {path: 0 for path, _ in corpus.files}
    for path, source, span in corpus.functions():
        assert past[path] <= span.start < span.params[0] <= span.params[1] < span.body < span.end, path
        assert source[span.body : span.body + 1] == b"{"
        assert source[span.end - 1 : span.end] == b"}"
        past[path] = span.end
