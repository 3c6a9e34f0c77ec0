# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever comes in, the reader answers in time and in its own words."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.patch.hostile import hostile_mails, read_all

LIMIT_S = 20.0  # a watchdog for quadratic time: each takes well under 2 s alone, as bench/fuzz_reader.py measures


@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
@given(data=hostile_mails())
def test_torn_mail_gives_patches_or_one_sentence(data: bytes) -> None:
    assert read_all(data) >= -1


@settings(max_examples=500, deadline=None)
@given(data=st.binary(max_size=2000))
def test_noise_gives_patches_or_one_sentence(data: bytes) -> None:
    assert read_all(data) >= -1


LINES = 49_000  # of 50,000 that are read at all
LARGE = {
    "quote marks": b">" * 60000 + b"\n" + (b"> " * 20000 + b"\n") * 40,
    "lines of one mark": b">\n" * LINES,
    "hunk headers": b"@@ -1,3 +1,3 @@\n" * LINES,
    "hunk headers that count far": b"@@ -1,999999 +1,999999 @@\n a\n-b\n" * (LINES // 3),
    "added lines without an end": b"@@ -0,0 +1,999999999 @@\n" + b"+x\n" * LINES,
    "bare lines below a header": b"@@ -1,400000 +1,400000 @@\n" + b"x\n" * LINES,
    "bare lines below a diff line": b"@@ -1,400000 +1,400000 @@\n a\n" + b"x\n" * LINES,
    "bare lines below many headers": (b"@@ -1,4000 +1,4000 @@\n" + b"x\n" * 200) * 240,
    "names without hunks": b"--- a/x\n+++ b/x\n" * (LINES // 2),
    "file headers": b"diff --git a/x b/x\nindex 1..2\n" * 1900,
    "remarks": b"> @@ -1,3 +1,3 @@\n> a\n" + b"x\n> -b\n" * (LINES // 2),
    "attributions": b"On x wrote:\n" * LINES,
    "attributions inside a diff": b"> @@ -1,3 +1,3 @@\n> +a\n" + b"On x A B wrote:\n\n> -b\n" * (LINES // 3),
    "cuts at every depth": b"> +a\n>> +b\n>>> +c\n[...]\n" * (LINES // 4),
    "depths": b"".join(b">" * (n % 1500) + b" +a\n" for n in range(1500)),
    "cuts over many depths": b"".join(b">" * n + b" +a;\n" for n in range(1000)) + b"[...]\n" * 1000,
    "diffs at many depths": b"".join(b">" * n + b" @@ -1 +1 @@\n" + b">" * n + b" +a\n" for n in range(190)) * 50,
    "boundaries": b"Content-Type: multipart/mixed; boundary=b\nFrom: x\n\n" + b"--b\n" * LINES,
    "header fields": b"From: x\n" + b"X: y\n" * 200000,
    "one folded header": b"From: x\nSubject: y\n" + b" z\n" * 300000,
    "encoded words": b"From: x\nSubject: " + b"=?utf-8?q?a?= " * 70000 + b"\n\n",
    "parameters": b"From: x\nContent-Type: text/plain" + b'; a="' * 200000 + b"\n\n+x\n",
    "references": b"From: x\nReferences: " + b"<a@b> " * 150000 + b"\n\n",
    "escapes": b"From: x\nContent-Transfer-Encoding: quoted-printable\n\n" + b"=3D" * 20000 + b"\n=20" * LINES,
    "punycode": b"From: x\nContent-Type: text/plain; charset=punycode\n\n" + b"a\xff\n" * LINES,
    "file names in prose": b"a/" * 30000 + b"\n" + b"mm/x.c " * 9000 + b"\n" + b"mm/x.c and\n" * 45000,
    "wrapped names": b"diff --git a/x\n" + b"b/x\n" * LINES,
    "diff headers": b"diff --git a/x b/x\n" * LINES,
    "empty names": b"--- \n+++ \n@@ -1 +1 @@\n" * 9000,
    "digits": b"@@ -" + b"1" * 60000 + b" +1 @@\n" + b"similarity index " + b"9" * 60000 + b"%\n",
    "prose that is nearly code": b"+ a" + b" a" * 30000 + b"\n" + b"+ (((((((((((((\n" * LINES,
    "scissors nearly": (b"- " * 30000 + b"x\n" + b"8<" * 30000 + b"y\n") * 15 + b"diff --git a/x b/x\n",
    "diffstat nearly": (b" x" * 20000 + b"|\n") * 20 + b"diff --git a/x b/x\n",
    "mbox separators": b"From x Thu Jan  1 00:00:00 1970\n" * 30000,
    "page header nearly": b"\n" * 4000 + b"Re: x\n\nFrom: " + b"y" * 60000,
    "quoted names": b'diff --git "' + b"\\" * 60000 + b"\n" + b'--- "' + b"\\a" * 30000 + b"\n",
    "blanks": b"+" + b" " * 65000 + b"\n" + (b"-" + b" \t" * 3000 + b"x\n") * 150,
    "blanks before a header": (b" " * 60000 + b"@@ -1 +1 @@\n+a\n") * 30,
    "soft breaks": b"From: x\nContent-Type: text/plain; format=flowed\n\n" + b"+x \ny \n" * (LINES // 2),
    "no-break spaces": b"\xc2\xa0 @@ -1,9 +1,9 @@\n +a\n  -b\n" * (LINES // 3),
}


@pytest.mark.parametrize("shape", LARGE)
def test_two_megabytes_of(shape: str) -> None:
    start = time.process_time()
    assert read_all(LARGE[shape]) >= -1
    assert time.process_time() - start < LIMIT_S
