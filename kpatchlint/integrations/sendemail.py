# SPDX-License-Identifier: GPL-2.0-or-later
"""git's ``sendemail-validate`` hook: the mails of one sending are checked as the series that they are, or let pass.

Refused is what introduces an error for good. A check that fails itself (no kernel tree, a crash, over time) says so and
lets the mail pass unless it is strict: nobody shall be kept from sending by a fault of ours.
"""

import io
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TextIO

from kpatchlint.engine import Report, ReportedFinding, Request, check_request
from kpatchlint.findings.records import Severity, State
from kpatchlint.integrations.hook_file import REFUSED, ask_git
from kpatchlint.integrations.screen import render_screen
from kpatchlint.integrations.sending import Sending, find_mails, open_memory
from kpatchlint.settings.keys import NEVER
from kpatchlint.settings.records import Settings
from kpatchlint.settings.settle import build_policy, read_kernel_config, settle
from kpatchlint.text.clean import clip, printable
from kpatchlint.text.errors import KpatchlintError, NothingToAnalyse

TIME_MAX_S = 300

_QUIET_S = 4.0  # seconds before a word on why nothing happens

_PASSED, _HELD = "passed", "held"
_TEXT = ""  # the key of a verdict that has yet to be told; no mail has this name
_SAID = 300


class OverTime(KpatchlintError):
    """The check took longer than somebody who sends mail will wait."""

    def __str__(self) -> str:
        return f"no result within {TIME_MAX_S} s"


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What is said of a sending: the text, and the mails that are not to be sent."""

    text: str
    refused: frozenset[str]


def validate(mail: Path, environment: Mapping[str, str], err: TextIO, *, is_strict: bool) -> int:
    """Judge one call of the hook, in the folder that git calls it in.

    Args:
        mail: the file that git is about to send.
        environment: of the hook; git 2.41 and later count the calls in it.
        err: where the verdict is written, at most one screen.
        is_strict: a check that fails refuses the mail; the setting ``hook.strict`` does so too.

    Returns:
        0: send it, or wait for the rest of the mails. ``hook_file.REFUSED``: do not.
    """
    try:
        settings = settle({}, ())
        is_strict = is_strict or settings.switch("hook.strict")
        with _TimeLimit(TIME_MAX_S):
            return _judge(mail.absolute(), environment, settings, err)
    except NothingToAnalyse as error:
        err.write(_line(f"{error}; nothing is checked"))
        return 0
    except KpatchlintError as error:
        return _fail(str(error), is_strict, err)
    except Exception as error:  # a bug of ours is no reason to keep somebody from sending
        return _fail(f"internal failure: {type(error).__name__}: {error}", is_strict, err)


def _judge(mail: Path, environment: Mapping[str, str], settings: Settings, err: TextIO) -> int:
    memory = open_memory(ask_git(".", "rev-parse", "--absolute-git-dir"))
    known = memory.read()
    if _is_known(mail, known):  # git before 2.41, and the series was judged with an earlier mail
        return _outcome(str(mail), known, err)
    sending = find_mails(mail, environment, memory)
    if not sending.mails:
        return 0
    with _patience(len(sending.mails), err):
        verdict = _check(sending, settings)
    if sending.is_counted:
        err.write(verdict.text)
        return REFUSED if verdict.refused else 0
    said = {str(each): _HELD if str(each) in verdict.refused else _PASSED for each in sending.mails}
    if not verdict.refused:
        err.write(verdict.text)
    memory.write({**known, **said, _TEXT: verdict.text})
    return _outcome(str(mail), said | {_TEXT: verdict.text}, err)


@contextmanager
def _patience(mail_count: int, err: TextIO) -> Iterator[None]:
    """Say what is going on when it takes long: git shows nothing, and a tree that is new is indexed first."""
    mails = "1 mail" if mail_count == 1 else f"{mail_count} mails"
    said = f"kpatchlint: checking {mails}; a tree is indexed before its first check, which takes a while\n"
    timer = threading.Timer(_QUIET_S, lambda: print(said, end="", file=err, flush=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _is_known(mail: Path, known: Mapping[str, str]) -> bool:
    return known.get(str(mail)) in (_PASSED, _HELD)


def _outcome(mail: str, known: Mapping[str, str], err: TextIO) -> int:
    """The verdict is told with the first mail that it holds back: those that are not sent concern nobody."""
    if known[mail] == _PASSED:
        return 0
    err.write(known[_TEXT])
    return REFUSED


def _check(sending: Sending, settings: Settings) -> _Verdict:
    request = Request(
        inputs=tuple(map(str, sending.mails)),
        tree=settings.text("tree"),
        rev=settings.text("rev"),
        arch=settings.text("arch"),
        config=read_kernel_config(settings),
        policy=build_policy(settings),
    )
    report = check_request(request, stdin=io.BytesIO())
    if report.unfit is not None:
        raise report.unfit
    held = _held(report, settings.text("hook.fail-on") or Severity.ERROR.value)
    origins = {report.patches[each.verdict.patch - 1].patch.origin for each in held}
    refused = {str(mail) for mail in sending.mails if any(_is_from(origin, mail) for origin in origins)}
    return _Verdict(render_screen(report, held, sending.notes), frozenset(refused))


def _is_from(origin: str, mail: Path) -> bool:
    """Whether a patch's origin is that file; one of several mails in a file has a number behind it."""
    return origin.partition(f"{mail}#")[1] != "" or origin == str(mail)


def _held(report: Report, fail_on: str) -> Sequence[ReportedFinding]:
    """The findings for which a mail is not sent: introduced for good, and as bad as *fail_on*."""
    if fail_on == NEVER:
        return ()
    severities = [severity.value for severity in Severity]
    bad = severities[: severities.index(fail_on) + 1]
    lasting = [f for f in report.findings if f.verdict.state is State.INTRODUCED and f.verdict.gone_in is None]
    return [each for each in lasting if each.verdict.finding.severity.value in bad]


def _fail(said: str, is_strict: bool, err: TextIO) -> int:
    """The check has failed: say what becomes of the mail."""
    if is_strict:
        err.write(_line(f"{said}; refused, since the hook is strict"))
        err.write("to send all the same: git send-email --no-validate\n")
        return REFUSED
    err.write(_line(f"{said}; THE MAIL IS SENT UNCHECKED"))
    return 0


def _line(said: str) -> str:
    return f"kpatchlint: {clip(printable(said, tab=' '), _SAID)}\n"


class _TimeLimit:
    """Raises OverTime in the main thread after some seconds."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._previous: Callable[[int, FrameType | None], object] | int | None = None

    def __enter__(self) -> None:
        self._previous = signal.signal(signal.SIGALRM, self._stop)
        signal.alarm(self._seconds)

    def __exit__(self, *_: object) -> None:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, self._previous)

    def _stop(self, *_: object) -> None:
        raise OverTime
