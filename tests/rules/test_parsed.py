# SPDX-License-Identifier: GPL-2.0-or-later
"""What is kept of parsed rule files is what parsing gives, and damage to it costs time only."""

from pathlib import Path

import pytest

from kpatchlint.program.vocabulary import Vocabulary
from kpatchlint.rules.folder import RuleFolder, read_rule_folder
from kpatchlint.rules.load import parse_rules
from kpatchlint.rules.parsed import read_or_parse
from kpatchlint.rules.records import Rule
from kpatchlint.rules.vocabulary import parse_vocabulary


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "kpatchlint" / "rules"


def refuse(source: RuleFolder) -> tuple[Rule, ...]:
    raise AssertionError("parsed although it was kept")


def test_kept_rules_are_the_parsed_ones(cache: Path) -> None:
    folder = read_rule_folder()
    parsed = parse_rules(folder)
    assert read_or_parse("rules", tuple[Rule, ...], folder, parse_rules) == parsed
    assert read_or_parse("rules", tuple[Rule, ...], folder, refuse) == parsed


def test_kept_vocabulary_is_the_parsed_one(cache: Path) -> None:
    folder = read_rule_folder()
    first = read_or_parse("vocabulary", Vocabulary, folder, parse_vocabulary)
    assert read_or_parse("vocabulary", Vocabulary, folder, parse_vocabulary) == first == parse_vocabulary(folder)


@pytest.mark.parametrize("damage", [b"", b"\xc1", b"\x93\x01\x02\x03"], ids=["empty", "no msgpack", "something else"])
def test_damage_is_mended(cache: Path, damage: bytes) -> None:
    folder = read_rule_folder()
    read_or_parse("rules", tuple[Rule, ...], folder, parse_rules)
    (kept,) = cache.iterdir()
    kept.write_bytes(damage)
    assert read_or_parse("rules", tuple[Rule, ...], folder, parse_rules) == parse_rules(folder)
    assert kept.read_bytes() != damage


def test_other_rule_files_are_parsed(cache: Path) -> None:
    folder = read_rule_folder()
    read_or_parse("rules", tuple[Rule, ...], folder, parse_rules)
    other = RuleFolder({}, "0" * 16)
    assert read_or_parse("rules", tuple[Rule, ...], other, parse_rules) == ()


def test_a_cache_that_cannot_be_written_is_no_reason_to_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kpatchlint").write_text("a file where a folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = read_rule_folder()
    assert read_or_parse("rules", tuple[Rule, ...], folder, parse_rules) == parse_rules(folder)
