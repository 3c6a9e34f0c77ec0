# SPDX-License-Identifier: GPL-2.0-or-later
"""Prose between the lines of a diff becomes comments, each with its depth, its author and the line it answers."""

import re
from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from kpatchlint.mail.header import decode_words
from kpatchlint.patch.quoting import BodyLine
from kpatchlint.patch.records import Comment

_WROTE = re.compile(r"\b(?:wrote|writes|said|schrieb|a écrit)\s*:\s*$", re.IGNORECASE)
_ADDRESS = re.compile(r"[<(\[][^<>()\[\]\s]*@[^<>()\[\]\s]*[>)\]]?|\S+@\S+")
_NOT_A_NAME = re.compile(r"\d|^(?:on|at|am|pm|le|via|\(.*\))$", re.IGNORECASE)
_ORIGINAL = re.compile(
    r"-{3,} ?(?:Original Message|Urspr\w+ Nachricht|Message d'origine|邮件原件) ?-{3,}", re.IGNORECASE
)
_SENDER = re.compile(r"(?:From|Von|De|发件人): *(.+)")
_FOOTER = re.compile(r"^_{30,}$.*", re.MULTILINE | re.DOTALL)  # what Mailman puts under each mail
_ZONE = re.compile(r"[A-Z]{3,5},$")  # the time zone at the end of a date
_NAME_MAX_WORDS = 6
_COMMENTS_MAX = 500  # for one diff


class Attribution(msgspec.Struct, frozen=True):
    """From line ``number`` on, what stands at quote depth ``depth`` was said by ``author``."""

    number: int
    depth: int
    author: str


def find_attributions(lines: Sequence[BodyLine], writer: str) -> list[Attribution]:
    """Who speaks where: *writer* at depth 0, above that whoever a line such as "On ..., A Name wrote:" names.

    It names who speaks at the depth of the text below it: one deeper for most mailers, its own depth for those that
    quote the attribution too.
    """
    found = [Attribution(0, 0, writer)] if writer else []
    for index, line in enumerate(lines):
        text = _prose(line)
        if index and (sent := _SENDER.match(text)) and _ORIGINAL.match(_prose(lines[index - 1])):
            found.append(Attribution(line.number, line.depth, _find_name(sent[1])))
        if len(text) > 400 or not _WROTE.search(text):
            continue
        above = lines[index - 1] if index else None
        if above is not None and above.depth == line.depth and not text.lower().startswith(("on ", "at ", "am ")):
            text = _prose(above)[-400:] + " " + text
        depth = _depth_below(lines, index)
        if name := _find_name(text):
            found.append(Attribution(line.number, depth, name))
    return found


def _depth_below(lines: Sequence[BodyLine], at: int) -> int:
    """The depth that the attribution at index *at* speaks of; one that nobody quotes speaks of the first quote."""
    own = lines[at].depth
    below = next((line for line in lines[at + 1 : at + 6] if line.text.strip()), None)
    return below.depth if own and below is not None and below.depth >= own else own + 1


def find_author(attributions: Sequence[Attribution], line: BodyLine) -> str | None:
    """Who wrote *line*: the last attribution above it for its depth, else the first one below."""
    same_depth = [said for said in attributions if said.depth == line.depth]
    above = [said for said in same_depth if said.number < line.number]
    chosen = above[-1:] or same_depth[:1]
    return chosen[0].author if chosen else None


def _prose(line: BodyLine) -> str:
    return line.text.decode("utf-8", errors="replace").strip()


def _find_name(text: str) -> str:
    """The words before "wrote:" back to the date, without addresses; the address where there is no name."""
    said = _WROTE.sub("", text)
    words = _ADDRESS.sub(" ", said).split()
    start = len(words)
    while start and not (_NOT_A_NAME.search(words[start - 1].strip(",;:")) or _ZONE.match(words[start - 1])):
        start -= 1
    name = " ".join(words[start:][-_NAME_MAX_WORDS:]).strip(" \t,;:<>\"'*")
    address = _ADDRESS.search(said)
    return decode_words((name or (address[0].strip("<>()[]") if address else "")).encode("utf-8", errors="replace"))


def collect_comments(
    lines: Sequence[BodyLine], diff_lines: Sequence[int], depth: int, attributions: Sequence[Attribution]
) -> tuple[Comment, ...]:
    """The text of other depths that follows a diff line.

    Args:
        lines: the body up to where the next diff begins.
        diff_lines: numbers of the lines of this diff, ascending; comments begin below the first of them.
        depth: the quote depth of the diff.
        attributions: who speaks where.
    """
    if not diff_lines:
        return ()
    comments: list[Comment] = []
    block: list[BodyLine] = []
    for line in lines:
        if line.number <= diff_lines[0]:
            continue
        if len(comments) >= _COMMENTS_MAX:
            return tuple(comments)
        is_break = line.depth == depth and (bool(line.text.strip()) or depth > 0)
        if block and (is_break or (line.depth != block[0].depth and line.text.strip())):
            comments += _build(block, diff_lines, attributions)
            block = []
        if not is_break and line.depth != depth and (block or line.text.strip()):
            block.append(line)
    return (*comments, *_build(block, diff_lines, attributions))


def _build(block: Sequence[BodyLine], diff_lines: Sequence[int], attributions: Sequence[Attribution]) -> list[Comment]:
    text = b"\n".join(line.text for line in block).decode("utf-8", errors="replace")
    text = _FOOTER.sub("", text).strip()
    if not text or (len(block) <= 2 and _WROTE.search(text)):
        return []
    first = block[0]
    above = bisect_right(diff_lines, first.number) - 1
    return [Comment(text=text, after=diff_lines[above], depth=first.depth, author=find_author(attributions, first))]
