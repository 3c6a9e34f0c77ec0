# SPDX-License-Identifier: GPL-2.0-or-later
"""Path patterns, against examples and against a slow reading of the same rules."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.findings.globs import matches


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        pytest.param("mm/slub.c", "mm/slub.c", True, id="a file names itself"),
        pytest.param("mm/slub.c", "mm/slub.c.orig", False, id="and no other that begins alike"),
        pytest.param("drivers/net", "drivers/net/a/b.c", True, id="a folder names all below it"),
        pytest.param("drivers/net/", "drivers/net/b.c", True, id="with a slash at its end, too"),
        pytest.param("drivers/net", "drivers/network.c", False, id="but not its namesakes"),
        pytest.param("net", "drivers/net/b.c", False, id="patterns begin at the top"),
        pytest.param("arch/*/mm", "arch/arm64/mm/mmu.c", True, id="a star is one folder"),
        pytest.param("arch/*/mm", "arch/x86/boot/mm/a.c", False, id="and not two"),
        pytest.param("**/*.h", "include/linux/mm.h", True, id="two stars are any number of folders"),
        pytest.param("**/*.h", "top.h", True, id="also none"),
        pytest.param("drivers/**", "drivers/a.c", True, id="two stars at the end are all below"),
        pytest.param("drivers/**", "drivers", False, id="and not the folder itself"),
        pytest.param("**", "a/b/c", True, id="two stars alone are everything"),
        pytest.param("", "a", False, id="nothing names nothing"),
        pytest.param("./mm", "mm/a.c", True, id="a dot at the front is no folder"),
        pytest.param("mm/[sv]*.c", "mm/vmalloc.c", True, id="classes of characters"),
    ],
)
def test_patterns(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, path) is expected


def slow(pattern: str, path: str) -> bool:
    """The same as one regular expression: fine for short patterns."""
    parts = [p for p in pattern.split("/") if p]
    text = "/".join("\0" if p == "**" else re.escape(p).replace(r"\*", "[^/]*") for p in parts)
    text = re.sub(r"\0$", "[^/]+", text).replace("\0/", "(?:[^/]+/)*").replace("\0", "[^/]+(?:/[^/]+)*")
    return re.fullmatch(f"{text}(?:/.*)?", path) is not None if parts else False


PART = st.sampled_from(["a", "b", "ab", "*", "a*", "*b", "**"])
NAME = st.sampled_from(["a", "b", "ab", "abb", "c"])


@given(st.lists(PART, min_size=1, max_size=5), st.lists(NAME, min_size=1, max_size=5))
def test_agrees_with_a_regular_expression(parts: list[str], names: list[str]) -> None:
    if "**" in parts[:-1] and parts[-1] == "**" and parts[-2:] == ["**", "**"]:
        parts = parts[:-1]  # what two of them in a row at the end ask for is said in no document
    assert matches("/".join(parts), "/".join(names)) is slow("/".join(parts), "/".join(names))


def test_hostile_pattern_takes_no_time() -> None:
    start = time.monotonic()
    assert not matches("/".join(["**", "*a*a*a*a*"] * 20 + ["x"]), "/".join(["a" * 200] * 60))
    assert time.monotonic() - start < 5  # a watchdog: the answer takes milliseconds
