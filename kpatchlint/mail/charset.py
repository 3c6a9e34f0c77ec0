# SPDX-License-Identifier: GPL-2.0-or-later
"""Bytes in a declared charset become UTF-8 bytes, as kernel files are, when the declaration can be believed."""

import codecs

import msgspec

_NOT_MAIL = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined"})  # slow, or no charset
_WIDER = {
    # What mailers call X is in fact the superset on the right.
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "ks_c_5601-1987": "cp949",
}


class Recoded(msgspec.Struct, frozen=True):
    """``data`` in ``charset``, and a sentence when the declared charset was not usable."""

    data: bytes
    charset: str
    damage: str | None = None


def find_codec(name: str) -> str | None:
    """Python's codec for a charset as mail names it, None when there is none that a mailer could mean."""
    plain = name.strip().strip("'\"").lower()
    try:
        found = codecs.lookup(_WIDER.get(plain, plain)).name
    except (LookupError, ValueError):
        return None
    return None if found.replace("-", "_") in _NOT_MAIL else found


def recode(data: bytes, declared: str) -> Recoded:
    """Turn *data* into UTF-8 when it says another charset.

    A mailer that declares another charset has converted the text into it, so the diff has to be converted back
    for its blob ids to hold. Bytes that are not of the declared charset were never converted and stay as they are.
    """
    if data.isascii() and not declared.lower().startswith(("utf-16", "utf-32", "iso-2022", "utf-7", "hz")):
        return Recoded(data, "utf-8")
    name = declared.strip().strip("'\"").lower()
    if name in ("", "utf-8", "utf8", "us-ascii", "ascii"):
        return _as_found(data, None)
    codec = find_codec(name)
    if codec is None:
        return _as_found(data, f"unknown charset {name[:40]!r}")
    try:
        return Recoded(data.decode(codec).encode("utf-8"), "utf-8")
    except (LookupError, UnicodeError):  # LookupError: a codec that is not between text and bytes, such as "zip"
        return _as_found(data, f"not in its charset {name[:40]!r}")


def _as_found(data: bytes, trouble: str | None) -> Recoded:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        said = trouble or "not UTF-8"
        return Recoded(data, "latin-1", f"{said}, read as latin-1")
    return Recoded(data, "utf-8", f"{trouble}, read as UTF-8" if trouble else None)
