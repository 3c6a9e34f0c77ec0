# SPDX-License-Identifier: GPL-2.0-or-later
"""One call of git's hook, for one mail, becomes the mails that are being sent with it.

git 2.41 and later say which call of how many it is (``GIT_SENDEMAIL_FILE_COUNTER``, ``GIT_SENDEMAIL_FILE_TOTAL``): the
mails are remembered, and judged at the last call. Earlier ones do not: the mails of the same series lie beside the
first one, and are judged at the first call. All calls of one ``git send-email`` have it as an ancestor, which tells
them from those of another.
"""

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kpatchlint.mail.header import split_header
from kpatchlint.mail.limits import MAIL_MAX_BYTES, PATCHES_MAX_COUNT
from kpatchlint.mail.records import SubjectTag
from kpatchlint.mail.subject import parse_subject

COUNTER, TOTAL = "GIT_SENDEMAIL_FILE_COUNTER", "GIT_SENDEMAIL_FILE_TOTAL"

_HEAD_MAX_BYTES = 64 * 1024
_NEIGHBOURS_MAX_COUNT = 2000  # files of a folder that are looked at
_STATE_MAX_BYTES = 1024 * 1024
_STATE_KEPT_S = 86400
_ANCESTORS = 2  # of us: the hook's shell, then ``git hook run``, whose parent is git-send-email
_STAT = re.compile(r"\d+ \(.*\) \S (\d+) (?:\S+ ){17}(\d+) ", re.DOTALL)  # proc(5): ppid is field 4, starttime 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """The mails to judge now, in order; none: wait for the rest of them. ``notes`` says what is not as it should be."""

    mails: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    is_counted: bool = False


@dataclass(frozen=True, slots=True)
class Memory:
    """What one ``git send-email`` has asked so far, in a file of the repository's own folder.

    A file that cannot be read or written is an empty one: then each mail is judged by itself.
    """

    path: Path

    def read(self) -> dict[str, str]:
        """Mail file -> what was said of it."""
        try:
            with self.path.open("rb") as stream:
                known = json.loads(stream.read(_STATE_MAX_BYTES))
        except (OSError, ValueError, RecursionError):
            return {}
        return {str(key): str(value) for key, value in known.items()} if isinstance(known, dict) else {}

    def write(self, known: Mapping[str, str]) -> None:
        """Remember *known*, and forget what was remembered of sendings of yesterday."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            for old in self.path.parent.glob("send-*.json"):
                if time.time() - old.stat().st_mtime > _STATE_KEPT_S:
                    old.unlink()
            self.path.write_text(json.dumps(known))
        except OSError:
            return

    def forget(self) -> None:
        """The sending is done with."""
        self.path.unlink(missing_ok=True)


def open_memory(git_folder: str) -> Memory:
    """The memory of the ``git send-email`` that this process was started by."""
    return Memory(Path(git_folder, "kpatchlint", f"send-{_sender()}.json"))


def find_mails(mail: Path, environment: Mapping[str, str], memory: Memory) -> Sending:
    """The mails that are sent with *mail*, when they are to be judged now."""
    counter, total = (_number(environment.get(name)) for name in (COUNTER, TOTAL))
    if counter is None or total is None:
        return _find_beside(mail)
    known = {} if counter == 1 else memory.read()
    mails = [*(path for path in known if path != str(mail)), str(mail)]
    if counter < total:
        memory.write(dict.fromkeys(mails, ""))
        return Sending(is_counted=True)
    memory.forget()
    lost = total - len(mails)
    notes = (f"{lost} of {total} mails of this sending could not be remembered",) if lost > 0 else ()
    return Sending(mails=tuple(map(Path, mails)), notes=notes, is_counted=True)


def _find_beside(mail: Path) -> Sending:
    """The series that *mail* is of, from the files beside it."""
    own = _read_tag(mail)
    if own is None or own.number is None or own.total is None:
        return Sending(mails=(mail,))
    found: dict[int, Path] = {own.number: mail}
    notes: list[str] = []
    for path, tag in _neighbours(mail):
        number = tag.number
        if number is None or number == own.number or not _is_one_series(own, tag):
            continue
        if number in found:
            found[number] = max(found[number], path, key=_changed_at)
            notes.append(f"two files are patch {number}/{own.total}, {found[number].name} is taken")
        else:
            found[number] = path
    missing = [number for number in range(1, own.total + 1) if number not in found]
    if missing:
        notes.append(f"patch {', '.join(map(str, missing[:5]))} of {own.total} is not beside {mail.name}")
        return Sending(mails=(mail,), notes=tuple(notes))
    return Sending(mails=tuple(path for _, path in sorted(found.items())), notes=tuple(notes))


def _neighbours(mail: Path) -> Iterator[tuple[Path, SubjectTag]]:
    for index, path in enumerate(sorted(mail.parent.iterdir())):
        if index >= _NEIGHBOURS_MAX_COUNT:
            return
        if path != mail and path.is_file() and path.stat().st_size <= MAIL_MAX_BYTES:
            tag = _read_tag(path)
            if tag is not None:
                yield path, tag


def _is_one_series(one: SubjectTag, other: SubjectTag) -> bool:
    if one.total is None or one.total > PATCHES_MAX_COUNT or other.is_reply:
        return False
    return (one.total, one.version, one.words) == (other.total, other.version, other.words)


def _read_tag(path: Path) -> SubjectTag | None:
    """The tag of a mail's subject, None for what is no mail."""
    try:
        with path.open("rb") as stream:
            header, _ = split_header(stream.read(_HEAD_MAX_BYTES))
    except OSError:
        return None
    subject = header.text("subject")
    return parse_subject(subject) if subject else None


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else None


def _sender() -> str:
    """A name for the ``git send-email`` above us, "0" where processes cannot be looked at (not Linux)."""
    pid = os.getppid()
    for _ in range(_ANCESTORS):
        parent = _process(pid)
        if parent is None:
            return "0"
        pid = parent[0]
    sender = _process(pid)
    return f"{pid}-{sender[1]}" if sender else "0"


def _process(pid: int) -> tuple[int, int] | None:
    """Parent and start time (clock ticks after boot) of a process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    found = _STAT.match(text)
    return (int(found.group(1)), int(found.group(2))) if found else None
