# SPDX-License-Identifier: GPL-2.0-or-later
"""What is said around a diff: changelog, in-body headers, trailers, file names in prose."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from kpatchlint.mail.header import decode_words
from kpatchlint.patch.quoting import BodyLine

_IN_BODY = re.compile(rb"(From|Subject|Date): ?(.*)$", re.IGNORECASE)
_SCISSORS = re.compile(
    rb"^[\s-]*(?:8<|>8|%<|>%)[\s-]*(?:cut here)?[\s><8%-]*$|^-+ *(?:8<|>8|%<|>%).*-+\s*$", re.IGNORECASE
)
_SHOWN_COMMIT = re.compile(rb"^commit [0-9a-f]{7,64}\b")
_SHOWN_AUTHOR = re.compile(rb"^Author: +(.*)$")
_TRAILER = re.compile(rb"^(fixes|link|closes|base-commit|prerequisite-patch-id):[ \t]*(\S.*)$", re.IGNORECASE)
_OBJECT_ID = re.compile(r"^[0-9a-f]{7,64}$")
_STAT_ROW = re.compile(rb"^\s*(?P<name>[^\s|]{1,500})(?: => [^\s|]{1,500})?\s+\|\s+(?:\d+|Bin)\b")
_PATH = re.compile(
    rb"(?<![\w/.:])(?:[\w.-]{1,100}/){1,20}(?:[\w.-]{1,100}\.(?:c|h|S|rs|dts|dtsi|rst|txt|yaml|lds)|Kconfig|Makefile)\b"
)
_NAMES_OF_DIFF = (b"diff ", b"--- ", b"+++ ", b"Index: ")
_MENTIONS_MAX = 50
_MENTIONS_READ_MAX = 2000


class Prose(msgspec.Struct, frozen=True):
    """What the text at a diff's own quote depth says of it; None where it says nothing.

    ``introduction``: the paragraph right above a patch that stands below scissors or as git-show(1) prints it.
    """

    changelog: str = ""
    introduction: str = ""
    subject: str | None = None
    author: str | None = None
    base_commit: str | None = None
    prerequisites: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_prose(above: Sequence[BodyLine], below: Sequence[BodyLine], charset: str) -> Prose:
    """Read the lines of the diff's own depth that stand above it and below it.

    As in git-mailinfo(1), headers count only at the very top or right below a scissors line, and what is above the
    scissors is not the patch's.
    """
    texts = [line.text for line in above]
    notes: tuple[str, ...] = ()
    before: list[bytes] = []
    cut = next((index for index in reversed(range(len(texts))) if _SCISSORS.match(texts[index])), None)
    if cut is not None:
        before, texts = texts[:cut], texts[cut + 1 :]
        notes = ("what stands above the scissors line is not part of the patch",)
    start = _find_shown_commit(texts)
    if start is not None:
        before = texts[:start]
        subject, author, texts = _read_shown_commit(texts[start:])
    else:
        subject, author, texts = _read_in_body(texts)
    message = _until_separator(texts)
    trailers = _read_trailers([*texts, *(line.text for line in below)])
    bases = [value for value in trailers.get("base-commit", ()) if _OBJECT_ID.match(value)]
    return Prose(
        changelog=b"\n".join(message).decode(charset, errors="replace").strip(),
        introduction=b"\n".join(_last_paragraph(before)).decode(charset, errors="replace"),
        subject=subject,
        author=author,
        base_commit=bases[0] if bases else None,
        prerequisites=tuple(v for v in trailers.get("prerequisite-patch-id", ()) if _OBJECT_ID.match(v)),
        fixes=tuple(trailers.get("fixes", ())),
        links=(*trailers.get("link", ()), *trailers.get("closes", ())),
        notes=notes,
    )


def _read_in_body(texts: list[bytes]) -> tuple[str | None, str | None, list[bytes]]:
    """``From:`` and ``Subject:`` at the top of the text, which name the real author of a patch sent by another."""
    start = next((index for index, text in enumerate(texts) if text.strip()), len(texts))
    found: dict[str, str] = {}
    end = start
    name = ""
    while end < len(texts):
        match = _IN_BODY.match(texts[end])
        if match is None and not (name and texts[end].startswith((b" ", b"\t")) and texts[end].strip()):
            break
        name = match[1].decode().lower() if match else name
        said = decode_words(match[2] if match else texts[end])
        found[name] = f"{found[name]} {said}" if name in found else said
        end += 1
    if end > start and end < len(texts) and texts[end].strip() and "from" not in found:
        return None, None, texts  # prose that happens to begin with such a word
    return found.get("subject"), found.get("from"), texts[end:]


def _find_shown_commit(texts: list[bytes]) -> int | None:
    """Where a patch begins that is shown in the form of git-show(1): the last ``commit`` with an ``Author:`` below it.

    A changelog line that happens to begin with "commit 0123456789ab" has none.
    """
    for start in reversed(range(len(texts))):
        if _SHOWN_COMMIT.match(texts[start]) and any(
            _SHOWN_AUTHOR.match(text) for text in texts[start + 1 : start + 4]
        ):
            return start
    return None


def _read_shown_commit(texts: list[bytes]) -> tuple[str | None, str | None, list[bytes]]:
    """``commit``, ``Author:``, ``Date:``, then the message indented by four."""
    author = next((m[1] for text in texts[1:4] if (m := _SHOWN_AUTHOR.match(text))), b"")
    message = [text.strip() for text in texts[1:] if text[:1] in (b" ", b"\t") or not text.strip()]
    title = next((text for text in message if text), b"")
    return decode_words(title), decode_words(author), message


def _last_paragraph(texts: list[bytes]) -> list[bytes]:
    """The last lines with no blank one among them."""
    end = next((index + 1 for index in reversed(range(len(texts))) if texts[index].strip()), 0)
    start = next((index + 1 for index in reversed(range(end)) if not texts[index].strip()), 0)
    return texts[start:end]


def _until_separator(texts: list[bytes]) -> list[bytes]:
    end = next((index for index, text in enumerate(texts) if text.rstrip() == b"---"), len(texts))
    return texts[:end]


def _read_trailers(texts: Iterable[bytes]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in texts:
        if match := _TRAILER.match(text.strip()):
            found.setdefault(match[1].decode().lower(), []).append(decode_words(match[2]))
    return found


class Mention(msgspec.Struct, frozen=True):
    """A file name in prose or in a diffstat row, and the number of its line."""

    name: str
    number: int


def find_mentions(lines: Iterable[BodyLine]) -> list[Mention]:
    """File names outside of diff headers, at most 2,000."""
    found: list[Mention] = []
    for line in lines:
        if line.text.startswith(_NAMES_OF_DIFF) or len(found) >= _MENTIONS_READ_MAX:
            continue
        row = _STAT_ROW.match(line.text[:2000])
        names = [row["name"]] if row else [match[0] for match in _PATH.finditer(line.text[:2000])]
        found += [Mention(name.decode("utf-8", errors="surrogateescape"), line.number) for name in names]
    return found


def sort_mentions(mentions: Iterable[Mention], first_line: int) -> tuple[str, ...]:
    """Names nearest to *first_line* first, each once, at most 50."""
    nearest: dict[str, int] = {}
    for mention in mentions:
        distance = abs(mention.number - first_line)
        nearest[mention.name] = min(nearest.get(mention.name, distance), distance)
    return tuple(sorted(nearest, key=lambda name: (nearest[name], name))[:_MENTIONS_MAX])
