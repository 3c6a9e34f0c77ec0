# SPDX-License-Identifier: GPL-2.0-or-later
"""Claims about the kernel, looked up in a tree."""

from collections.abc import Iterable, Iterator

import msgspec

from kpatchlint.facts.index import Reader
from kpatchlint.facts.spans import find_functions
from kpatchlint.program.vocabulary import Evidence
from kpatchlint.selftest.records import MissingEvidence


def evidence_in(value: object) -> Iterator[Evidence]:
    """Every piece of evidence anywhere inside a record."""
    if isinstance(value, Evidence):
        yield value
    elif isinstance(value, msgspec.Struct):
        for field in msgspec.structs.fields(value):
            yield from evidence_in(getattr(value, field.name))
    elif isinstance(value, tuple):
        for each in value:
            yield from evidence_in(each)


def find_missing(claims: Iterable[Evidence], tree: Reader) -> tuple[MissingEvidence, ...]:
    """The claims that *tree* does not show, each once, with what is missing."""
    looked_up = ((evidence, why_missing(evidence, tree)) for evidence in dict.fromkeys(claims))
    return tuple(MissingEvidence(evidence, why) for evidence, why in looked_up if why)


def why_missing(evidence: Evidence, tree: Reader) -> str:
    """What of a claim is not in the tree: the file, the function or the text; "" when it is all there."""
    source = tree.read(evidence.path)
    if source is None:
        return "no such file"
    if evidence.symbol is not None:
        spans = find_functions(source, evidence.symbol)
        if not spans:
            return f"no function {evidence.symbol}() there"
        source = b"\n".join(source[span.start : span.end] for span in spans)
    return "" if evidence.contains.encode() in source else "the text is not there"
