# SPDX-License-Identifier: GPL-2.0-or-later
"""Clean patch mail is damaged as mailers, lists, archives and people damage it (the inverse of the reader)."""

import base64
import quopri
import random
import re
from collections.abc import Callable, Iterable

SUBJECT = b"[PATCH v2 1/2] mm: walk the table with the lock held"
_HEAD = b"From: A Developer <dev@example.org>\nSubject: %s\nDate: Tue, 1 Apr 2025 10:00:00 +0200\n"
_MESSAGE_ID = b"Message-ID: <1@example.org>\nMIME-Version: 1.0\n"
_REMARKS = (
    b"Why is the lock taken here?",
    b"This looks wrong: see the comment above.\n\n- first, it sleeps\n- second, nobody holds it",
    b"+ Another Developer <other@example.org>",
    b"#define SAMPLE_FLAGS (GFP_KERNEL | __GFP_ZERO)\nhttps://example.org/tree/mm/sample.c#n42",
    b"s/READ_ONCE/WRITE_ONCE/",
    b"---\n2 files changed, as you say. -- me",
)


def raw_mail(body: bytes, *fields: bytes, subject: bytes = SUBJECT) -> bytes:
    """A mail with *fields* added to its header."""
    return _HEAD % subject + _MESSAGE_ID + b"".join(field + b"\n" for field in fields) + b"\n" + body


def plain(body: bytes) -> bytes:
    return raw_mail(body, b"Content-Type: text/plain; charset=utf-8", b"Content-Transfer-Encoding: 8bit")


def quoted_printable(body: bytes) -> bytes:
    encoded = quopri.encodestring(body)
    return raw_mail(encoded, b"Content-Type: text/plain; charset=utf-8", b"Content-Transfer-Encoding: quoted-printable")


def in_base64(body: bytes) -> bytes:
    encoded = base64.encodebytes(body)
    return raw_mail(encoded, b"Content-Type: text/plain; charset=utf-8", b"Content-Transfer-Encoding: base64")


def in_base64_with_crlf(body: bytes) -> bytes:
    return in_base64(body.replace(b"\n", b"\r\n"))


def on_the_wire(body: bytes) -> bytes:
    return plain(body).replace(b"\n", b"\r\n")


def in_latin1(body: bytes) -> bytes:
    recoded = body.decode().encode("latin-1")
    return raw_mail(recoded, b"Content-Type: text/plain; charset=iso-8859-1", b"Content-Transfer-Encoding: 8bit")


def attached(body: bytes) -> bytes:
    parts = (
        b"Content-Type: text/plain; charset=us-ascii\n\nPatch attached.\n",
        b'Content-Type: text/x-patch; charset=utf-8; name="0001.patch"\n'
        b"Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=0001.patch\n\n"
        + base64.encodebytes(body),
    )
    return raw_mail(_multipart(parts), b'Content-Type: multipart/mixed; boundary="=_x"')


def signed(body: bytes) -> bytes:
    parts = (
        b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        + quopri.encodestring(body),
        b'Content-Type: application/pgp-signature; name="signature.asc"\n\n-----BEGIN PGP SIGNATURE-----\n',
    )
    return raw_mail(_multipart(parts), b'Content-Type: multipart/signed; boundary="=_x"')


def _multipart(parts: Iterable[bytes]) -> bytes:
    return b"preamble\n" + b"".join(b"--=_x\n" + part + b"\n" for part in parts) + b"--=_x--\nepilogue\n"


def flowed(body: bytes) -> bytes:
    """RFC 3676 as a careful sender does it: stuffed, long lines broken softly, no other line ends in a blank."""
    out: list[bytes] = []
    for line in body.split(b"\n"):
        out += [_stuff(part) for part in _break_softly(line)]
    return raw_mail(b"\n".join(out), b"Content-Type: text/plain; charset=utf-8; format=flowed")


def flowed_unstuffed(body: bytes) -> bytes:
    """The declaration without the stuffing, which git am refuses."""
    return raw_mail(body, b"Content-Type: text/plain; charset=utf-8; format=flowed")


def _stuff(line: bytes) -> bytes:
    return b" " + line if line.startswith((b" ", b">", b"From ")) else line


def _break_softly(line: bytes) -> list[bytes]:
    parts: list[bytes] = []
    while len(line) > 72 and (cut := line.rfind(b" ", 2, 72)) > 0 and line[:cut].strip(b" +-"):
        parts.append(line[: cut + 1])
        line = line[cut + 1 :]
    return [*parts, line]


def reply(body: bytes, depth: int, rng: random.Random, *, remarks: int = 2) -> bytes:
    """Quoted *depth* times by mailers with different marks, with remarks put between the lines."""
    lines = body.split(b"\n")[:-1]
    for level in range(depth):
        lines = _quote(lines, rng)
        if level < remarks:
            _add_remark(lines, rng)
        lines = [b"On Tue, Apr 01, 2025 at 10:00:00AM +0200, Reviewer %d wrote:" % level, *lines]
    return raw_mail(b"\n".join(lines) + b"\n", b"Content-Type: text/plain; charset=utf-8", subject=b"Re: " + SUBJECT)


def _quote(lines: list[bytes], rng: random.Random) -> list[bytes]:
    """One more mark; mailers differ on whether a blank stands between it and the marks that are there."""
    tight = rng.random() < 0.5
    return [b">" + line if tight and line.startswith(b">") else (b"> " + line).rstrip(b" ") for line in lines]


def _add_remark(lines: list[bytes], rng: random.Random) -> None:
    """Put a remark somewhere in the diff, between blank lines as people do."""
    starts = [index for index, line in enumerate(lines) if b"@@ -" in line]
    at = rng.randrange(starts[0] + 1, len(lines)) if starts else len(lines)
    lines[at:at] = [b"", *rng.choice(_REMARKS).split(b"\n"), b""]


def flattened(body: bytes) -> bytes:
    """The text of a web archive: blanks collapsed, both ends of each line bare, three header lines."""
    folded = b"\n".join(re.sub(rb"[ \t]+", b" ", line).strip(b" \t") for line in body.split(b"\n"))
    return SUBJECT + b"\n\nFrom: A Developer\nDate: Tue Apr 01 2025 - 10:00:00 EST\n\n\n" + folded.rstrip(b"\n")


def with_nbsp(body: bytes) -> bytes:
    """Tabs and the first column as a mailer pastes them: NBSP and blanks."""
    out = []
    for line in body.split(b"\n"):
        marker, rest = (line[:1], line[1:]) if line[:1] in (b"+", b"-", b" ") else (b"", line)
        rest = rest.replace(b"\t", b"\xc2\xa0\xc2\xa0 \xc2\xa0")
        out.append((b"\xc2\xa0" if marker == b" " and rest else marker) + rest)
    return plain(b"\n".join(out))


EXACT: dict[str, Callable[[bytes], bytes]] = {
    "as it is": plain,
    "quoted-printable": quoted_printable,
    "base64": in_base64,
    "base64 with CR LF inside": in_base64_with_crlf,
    "CR LF on the wire": on_the_wire,
    "latin-1": in_latin1,
    "attached to a mail": attached,
    "signed and quoted-printable": signed,
    "format=flowed": flowed,
    "format=flowed but not stuffed": flowed_unstuffed,
}
