# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a word stands, against a pattern that says the same."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.facts.places import has_word, places_of


@pytest.mark.parametrize(
    ("source", "places"),
    [
        pytest.param(b"get(get);", [0, 4], id="calls and arguments count"),
        pytest.param(b"get_user(budget, get2)", [], id="a part of a longer word does not"),
        pytest.param(b"a->get = get", [3, 9], id="a field and a value do"),
        pytest.param(b"get", [0], id="the whole text"),
        pytest.param(b"", [], id="an empty text"),
    ],
)
def test_a_word_stands_where_no_letter_touches_it(source: bytes, places: list[int]) -> None:
    assert list(places_of(source, b"get")) == places
    assert has_word(source, b"get") is bool(places)


def test_an_empty_word_stands_nowhere() -> None:
    assert list(places_of(b"a b", b"")) == []


@given(st.text(alphabet="ab_ (.>", max_size=60), st.text(alphabet="ab_", min_size=1, max_size=3))
def test_places_are_those_of_a_pattern(text: str, word: str) -> None:
    expected = [m.start() for m in re.finditer(rf"(?<!\w){word}(?!\w)", text)]
    assert list(places_of(text.encode(), word.encode())) == expected
