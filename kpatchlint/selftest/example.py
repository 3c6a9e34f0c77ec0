# SPDX-License-Identifier: GPL-2.0-or-later
"""A rule's example becomes code of the given kernel, planted there, and what the rule says of it.

An example brings stand-ins for what the small tree of the tests lacks. Here the kernel's own takes their place: a
rule whose functions are gone has to be found dead, and must not be kept alive by its own example.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kpatchlint.facts.index import is_source
from kpatchlint.facts.spans import all_functions
from kpatchlint.findings.records import Finding, Severity
from kpatchlint.program import Program
from kpatchlint.program.open import Workshop
from kpatchlint.rules.examples import find_expectations
from kpatchlint.rules.place import place_example
from kpatchlint.rules.records import Example, ExampleFile, Expectation, Mark, Rule
from kpatchlint.rules.run import find_all
from kpatchlint.selftest.evidence import why_missing
from kpatchlint.selftest.records import Kind, Outcome, Plant
from kpatchlint.selftest.words import is_known, lacks, rule_words
from kpatchlint.tree.records import PlacedPatch, Tree

_CALLED = re.compile(r"\b([A-Za-z_]\w*)[ \t]*\(")
_NOWHERE = "planted.c"  # a file that sees what every file sees
_MARK = re.compile(r"(?://|#)\s*expect")
_LONG_NAME = re.compile(r"\b[A-Za-z]\w*_\w+")
_ARCH = re.compile(r"arch/([^/]+)/")
_BUILD_FILE = re.compile(r"(?:.*/)?(?:Kconfig[^/]*|Makefile|Kbuild|[^/]*defconfig)")


@dataclass(frozen=True, slots=True)
class Bed:
    """The tree that is planted in. ``calls`` are the functions and macros that the vocabulary knows."""

    tree: Tree
    program: Program
    workshop: Workshop
    arch: str
    calls: frozenset[str]


def plant_example(rule: Rule, example: Example, bed: Bed) -> tuple[Plant, ...]:
    """Plant one example and run its rule over it: one plant, or two when a bug brings false reports along."""
    marks = {mark.mark for mark in _marks(rule, example.files, example.diff)}
    if marks == {Mark.MISSING} or example.is_alone:
        return ()  # known to be missed anywhere, or about what a whole tree lacks
    kind = Kind.BUG if Mark.EXPECT in marks else Kind.NEAR_MISS
    plant = Plant(title=example.title, kind=kind, outcome=Outcome.UNFIT)
    if is_foreign(rule, example, bed.arch):
        return (replace(plant, outcome=Outcome.FOREIGN),)
    fitted = fit_example(rule, example, bed)
    missing = sorted(name for name in _kernel_names(rule, fitted, bed) if not is_known(bed.program, name))
    if missing:
        return (replace(plant, why=lacks(missing)),)
    if not fitted.files and fitted.diff is None:
        return (replace(plant, why="this kernel has all of its files itself"),)
    try:
        placed = place_example(fitted, bed.tree)
    except ValueError as error:
        return (replace(plant, why=str(error)),)
    plants = _judge(rule, plant, placed, bed)
    return tuple(_excused(each, rule, _names(example) - _names(fitted), bed) for each in plants)


def _excused(plant: Plant, rule: Rule, stand_ins: frozenset[str], bed: Bed) -> Plant:
    """A fault that is none here: a stand-in does what evidence shows of the kernel's own, and this one's does not."""
    missing = [(e, why) for e in rule.evidence if e.symbol in stand_ins and (why := why_missing(e, bed.tree))]
    if plant.outcome is not Outcome.MISSED or not missing:
        return plant
    evidence, why = missing[0]
    return replace(plant, outcome=Outcome.UNFIT, why=f"this kernel's {evidence.symbol}() is another: {why}")


def is_foreign(rule: Rule, example: Example, arch: str) -> bool:
    """Whether the rule or the example is about other architectures: its marked files, else all that are of one."""
    archs = rule.params.get("archs")
    if isinstance(archs, list | tuple) and arch not in archs:
        return True
    marked = [file.path for file in example.files if find_expectations(file.path, file.source)]
    found = [_ARCH.match(path) for path in marked or (file.path for file in example.files)]
    touched = {match.group(1) for match in found if match}
    return bool(touched) and arch not in touched


def fit_example(rule: Rule, example: Example, bed: Bed) -> Example:
    """The example without its stand-ins, and with its files beside the tree's own.

    Where the name counts, as for Kconfig, it is appended to the tree's own; any other file is the tree's: a linker
    script, say. An example with a diff keeps the names of its code, which are the diff's.
    """
    words = rule_words(rule) | bed.calls
    files = []
    for file in example.files:
        there = bed.tree.read(file.path)
        if is_source(file.path):
            if there is not None and _is_stand_in(file, there):
                continue
            is_moved = there is not None and example.diff is None
            source = _without_stand_ins(file, example.files, words)
            files.append(replace(file, path=_beside(file.path) if is_moved else file.path, source=source))
        elif there is None:
            files.append(file)
        elif _BUILD_FILE.fullmatch(file.path) and (source := _appended(there.decode("utf-8", "replace"), file.source)):
            files.append(replace(file, source=source))
    renamed = _taken_names(files, words, bed) if example.diff is None else frozenset()
    return replace(
        example,
        files=tuple(replace(f, source=_renamed(f.source, renamed)) if is_source(f.path) else f for f in files),
    )


def _is_stand_in(file: ExampleFile, there: bytes) -> bool:
    """Whether the file is a header that states names of the tree's own header, and not one of the same name."""
    is_header = file.path.endswith(".h") and not find_expectations(file.path, file.source)
    return is_header and any(name.encode() in there for name in _LONG_NAME.findall(file.source))


def _taken_names(files: Iterable[ExampleFile], words: frozenset[str], bed: Bed) -> frozenset[str]:
    """The example's own functions for other files whose names this kernel also uses: who calls them is unclear."""
    spans = [(file, span) for file in files if is_source(file.path) for span in all_functions(file.source.encode())]
    return frozenset(
        span.name
        for file, span in spans
        if b"static" not in file.source.encode()[span.start : span.params[0]].split()
        and span.name not in words
        and bed.program.sources.mentioning(span.name)
        and not bed.program.resolver.functions(span.name, _NOWHERE)
    )


def _renamed(source: str, names: frozenset[str]) -> str:
    """The code with each of the names, where it is no field, made longer; what a mark says is left as it is."""
    if not names:
        return source
    lines = []
    for line in source.splitlines(keepends=True):
        mark = _MARK.search(line)
        end = mark.start() if mark else len(line)
        code = re.sub(r"(?<![\w.>])\w+", lambda word: f"{word[0]}_planted" if word[0] in names else word[0], line[:end])
        lines.append(code + line[end:])
    return "".join(lines)


def _beside(path: str) -> str:
    stem, _, suffix = path.rpartition(".")
    return f"{stem}-planted.{suffix}"


def _appended(there: str, more: str) -> str:
    """The tree's text and the example's below it; "" when the tree has every line of it."""
    return "" if set(more.split("\n")) <= set(there.split("\n")) else f"{there}\n{more}"


def _without_stand_ins(file: ExampleFile, files: Iterable[ExampleFile], words: frozenset[str]) -> str:
    """The file with the definitions blanked that stand in for the kernel's: known by name, called, and not at fault."""
    source = file.source.encode()
    everything = "".join(each.source for each in files)
    for span in all_functions(source):
        text = source[span.start : span.end]
        uses = len(re.findall(rf"\b{span.name}[ \t]*\(", everything))
        if span.name in words and uses > 1 and not find_expectations(file.path, text.decode()):
            source = source[: span.start] + re.sub(rb"[^\n]", b" ", text) + source[span.end :]
    return source.decode()


def _kernel_names(rule: Rule, example: Example, bed: Bed) -> frozenset[str]:
    """Functions and macros that the rule or the vocabulary goes by, called in the example and not defined in it."""
    text = "".join([*(file.source for file in example.files), example.diff or ""])
    return (frozenset(_CALLED.findall(text)) & (rule_words(rule) | bed.calls)) - _names(example)


def _names(example: Example) -> frozenset[str]:
    """The functions that an example defines."""
    return frozenset(span.name for file in example.files for span in all_functions(file.source.encode()))


def _judge(rule: Rule, plant: Plant, placed: PlacedPatch, bed: Bed) -> tuple[Plant, ...]:
    versions = bed.workshop.versions(placed, bed.tree)
    # A prototype in an example brings the kernel's own function into scope; what is said of that is not the example's.
    paths = {file.path for file in placed.files}
    found = [f for f in find_all(versions.after, versions.scope_after, {rule.id}) if f.path in paths]
    marks = [mark for path in sorted(paths) for mark in _marks_in(rule, path, placed.tree)]
    wanted = {_code_at(m.path, m.line, placed.tree) for m in marks if m.mark is Mark.EXPECT}
    allowed = {_code_at(m.path, m.line, placed.tree) for m in marks}
    extra = [f for f in found if _is_loud(rule, f) and _code_at(f.path, f.line, placed.tree) not in allowed]
    plants = []
    if wanted:
        told = {_code_at(f.path, f.line, placed.tree) for f in found if _is_loud(rule, f)}
        plants.append(replace(plant, outcome=Outcome.FOUND if wanted <= told else Outcome.MISSED))
    if extra:
        said = "; ".join(f"{f.path}:{f.line}: {f.message}" for f in extra)
        plants.append(replace(plant, kind=Kind.NEAR_MISS, outcome=Outcome.FALSE, why=said))
    return tuple(plants) or (replace(plant, outcome=Outcome.SILENT),)


def _code_at(path: str, line: int, tree: Tree) -> tuple[str, str]:
    """The file and its line without the mark. An entry of a Kconfig file may be the tree's, not the one appended."""
    lines = (tree.read(path) or b"").decode("utf-8", "replace").splitlines()
    code = lines[line - 1] if 0 < line <= len(lines) else ""
    return path, " ".join(_MARK.split(code)[0].split())


def _is_loud(rule: Rule, finding: Finding) -> bool:
    """Whether it would be seen: what an error or a warning has sunk to a note does not count as found."""
    return rule.severity is Severity.NOTE or finding.severity is not Severity.NOTE


def _marks(rule: Rule, files: Iterable[ExampleFile], diff: str | None) -> list[Expectation]:
    texts = [*((file.path, file.source) for file in files), *((("diff", diff),) if diff else ())]
    return [mark for path, text in texts for mark in find_expectations(path, text) if mark.rule == rule.id]


def _marks_in(rule: Rule, path: str, tree: Tree) -> list[Expectation]:
    text = (tree.read(path) or b"").decode("utf-8", "replace")
    return [mark for mark in find_expectations(path, text) if mark.rule == rule.id]
