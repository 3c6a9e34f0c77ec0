# SPDX-License-Identifier: GPL-2.0-or-later
"""A rule's examples, planted in a tree: found where the rule is alive, and named where it is not."""

from dataclasses import replace

import pytest

from kpatchlint.rules.load import find_rule, own_rules, parse_rule
from kpatchlint.selftest.example import fit_example, plant_example
from kpatchlint.selftest.records import Health, Kind, Outcome, Plant
from tests.rules.sample import PATH, RULE
from tests.selftest.sample import bed_of, report_on, small_tree

STOP = "gfp-sleep-in-stop-machine"
MEMBLOCK = (
    "int memblock_add_node(phys_addr_t base, phys_addr_t size, int nid, int flags)\n{\n\treturn size ? 0 : -12;\n}\n"
)


def examples_of(plants: tuple[Plant, ...], kind: Kind) -> list[Outcome]:
    return [plant.outcome for plant in plants if plant.kind is kind]


def test_faults_are_found_and_near_misses_left_alone() -> None:
    plants = report_on(STOP, small_tree()).plants
    assert examples_of(plants, Kind.BUG) == [Outcome.FOUND] * 2
    assert examples_of(plants, Kind.NEAR_MISS) == [Outcome.SILENT] * 3


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        pytest.param(STOP, "stop_machine", "stop_all", id="the call that registers a callback"),
        pytest.param("sleep-in-stop-machine", "mutex_lock", "mutex_take", id="the call that takes a lock"),
    ],
)
def test_rule_whose_api_was_renamed_is_dead(rule: str, old: str, new: str) -> None:
    before, after = report_on(rule, small_tree()), report_on(rule, small_tree(renamed=(old, new)))
    assert Outcome.FOUND in examples_of(before.plants, Kind.BUG)
    assert (after.health, after.is_trusted) == (Health.DEAD, False)
    assert f"this kernel has no {old}()" in [plant.why for plant in after.plants if plant.kind is Kind.BUG]


def test_rule_that_cannot_read_the_masks_any_more_is_dead() -> None:
    """Every function is there, and the bit that allows sleeping goes by another name."""
    report = report_on(STOP, small_tree(renamed=("___GFP_DIRECT_RECLAIM", "___GFP_RECLAIM_NOW")))
    assert examples_of(report.plants, Kind.BUG) == [Outcome.MISSED] * 2
    assert report.health is Health.DEAD


def test_stand_in_of_an_example_does_not_keep_its_rule_alive() -> None:
    without, with_it = (
        report_on("hotplug-result-dropped", small_tree(more)) for more in ({}, {"mm/memblock.c": MEMBLOCK})
    )
    assert (without.health, with_it.health) == (Health.DEAD, Health.FOUND)


def test_stand_in_that_this_kernel_does_not_bear_out_is_no_fault_missed() -> None:
    """An example says that the kernel's function warns; evidence shows that; in this tree it does not."""
    rule = find_rule("ttbr1-replaced-at-run-time", own_rules())
    header = "static inline void cpu_replace_ttbr1(pgd_t *pgdp)\n{\n\tswitch_to(pgdp);\n}\n"
    tree = small_tree({"arch/arm64/include/asm/mmu_context.h": header})
    (example,) = (each for each in rule.examples if each.title == "The kernel says itself that it is too late")
    (plant,) = plant_example(rule, example, bed_of(tree))
    assert plant.outcome is Outcome.UNFIT
    assert plant.why.startswith("this kernel's cpu_replace_ttbr1() is another")
    (plant,) = plant_example(replace(rule, evidence=()), example, bed_of(tree))
    assert plant.outcome is Outcome.MISSED


def test_near_miss_that_this_kernel_makes_a_fault_of_is_named() -> None:
    header = (
        "static inline void __cpu_replace_ttbr1(pgd_t *pgdp, bool cnp)\n{\n"
        "\tWARN_ON(system_capabilities_finalized());\n}\n"
        "static inline void cpu_replace_ttbr1(pgd_t *pgdp)\n{\n"
        "\tWARN_ON(system_capabilities_finalized());\n}\n"
    )
    report = report_on("ttbr1-replaced-at-run-time", small_tree({"arch/arm64/include/asm/mmu_context.h": header}))
    (false,) = (plant for plant in report.plants if plant.outcome is Outcome.FALSE)
    assert "`enable_cnp_late()` can run after boot" in false.why
    assert (report.health, report.is_trusted) == (Health.FALSE, False)


@pytest.mark.parametrize("rule", ["entry-not-published", "tlbi-not-completed"])
def test_rule_about_another_architecture_is_not_dead(rule: str) -> None:
    report = report_on(rule, small_tree(), arch="x86")
    assert {plant.outcome for plant in report.plants} == {Outcome.FOREIGN}
    assert (report.health, report.is_trusted) == (Health.FOREIGN, True)


def test_file_that_the_tree_has_is_left_as_it_is() -> None:
    own = "int example(void)\n{\n\treturn 0;\n}\n"
    report = report_on(STOP, small_tree({"mm/example.c": own}))
    assert examples_of(report.plants, Kind.BUG) == [Outcome.FOUND] * 2


HEADER = "#define MANY_ROWS 1\n"


def test_header_that_the_tree_has_is_the_trees_own() -> None:
    """What the example states in it stands in for the kernel's, which may say something else by now."""
    text = RULE.replace("`mm/a.c`:\n```c\nint a(void);", "`include/linux/many.h`:\n```c\n#define MANY_ROWS 2").replace(
        "```diff", "```text"
    )
    rule = parse_rule(text, PATH)
    paths = []
    for header in (HEADER, "#define OTHER_ROWS 1\n"):
        bed = bed_of(small_tree({"include/linux/many.h": header}))
        paths.append([file.path for file in fit_example(rule, rule.examples[1], bed).files])
    assert paths == [["mm/b.c"], ["include/linux/many-planted.h", "mm/b.c"]]


@pytest.mark.parametrize("is_taken", [False, True], ids=["a name of its own", "a name that the kernel uses, too"])
def test_function_is_renamed_where_the_kernel_uses_its_name(is_taken: bool) -> None:
    rule = find_rule(STOP, own_rules())
    tree = small_tree({"mm/other.c": "static void go(void) { }\nvoid use(void) { go(); }\n"} if is_taken else {})
    (file,) = fit_example(rule, rule.examples[0], bed_of(tree)).files
    assert ("void go_planted(void)" in file.source) is is_taken
    assert report_on(STOP, tree).plants[0].outcome is Outcome.FOUND


def test_example_about_what_a_tree_lacks_is_not_planted() -> None:
    alone = parse_rule(RULE.replace("```c\nstatic void low", "```c alone\nstatic void low"), PATH)
    assert [example.is_alone for example in alone.examples] == [True, False, False]
    assert plant_example(alone, alone.examples[0], bed_of(small_tree())) == ()


def test_kconfig_of_the_tree_is_added_to() -> None:
    assert report_on("option-unread", small_tree()).health is Health.FOUND


def test_example_that_is_known_to_be_missed_says_nothing() -> None:
    rule = parse_rule(
        RULE.replace("// expect: sleep-under-fire via top > low", "// expect-missing: sleep-under-fire"), PATH
    )
    assert plant_example(rule, rule.examples[0], bed_of(small_tree())) == ()
