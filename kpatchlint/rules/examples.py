# SPDX-License-Identifier: GPL-2.0-or-later
"""The Examples section of a rule file becomes examples: files, a diff over them, and what has to be reported."""

import re
from collections.abc import Iterator

from kpatchlint.rules.errors import RuleError
from kpatchlint.rules.records import Example, ExampleFile, Expectation, Mark

DEFAULT_PATH = "mm/example.c"
"""Where a C block lives that names no file."""

_FENCE = re.compile(r"^(```+)\s*(\w*(?: alone)?)\s*$")
_FILE_NAME = re.compile(r"^`([^`\s]+)`:$")
_EXPECT = re.compile(r"(?://|#)\s*(expect(?:-missing|-wrong)?):\s*")
_FILES = ("c", "kconfig")  # languages of blocks that are files
_RULE_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def find_expectations(path: str, source: str) -> tuple[Expectation, ...]:
    """Every ``// expect: RULE [via a > b > c]`` in one file's text; several may stand on one line."""
    found = []
    for number, line in enumerate(source.splitlines(), start=1):
        pieces = _EXPECT.split(line)[1:]
        for mark, said in zip(pieces[::2], pieces[1::2], strict=True):
            rule, _, via = said.partition(" via ")
            if not _RULE_ID.fullmatch(rule.strip()):
                raise ValueError(f"line {number}: cannot read {said.strip()!r} as 'RULE' or 'RULE via a > b > c'")
            chain = tuple(name.strip() for name in via.split(">")) if via else None
            found.append(Expectation(path=path, line=number, rule=rule.strip(), mark=Mark(mark), chain=chain))
    return tuple(found)


def parse_examples(rule_path: str, lines: list[str], first_line: int) -> tuple[Example, ...]:
    """Read the lines of the Examples section.

    Args:
        rule_path: the rule file below rules/, for messages.
        lines: the section without its heading.
        first_line: line number of ``lines[0]`` in the rule file, from 1.

    Raises:
        RuleError: a fence that is never closed, an example without code, two files of one name.
    """
    return tuple(
        _parse_example(rule_path, title, line, body) for title, line, body in _split_examples(lines, first_line)
    )


def _split_examples(lines: list[str], first_line: int) -> Iterator[tuple[str, int, list[str]]]:
    """(title, line of the heading, lines below it) of each ``###``; a ``###`` in a code block is none."""
    title, start, body, fence = "", first_line, list[str](), ""
    for number, line in enumerate(lines, start=first_line):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark.group(1)
        elif fence and line.strip() == fence:
            fence = ""
        if line.startswith("### ") and not fence:
            if title:
                yield title, start, body
            title, start, body = line[4:].strip(), number, []
        else:
            body.append(line)
    if title:
        yield title, start, body


def _parse_example(rule_path: str, title: str, line: int, body: list[str]) -> Example:
    files: list[ExampleFile] = []
    diff: str | None = None
    is_alone = False
    for info, path, start, text in _code_blocks(rule_path, line, body):
        language, _, alone = info.partition(" ")
        is_alone = is_alone or bool(alone)
        if language == "diff":
            diff = (diff or "") + text
        elif language in _FILES:
            if path in (file.path for file in files):
                raise RuleError(rule_path, start, f"two blocks for {path}; name one with a line `other/file.c`:")
            files.append(ExampleFile(path=path, source=text, line=start))
    if not files and diff is None:
        raise RuleError(rule_path, line, f"example {title!r} has no ```c or ```diff block")
    for file in files:
        try:
            find_expectations(file.path, file.source)
        except ValueError as error:
            raise RuleError(rule_path, file.line, f"in {file.path}: {error}") from None
    return Example(title=title, line=line, files=tuple(files), diff=diff, is_alone=is_alone)


def _code_blocks(rule_path: str, heading: int, body: list[str]) -> Iterator[tuple[str, str, int, str]]:
    """(language and more, file, line of the first code line, text) of each fenced block below one heading."""
    path, fence, language, start, block = DEFAULT_PATH, "", "", 0, list[str]()
    for number, line in enumerate(body, start=heading + 1):
        if fence:
            if line.strip() == fence:
                yield language, path, start, "".join(f"{code}\n" for code in block)
                fence, path = "", DEFAULT_PATH
            else:
                block.append(line)
        elif mark := _FENCE.match(line):
            fence, language, start, block = mark.group(1), mark.group(2), number + 1, []
        elif named := _FILE_NAME.match(line.strip()):
            path = named.group(1)
    if fence:
        raise RuleError(rule_path, start - 1, "code block is never closed")
