# SPDX-License-Identifier: GPL-2.0-or-later
"""A report becomes one screen for somebody who is about to send patches: the worst first, and how to go on."""

import textwrap
from collections.abc import Sequence

from kpatchlint.engine import Report, ReportedFinding
from kpatchlint.findings.records import State
from kpatchlint.report.words import counted, patch_name, place_phrase, summary
from kpatchlint.text.clean import clip, printable

WIDTH = 79
LINES = 20  # a terminal has 24, and git adds its own

_MESSAGE_LINES, _ALONE_LINES = 3, 6
_PATH_NAMES = 6
_SHOWN = 400  # characters of a sentence
_STATES = (State.INTRODUCED,)


def render_screen(report: Report, refused: Sequence[ReportedFinding], notes: Sequence[str]) -> str:
    """At most 20 lines of 79 columns.

    Args:
        report: of all mails that are being sent.
        refused: the findings for which the mail is refused; none: it is sent.
        notes: what else there is to know, each a sentence.
    """
    shown = [each for each in report.findings if each.verdict.state is State.INTRODUCED]
    verdict = "refused: " if refused else ""
    head = _wrap(f"kpatchlint: {verdict}{summary(report, _STATES)} (Linux {report.tree.kernel}, {report.tree.arch})")
    head += [line for note in notes[:3] for line in _wrap(f"note: {note}", "  ", 2)]
    foot = _foot(shown, bool(refused))
    body = _body(report, shown, LINES - len(head) - len(foot))
    return "".join(f"{line}\n" for line in (*head, *body, *foot))


def _body(report: Report, shown: Sequence[ReportedFinding], lines: int) -> list[str]:
    """As many findings as *lines* have room for; one alone is told in full where it can be."""
    if len(shown) == 1 and len(whole := _block(report, shown[0], is_alone=True)) <= lines:
        return whole
    body: list[str] = []
    blocks = [_block(report, each) for each in shown]
    for told, block in enumerate(blocks):
        room = lines - len(body) - (1 if told + 1 < len(blocks) else 0)
        if len(block) > room:
            return [*body, f"  and {counted(len(blocks) - told, 'more finding')}: kpatchlint check FILES shows them"]
        body += block
    return body


def _foot(shown: Sequence[ReportedFinding], is_refused: bool) -> list[str]:
    """Why, and the way past: the last line is what somebody in a hurry has to see."""
    lines = []
    if shown:
        lines.append(
            f"why: kpatchlint explain {shown[0].verdict.finding.rule}; with the whole path: kpatchlint check FILES"
        )
    if is_refused:
        lines.append("to send all the same: git send-email --no-validate")
    return [part for line in lines for part in _wrap(line)]


def _block(report: Report, shown: ReportedFinding, *, is_alone: bool = False) -> list[str]:
    """One finding in a few lines: what, where, by which path, in which patch; *is_alone*: and what to do."""
    verdict, finding = shown.verdict, shown.verdict.finding
    many = len(report.patches) > 1
    where = f" (patch {patch_name(report, verdict.patch)})" if many else ""
    gone = f", gone again in {patch_name(report, verdict.gone_in)}" if verdict.gone_in is not None else ""
    at = place_phrase(finding.path, finding.line, finding.function, " ")
    place = f"{finding.severity.value}: {at} [{finding.rule}]{where}{gone}"
    lines = _wrap(place, "  ", 2)
    lines += _wrap(finding.message, "    ", _ALONE_LINES if is_alone else _MESSAGE_LINES)
    names = list(dict.fromkeys(step.function for step in finding.chain))
    if len(names) > 1:
        if len(names) > _PATH_NAMES:
            names = [*names[: _PATH_NAMES // 2], "...", *names[-_PATH_NAMES // 2 :]]
        lines += _wrap("path: " + " > ".join(names), "    ", 2)
    if is_alone and verdict.because is not None:
        lines += _wrap(f"made faulty by {verdict.because.path}:{verdict.because.line}", "    ", 2)
    if is_alone and finding.suggestion:
        lines += _wrap(f"suggestion: {finding.suggestion}", "    ", 3)
    return lines


def _wrap(text: str, indent: str = "", lines: int = 3) -> list[str]:
    return textwrap.wrap(
        clip(printable(text, tab=" "), _SHOWN),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_on_hyphens=False,
        max_lines=lines,
        placeholder=" ...",
    )
