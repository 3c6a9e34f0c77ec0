# SPDX-License-Identifier: GPL-2.0-or-later
"""File names in diff headers: quoting, prefixes, time stamps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.patch.names import NamePair, parse_marker_name, split_git_names, strip_prefixes, unquote_name
from tests.patch.render import quote_name

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)


@given(NAMES)
def test_quoting_and_unquoting_are_inverse(name: str) -> None:
    assert unquote_name(quote_name(name)) == name


@given(NAMES.map(lambda name: name.strip() or "x"))
def test_two_equal_names_are_told_apart_whatever_is_in_them(name: str) -> None:
    raw = quote_name("a/" + name) + b" " + quote_name("b/" + name)
    found = split_git_names(raw)
    assert found is None or strip_prefixes(*found) == NamePair(name, name)


@pytest.mark.parametrize(
    ("old", "new", "pair"),
    [
        pytest.param("a/mm/x.c", "b/mm/x.c", NamePair("mm/x.c", "mm/x.c"), id="git's own"),
        pytest.param("i/mm/x.c", "w/mm/x.c", NamePair("mm/x.c", "mm/x.c"), id="mnemonic prefixes"),
        pytest.param("mm/x.c", "mm/x.c", NamePair("mm/x.c", "mm/x.c"), id="no prefix"),
        pytest.param("linux.orig/mm/x.c", "linux/mm/x.c", NamePair("mm/x.c", "mm/x.c"), id="two trees"),
        pytest.param("linux-6.1/mm/x.c", "linux-6.1/mm/x.c", NamePair("mm/x.c", "mm/x.c"), id="one tree's folder"),
        pytest.param("mm/x.c.orig", "mm/x.c", NamePair("mm/x.c", "mm/x.c"), id="a saved copy beside it"),
        pytest.param("/dev/null", "b/mm/x.c", NamePair(None, "mm/x.c"), id="a new file"),
        pytest.param("mm/x.c", "/dev/null", NamePair("mm/x.c", None), id="a deleted file without prefix"),
        pytest.param("a/mm/x.c", "b/mm/y.c", NamePair("mm/x.c", "mm/y.c"), id="a rename"),
        pytest.param("a/Makefile", "b/Makefile", NamePair("Makefile", "Makefile"), id="at the top"),
        pytest.param("Makefile", "Makefile", NamePair("Makefile", "Makefile"), id="at the top without prefix"),
        pytest.param(
            "a/../x", "b/../x", NamePair("../x", "../x"), id="a path that leaves is kept for the tree to refuse"
        ),
    ],
)
def test_strip_prefixes(old: str, new: str, pair: NamePair) -> None:
    assert strip_prefixes(old, new) == pair


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        pytest.param(b"a/mm/x.c", "a/mm/x.c", id="bare"),
        pytest.param(b"a/mm/x.c\t2017-04-11 11:59:19.000000000 +0100", "a/mm/x.c", id="time stamp after a tab"),
        pytest.param(b"a/mm/x.c 2017-04-11 11:59:19", "a/mm/x.c", id="time stamp whose tab was folded"),
        pytest.param(b"mm/x.c\t(revision 41)", "mm/x.c", id="svn's revision"),
        pytest.param(b"mm/x.c (working copy)", "mm/x.c", id="svn's revision, tab folded"),
        pytest.param(b"a/mm/with blank.c\t", "a/mm/with blank.c", id="git marks a name with a blank by a tab"),
        pytest.param(b'"a/mm/\\303\\251.c"', "a/mm/\u00e9.c", id="quoted"),
        pytest.param(b"a/mm/x.c\r", "a/mm/x.c", id="CR at the end"),
    ],
)
def test_parse_marker_name(raw: bytes, name: str) -> None:
    assert parse_marker_name(raw) == name
