# SPDX-License-Identifier: GPL-2.0-or-later
"""A segment gives back the files that have a word, and refuses bytes that are no whole segment."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.facts.segment import KINDS, SegmentBuilder, open_segment, segment_of, write_whole

WORDS = st.sets(st.binary(min_size=1, max_size=4), max_size=8)


def sample() -> bytes:
    builder = SegmentBuilder()
    builder.add(("mm/a.c", "k1"), {b"alpha"}, set(), {b"alpha", b"beta"})
    builder.add(("mm/b.c", "k2"), set(), {b"delta"}, {b"beta"})
    return builder.build()


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=20))
def test_no_file_is_missing_from_an_answer(files: list[tuple[set[bytes], ...]]) -> None:
    builder = SegmentBuilder()
    for number, words in enumerate(files):
        builder.add((f"{number}.c", str(number)), *words)
    segment = segment_of(builder.build())
    assert segment.entries() == [(f"{number}.c", str(number)) for number in range(len(files))]
    for number, words in enumerate(files):
        for kind, found in zip(KINDS, words, strict=True):
            assert all(number in segment.find(kind, word) for word in found)


def test_words_are_told_apart() -> None:
    segment = segment_of(sample())
    assert list(segment.find("mentions", b"beta")) == [0, 1]
    assert list(segment.find("shares", b"alpha")) == [0]
    assert list(segment.find("shares", b"delta")) == []
    assert list(segment.find("keeps", b"delta")) == [1]
    assert list(segment.find("mentions", b"gamma")) == []


def test_last_file_that_fits_is_found() -> None:
    builder = SegmentBuilder()
    for number in range(65_536):
        builder.add(("x", ""), (), (), {b"last"} if number == 65_535 else ())
    assert list(segment_of(builder.build()).find("mentions", b"last")) == [65_535]


def test_paths_need_not_be_text() -> None:
    builder = SegmentBuilder()
    builder.add(("mm/\udcff\n.c", "k"), {b"word"}, (), ())
    segment = segment_of(builder.build())
    assert segment.entries() == [("mm/\udcff\n.c", "k")]
    assert (segment.path(0), segment.key(0)) == ("mm/\udcff\n.c", "k")


def test_each_path_and_key_is_read_alone() -> None:
    segment = segment_of(sample())
    assert [(segment.path(n), segment.key(n)) for n in range(segment.count)] == [("mm/a.c", "k1"), ("mm/b.c", "k2")]


@pytest.mark.parametrize("length", [0, 7, 20, 39, 40, 55, 56, 60, len(sample()) - 1])
def test_a_cut_off_segment_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=r"segment|header"):
        segment_of(sample()[:length])


def test_bytes_of_another_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="segment"):
        segment_of(b"something else" * 10_000)


@given(st.binary(min_size=8, max_size=8), st.integers(0, 60))
def test_damage_inside_gives_wrong_answers_at_most(junk: bytes, at: int) -> None:
    data = bytearray(sample())
    place = at * (len(data) - 64) // 60 + 56  # anywhere behind the header
    data[place : place + 8] = junk
    numbers = segment_of(bytes(data)).find("mentions", b"beta")
    assert all(0 <= number < 65_536 for number in numbers)


@pytest.mark.parametrize("byte", [0x00, 0x01, 0x7F, 0xFF])
def test_a_damaged_table_is_no_reason_to_read_without_end(byte: int) -> None:
    data = bytearray(sample())
    data[56 : 56 + 3 * 4 * 4097] = bytes([byte]) * (3 * 4 * 4097)
    assert list(segment_of(bytes(data)).find("mentions", b"beta")) == []


def test_a_segment_in_a_file_answers_as_the_one_in_memory(tmp_path: Path) -> None:
    write_whole(tmp_path / "segment", sample())
    assert list(open_segment(tmp_path / "segment").find("mentions", b"beta")) == [0, 1]
    assert [path.name for path in tmp_path.iterdir()] == ["segment"]


def test_nothing_half_written_is_left_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_whole(tmp_path / "taken", b"data")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
