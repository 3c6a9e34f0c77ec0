# SPDX-License-Identifier: GPL-2.0-or-later
"""Evidence and words, looked up in a tree; and what plants say of a rule together."""

import pytest

from kpatchlint.program.open import Workshop
from kpatchlint.program.vocabulary import Evidence
from kpatchlint.rules.load import find_rule, own_rules
from kpatchlint.rules.vocabulary import own_vocabulary
from kpatchlint.selftest.evidence import find_missing, why_missing
from kpatchlint.selftest.records import Health, Kind, Outcome, Plant, RuleReport
from kpatchlint.selftest.words import find_missing_words, rule_words
from tests.selftest.sample import small_tree

CODE = "int one(void)\n{\n\treturn 1;\n}\nint two(void)\n{\n\treturn 2;\n}\n"


@pytest.mark.parametrize(
    ("path", "symbol", "contains", "why"),
    [
        pytest.param("mm/x.c", None, "return 2;", "", id="in the file"),
        pytest.param("mm/x.c", "two", "return 2;", "", id="in the function"),
        pytest.param("mm/x.c", "one", "return 2;", "the text is not there", id="in another function"),
        pytest.param("mm/x.c", "three", "return 3;", "no function three() there", id="the function is gone"),
        pytest.param("mm/y.c", None, "return 2;", "no such file", id="the file is gone"),
    ],
)
def test_evidence(path: str, symbol: str | None, contains: str, why: str) -> None:
    claim = Evidence(path=path, symbol=symbol, contains=contains)
    tree = small_tree({"mm/x.c": CODE})
    assert why_missing(claim, tree) == why
    assert [missing.why for missing in find_missing([claim, claim], tree)] == ([why] if why else [])


@pytest.mark.parametrize("is_renamed", [False, True], ids=["as it is", "renamed"])
def test_part_of_the_vocabulary_without_a_name_in_the_tree_is_named(is_renamed: bool) -> None:
    tree = small_tree(renamed=("stop_machine", "stop_all") if is_renamed else ("", ""))
    missing = find_missing_words(own_vocabulary(), Workshop(own_vocabulary(), "arm64").program(tree))
    assert ("contexts stop-machine" in [each.part for each in missing]) is is_renamed
    assert all(each.words for each in missing)


def test_names_of_a_rule_are_its_functions_and_not_its_choices() -> None:
    words = rule_words(find_rule("ttbr1-replaced-at-run-time", own_rules()))
    assert {"cpu_replace_ttbr1", "system_capabilities_finalized"} <= words
    assert rule_words(find_rule("lock-kept-on-one-way-out", own_rules())) == frozenset()


BUG, NEAR, REAL = Kind.BUG, Kind.NEAR_MISS, Kind.REAL_CODE


@pytest.mark.parametrize(
    ("plants", "health"),
    [
        pytest.param([(BUG, Outcome.FOUND), (NEAR, Outcome.SILENT), (REAL, Outcome.FOUND)], Health.FOUND, id="all"),
        pytest.param([(BUG, Outcome.FOUND), (BUG, Outcome.MISSED)], Health.MISSES, id="one of two"),
        pytest.param([(BUG, Outcome.FOUND), (REAL, Outcome.MISSED)], Health.MISSES, id="not in real code"),
        pytest.param([(BUG, Outcome.MISSED), (REAL, Outcome.FOUND)], Health.DEAD, id="none"),
        pytest.param([(BUG, Outcome.UNFIT)], Health.DEAD, id="its names are gone"),
        pytest.param([(BUG, Outcome.FOUND), (BUG, Outcome.UNFIT)], Health.IN_PART, id="some of its names are gone"),
        pytest.param([(BUG, Outcome.FOUND), (NEAR, Outcome.UNFIT)], Health.FOUND, id="a near miss of another version"),
        pytest.param([(BUG, Outcome.FOUND), (NEAR, Outcome.FALSE)], Health.FALSE, id="a near miss is reported"),
        pytest.param([(BUG, Outcome.FOREIGN), (NEAR, Outcome.FOREIGN)], Health.FOREIGN, id="another architecture"),
        pytest.param([(BUG, Outcome.FOREIGN), (BUG, Outcome.MISSED)], Health.DEAD, id="missed where it could be tried"),
        pytest.param([(NEAR, Outcome.SILENT), (REAL, Outcome.FOUND)], Health.FOUND, id="in real code only"),
        pytest.param([(NEAR, Outcome.SILENT), (REAL, Outcome.MISSED)], Health.DEAD, id="not even in real code"),
        pytest.param([], Health.DEAD, id="nothing to plant"),
    ],
)
def test_health_of_a_rule(plants: list[tuple[Kind, Outcome]], health: Health) -> None:
    made = tuple(Plant(title="x", kind=kind, outcome=outcome) for kind, outcome in plants)
    assert RuleReport(own_rules()[0], made).health is health
