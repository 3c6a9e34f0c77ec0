# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails that nobody sends: the fixtures and the mangler's mails, torn apart and put together again."""

import contextlib
import random
import signal
from collections.abc import Iterator
from pathlib import Path

from hypothesis import strategies as st

from kpatchlint.mail.read import read_mail_bytes
from kpatchlint.mail.series import build_series
from kpatchlint.patch.extract import extract_patches
from kpatchlint.text.errors import KpatchlintError
from tests.patch.mangle import EXACT, flattened, reply, with_nbsp
from tests.patch.render import render_diff
from tests.patch.sample import POOL, build_change

_FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "mail"

_PATIENCE_S = 20.0  # ten times what is allowed, so that a busy machine is no endless loop

TOKENS = (
    b"\n",
    b"\r\n",
    b"\r",
    b"\x00",
    b" ",
    b"\t",
    b"\xc2\xa0",
    b"\xa0",
    b"\xff\xfe",
    b">",
    b"> ",
    b">>>>> ",
    b"-- \n",
    b"diff --git a/x b/x\n",
    b"diff --git ",
    b"diff --cc x\n",
    b"Index: x\n====\n",
    b"--- a/x\n+++ b/x\n",
    b"@@ -1,3 +1,3 @@\n",
    b"@@ -0,0 +1,999999999 @@\n",
    b"@@ -1 +1 @@ f(\n",
    b"  @@ -5,2 +5,2 @@\n",
    b"@@ -",
    b"@@@ -1 -1 +1 @@@\n",
    b"index 1..2\n",
    b"GIT binary patch\n",
    b"literal 10\n",
    b"\\ No newline at end of file\n",
    b"old mode 100644\n",
    b"rename from a\nrename to b\n",
    b"similarity index 99999999999999999999%\n",
    b"new file mode 120000\n",
    b'"',
    b'"a/\\303\\251\\777"',
    b"/dev/null",
    b"../../x",
    b"\x1b[31m",
    b"\xe2\x80\xae",
    b"From x Thu Jan  1 00:00:00 1970\nA: b\n",
    b">From ",
    b"From: =?utf-8?b?w4k=?= <a@b>\n",
    b"=?x?q?=00?=",
    b"=?",
    b"Content-Type: multipart/mixed; boundary=b\n\n--b\n",
    b"--b\n",
    b"--b--\n",
    b"Content-Type: message/rfc822\n\n",
    b"Content-Type: text/plain; charset=utf-16; format=flowed\n",
    b"Content-Transfer-Encoding: base64\n",
    b"=20\n",
    b"=3D",
    b"=",
    b"charset=punycode",
    b"charset=utf-7",
    b'";',
    b"; a*0*=",
    b"-- >8 --\n",
    b"[...]\n",
    b"On x wrote:\n",
    b"+\tfoo();\n",
    b"commit 0123456789\n",
    b"Author: x\n",
    b"base-commit: 0\n",
    b"\n\n",
    b"(" * 50,
    b"[" * 50,
    b"_" * 40,
    b"Re: " * 30,
)


def build_corpus() -> list[bytes]:
    """The mails that hostile ones are made of."""
    before = [line for line in POOL if line] * 2
    body = build_change(before, [*before[:4], b"\tadded();", *before[6:]]).body
    mangled = [damage(body) for damage in (*EXACT.values(), flattened, with_nbsp)]
    replies = [reply(body, depth, random.Random(depth)) for depth in (1, 4)]
    return [path.read_bytes() for path in sorted(_FIXTURES.iterdir()) if path.is_file()] + mangled + replies


CORPUS = tuple(build_corpus())


def _cut(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] if rng.random() < 0.5 else data[at:]


def _insert_token(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    if rng.random() < 0.5:
        at = data.rfind(b"\n", 0, at) + 1
    return data[:at] + rng.choice(TOKENS) * rng.choice((1, 1, 1, 2, 40)) + data[at:]


def _flip(data: bytes, rng: random.Random) -> bytes:
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]


def _move_lines(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    start, stop = sorted((rng.randrange(len(lines) + 1), rng.randrange(len(lines) + 1)))
    taken = lines[start:stop]
    if rng.random() < 0.5:
        del lines[start:stop]
    at = rng.randrange(len(lines) + 1)
    lines[at:at] = taken
    return b"\n".join(lines)


def _splice(data: bytes, rng: random.Random) -> bytes:
    other = rng.choice(CORPUS)
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]


def _quote_all(data: bytes, rng: random.Random) -> bytes:
    mark = rng.choice((b"> ", b">", b" ", b"> > ", b"+", b"-"))
    head, blank, body = data.partition(b"\n\n")
    return head + blank + b"\n".join(mark + line for line in body.split(b"\n"))


MUTATIONS = (_cut, _insert_token, _insert_token, _flip, _flip, _move_lines, _splice, _quote_all)


@st.composite
def hostile_mails(draw: st.DrawFn) -> bytes:
    """A mail of the corpus after up to eight mutations."""
    rng = random.Random(draw(st.integers(0, 2**64)))
    data = draw(st.sampled_from(CORPUS))
    for _ in range(draw(st.integers(1, 8))):
        data = rng.choice(MUTATIONS)(data, rng)
    return data


@contextlib.contextmanager
def ends_within(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the body when it runs longer; an endless loop would else hang the whole run."""

    def give_up(_signal: int, _frame: object) -> None:
        raise TimeoutError(f"no end after {seconds} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def read_all(data: bytes) -> int:
    """Run the whole reader; the number of patches found, -1 when it refuses in its own words.

    Raises:
        TimeoutError: it does not come to an end.
    """
    with ends_within(_PATIENCE_S):
        return _read_all(data)


def _read_all(data: bytes) -> int:
    try:
        patches = [patch for series in build_series(read_mail_bytes(data, "fuzz"))
                   for mail in series.mails for patch in extract_patches(mail)]  # fmt: skip
    except KpatchlintError:
        return -1
    render_diff(file for patch in patches for file in patch.files)
    return len(patches)
