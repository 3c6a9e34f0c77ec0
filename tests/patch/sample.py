# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel-like files, edits of them, and the clean patch mails that git would make of those, for hypothesis."""

import difflib
import hashlib
from dataclasses import dataclass

from hypothesis import strategies as st

from kpatchlint.mail.message import parse_message
from kpatchlint.patch.extract import extract_patches
from kpatchlint.patch.records import FilePatch, Patch

PATH = "mm/sample.c"

# No line here begins with a sign: once the first column is lost, only the base tells such code from a change.
POOL = (
    b"",
    b"{",
    b"}",
    b"\treturn 0;",
    b"\tif (!pud_present(READ_ONCE(*pudp)))",
    b"\t\tcontinue;",
    b"static int walk(pmd_t *pmdp, unsigned long addr, unsigned long next, struct walk *state)",
    b"#ifdef CONFIG_SAMPLE",
    b"#endif /* CONFIG_SAMPLE */",
    b"\t/* a comment that is long enough to be wrapped by any mailer that breaks lines at all */",
    b'\tpr_warn("%s: \xc3\xa9t\xc3\xa9 = %d\\n", __func__, a == b);',
    b"out:",
    b"\tspin_unlock(&table_lock);",
    b" * @addr: the address, > 0",
)
LINES = st.sampled_from(POOL) | st.integers(0, 10**6).map(lambda number: b"\tvalue[%d] = next;" % number)
FILES = st.lists(LINES, min_size=3, max_size=60)


@dataclass(frozen=True, slots=True)
class Change:
    """One file before and after, and the body of the mail that says so."""

    before: bytes
    after: bytes
    body: bytes


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """A random file and a few random edits, as the body of a patch mail."""
    before = draw(FILES)
    after = list(before)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(after)))
        span = draw(st.integers(0, 3))
        after[at : at + span] = draw(st.lists(LINES, max_size=4))
    if after == before:
        after.append(b"int added_at_the_end;")
    return build_change(before, after)


def build_change(before: list[bytes], after: list[bytes], path: str = PATH) -> Change:
    """The mail body in which ``git format-patch`` would send this edit."""
    old, new = _join(before), _join(after)
    diff = difflib.diff_bytes(
        difflib.unified_diff, before, after, b"a/" + path.encode(), b"b/" + path.encode(), lineterm=b""
    )
    name = path.encode()
    head = [
        b"Walk the table with the lock held, since others do.",
        b"",
        b"Signed-off-by: A Developer <dev@example.org>",
        b"---",
        b" %s | 3 ++-" % name,
        b" 1 file changed, 2 insertions(+), 1 deletion(-)",
        b"",
        b"diff --git a/%s b/%s" % (name, name),
        b"index %s..%s 100644" % (_blob_id(old)[:12], _blob_id(new)[:12]),
    ]
    return Change(old, new, b"\n".join([*head, *diff, b"-- ", b"2.39.5", b""]) + b"\n")


def _join(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _blob_id(content: bytes) -> bytes:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest().encode()


def read_patch(raw: bytes) -> Patch:
    """The one patch in a raw mail."""
    patches = extract_patches(parse_message(raw, "test"))
    assert len(patches) == 1, [patch.damage for patch in patches]
    return patches[0]


def code_of(files: tuple[FilePatch, ...]) -> list[tuple[str | None, str, list[tuple[str, bytes]]]]:
    """What a patch says, without where it stood in the mail: path, hunk numbers, lines."""
    return [
        (file.path, f"{hunk.old_start},{hunk.new_start}", [(line.kind.value, line.text) for line in hunk.lines])
        for file in files
        for hunk in file.hunks
    ]
