# SPDX-License-Identifier: GPL-2.0-or-later
"""Text that a patch may bring on purpose: no pattern here may take time that grows with the square of its length.

Each sample is tried at a length and at four times that; the longer one may take about four times as long, not sixteen.
"""

import time
from collections.abc import Callable

import pytest

from kpatchlint.facts.macros import conditions_at, find_macros
from kpatchlint.facts.parse import parse_function
from kpatchlint.facts.prepass import prepare
from kpatchlint.facts.spans import all_functions, enclosing_function, find_functions
from kpatchlint.facts.words import defined_words, mentioned_words

LENGTH_BYTES = 30_000
GROWTH = 4
LIMIT_S = 0.2  # below this nothing is compared: clocks and caches say more than the code
FACTOR = 10

SAMPLES = {
    "comments that never end": b"a() /*\n",
    "those among parameters": b"a( /*\n",
    "underscores in one word": b"__a",
    "attributes without end": b"__a(b)",
    "attributes that nest": b"__a(",
    "parentheses": b"a(",
    "strings that never end": b'a("',
    "types on lines of their own": b"a\n",
    "headers without bodies": b"int f(void)\n",
    "bodies on one line": b"int f(void) {",
    "bodies that never close": b"int f(void)\n{\n",
    "blocks of macros": b"\tabcdef(a\n",
    "options": b"#if A\n",
    "options with their opposite": b"#if A\n#else\n",
    "continued definitions": b"#define A \\\n",
    "iterators in one word": b"for_each_",
    "iterators by another name": b"foreach",
    "case ranges": b"...",
    "types as arguments": b"f(a, struct ",
    "conditional guards": b"scoped_cond_guard(a,",
    "system calls": b"SYSCALL_DEFINE1(",
    "blanks": b" ",
    "backslashes": b"\\",
}

STEPS: dict[str, Callable[[bytes], object]] = {
    "all_functions": lambda source: list(all_functions(source)),
    "find_functions": lambda source: find_functions(source, "f"),
    "enclosing_function": lambda source: enclosing_function(source, len(source) - 1),
    "prepare": prepare,
    "defined_words": defined_words,
    "mentioned_words": mentioned_words,
    "find_macros": lambda source: find_macros(source, "A"),
    "conditions_at": lambda source: conditions_at(source, len(source)),
    "parse_function": lambda source: [parse_function(source, span) for span in list(all_functions(source))[:3]],
}


def seconds(step: Callable[[bytes], object], source: bytes) -> float:
    """CPU time of one call."""
    start = time.process_time()
    step(source)
    return time.process_time() - start


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("step", STEPS)
def test_time_grows_with_the_length_only(step: str, sample: str) -> None:
    unit = SAMPLES[sample]
    short = unit * (LENGTH_BYTES // len(unit))
    long_s = seconds(STEPS[step], short * GROWTH)
    assert long_s < LIMIT_S or long_s < FACTOR * seconds(STEPS[step], short)
