# SPDX-License-Identifier: GPL-2.0-or-later
"""One raw mail: header fields, MIME parts, transfer encodings, charsets, limits."""

import base64

import pytest

from kpatchlint.mail.limits import OverLimit
from kpatchlint.mail.message import parse_message


def mail(head: bytes, body: bytes) -> bytes:
    return b"From: A <a@example.org>\nSubject: s\n" + head + b"\n" + body


def part(head: bytes, body: bytes) -> bytes:
    return b"--b\n" + head + b"\n" + body + b"\n"


MIXED = b'Content-Type: multipart/mixed; boundary="b"\n'
PLAIN = b"Content-Type: text/plain; charset=utf-8\n"
PATCH = b'Content-Disposition: attachment; filename="x.patch"\nContent-Type: application/octet-stream\n'


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        pytest.param(mail(b"", b"x\n"), b"x\n", id="no MIME at all"),
        pytest.param(mail(MIXED, part(PLAIN, b"x") + part(PATCH, b"+y") + b"--b--\n"), b"x\n+y\n", id="attached patch"),
        pytest.param(mail(MIXED, part(b"Content-Type: image/png\n", b"+y") + part(PLAIN, b"x")), b"x\n", id="unclosed"),
        pytest.param(
            mail(
                b"Content-Type: multipart/alternative; boundary=b\n",
                part(PLAIN, b"x") + part(b"Content-Type: text/html\n", b"<p>x") + b"--b--",
            ),
            b"x\n",
            id="the plain alternative",
        ),
        pytest.param(
            mail(MIXED, part(b"Content-Type: message/rfc822\n", b"Subject: t\n\ny")), b"y\n", id="forwarded mail"
        ),
        pytest.param(mail(b"Content-Transfer-Encoding: BASE64\n", b"K2E\n=\n"), b"+a\n", id="padding on its own line"),
        pytest.param(
            mail(b"Content-Transfer-Encoding: base64\n", base64.b64encode(b"+ab\n") + b"\n____\nlist footer\n"),
            b"+ab\n\n____\nlist footer\n",
            id="a footer under base64",
        ),
        pytest.param(
            mail(b"Content-Transfer-Encoding: quoted-printable\n", b"+a =3D b=\n;\n=20\n"),
            b"+a = b;\n \n",
            id="quoted-printable",
        ),
        pytest.param(
            mail(b"Content-Type: text/plain; charset=gb2312\n", b"\xd6\xd0\n"), "\u4e2d\n".encode(), id="gb2312"
        ),
        pytest.param(mail(b"Content-Type: text/plain; charset=iso-8859-1\n", b"\xe9\n"), b"\xc3\xa9\n", id="latin-1"),
        pytest.param(mail(b"Content-Type: text/plain; charset=punycode\n", b"\xe9-a\n"), b"\xe9-a\n", id="no charset"),
        pytest.param(mail(b"Content-Type: text/plain; charset=zip\n", b"\xe9\n"), b"\xe9\n", id="a codec that is none"),
        pytest.param(mail(b"Content-Type: multipart/mixed\n", b"x\n"), b"", id="multipart without boundary"),
        pytest.param(b"Subject: only a header", b"", id="no body"),
        pytest.param(mail(b"", b"a\r\nb\r\n"), b"a\nb\n", id="CR LF of the wire"),
        pytest.param(mail(b"", b"a\r\nb\n"), b"a\r\nb\n", id="CR LF of a file"),
    ],
)
def test_body(raw: bytes, body: bytes) -> None:
    assert parse_message(raw, "t").body == body


def test_header_fields_for_people_are_decoded_and_harmless() -> None:
    found = parse_message(
        b"From: =?utf-8?b?w4k=?= <e@example.org>\n"
        b"Subject: =?utf-8?q?a=0Abcc=3A_b?= \x1b[31m\n\tfolded \xe2\x80\xae!\nMessage-ID: <1@x>\n"
        b"References: <0@x>\n <0.5@x>\nIn-Reply-To: <0.5@x>\n\nx\n",
        "t",
    )
    assert found.author == "\u00c9 <e@example.org>"
    assert found.subject == "a bcc: b [31m folded !"
    assert (found.message_id, found.references) == ("<1@x>", ("<0@x>", "<0.5@x>"))


@pytest.mark.parametrize(
    ("charset", "said"),
    [
        (b"y", "unknown charset 'y', read as latin-1"),
        (b"utf-8", "not UTF-8, read as latin-1"),
        (b"shift_jis", "not in its charset 'shift_jis', read as latin-1"),
    ],
)
def test_charset_that_does_not_hold_is_told(charset: bytes, said: str) -> None:
    raw = mail(b"Content-Type: text/plain; charset=" + charset + b"\n", b"a \xff b\n")
    found = parse_message(raw, "t")
    assert (found.damage, found.charset) == ((said,), "latin-1")


def test_format_flowed_is_told() -> None:
    assert parse_message(mail(b"Content-Type: text/plain;\n format=Flowed\n", b"x\n"), "t").is_flowed


@pytest.mark.parametrize("raw", [mail(b"Content-Type: text/html\n", b"<p>+x"), mail(MIXED, b"")])
def test_mail_without_plain_text_is_told(raw: bytes) -> None:
    found = parse_message(raw, "t")
    assert (found.body, found.damage) == (b"", ("the mail has no plain text",))


def nested(depth: int) -> bytes:
    raw = PLAIN + b"\nx\n"
    for level in range(depth):
        raw = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) + raw + b"\n--b%d--\n" % level
    return raw


def test_ten_levels_of_mime_are_read() -> None:
    assert parse_message(nested(10), "t").body == b"x\n"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        pytest.param(nested(11), "the MIME structure has 11 levels, over the limit of 10", id="too deep"),
        pytest.param(mail(MIXED, part(PLAIN, b"x") * 201), "has 201 parts, over the limit of 200", id="too many parts"),
        pytest.param(mail(b"", b"x" * 2**21), "over the limit of 2097152", id="too many bytes"),
        pytest.param(
            mail(b"", b"a\n" + b"x" * 65537), "line 2 has 65537 bytes, over the limit of 65536", id="a long line"
        ),
    ],
)
def test_over_a_limit(raw: bytes, said: str) -> None:
    with pytest.raises(OverLimit) as caught:
        parse_message(raw, "t.eml")
    assert str(caught.value).startswith("t.eml: ")
    assert said in str(caught.value)
