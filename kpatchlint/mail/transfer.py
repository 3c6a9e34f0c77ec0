# SPDX-License-Identifier: GPL-2.0-or-later
"""Content-Transfer-Encoding undone: quoted-printable, base64, and quoted-printable that was applied twice."""

import binascii
import re

import msgspec

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_BARE_EQUALS = re.compile(rb"=(?![0-9A-F]{2}|\r?\n|\Z)")
_ENCODED_BLANK = re.compile(rb"=(?:20|09)\r?$", re.MULTILINE)
_ENCODED_EQUALS = re.compile(rb"=3D")
_LONE_BLANK = re.compile(rb"^((?:>[> ]*)?)=20(\r?)$", re.MULTILINE)


class Decoded(msgspec.Struct, frozen=True):
    """``data`` as the sender typed it, with a sentence for each thing that had to be mended."""

    data: bytes
    damage: tuple[str, ...] = ()


def undo_transfer(data: bytes, encoding: str) -> Decoded:
    """Undo *encoding* (a Content-Transfer-Encoding value); an unknown one is passed through, as mailers do."""
    match encoding.strip().lower():
        case "quoted-printable":
            plain = binascii.a2b_qp(data)
        case "base64":
            plain = decode_base64(data)
        case _:
            plain = data
    return _strip_wire_line_ends(_undo_second_quoting(Decoded(plain)))


def decode_base64(data: bytes) -> bytes:
    """Base64 with whatever a list put around it: other bytes are skipped, a cut last group gives what it holds."""
    head = data.split(b"=", 1)[0]
    letters = _NOT_BASE64.sub(b"", head)
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    plain = binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
    footer = data[len(head) :].lstrip(b"=\r\n \t")
    return plain + b"\n" + footer if footer else plain


def _undo_second_quoting(found: Decoded) -> Decoded:
    """Some gateways encode what is already encoded; then every ``=`` of the decoded text begins an escape."""
    data = found.data
    signs = len(_ENCODED_BLANK.findall(data)) + len(_ENCODED_EQUALS.findall(data))
    if signs >= 2 and not _BARE_EQUALS.search(data):
        return Decoded(binascii.a2b_qp(data), (*found.damage, "quoted-printable was applied twice"))
    mended, count = _LONE_BLANK.subn(rb"\1 \2", data)
    if count:
        return Decoded(mended, (*found.damage, "literal =20 stands for blank lines"))
    return found


def _strip_wire_line_ends(found: Decoded) -> Decoded:
    """CRLF on every line is the wire's, CRLF on some is the patched file's."""
    line_count = found.data.count(b"\n")
    if line_count == 0 or found.data.count(b"\r\n") != line_count:
        return found
    return Decoded(found.data.replace(b"\r\n", b"\n"), (*found.damage, "every line ended in CR LF"))
