# SPDX-License-Identifier: GPL-2.0-or-later
"""What the model believes of a function becomes text, JSON, or a graph."""

import json
import textwrap
from collections.abc import Iterator

from kpatchlint.ask.records import Answer, Chain, Link, Node
from kpatchlint.report.json import Json
from kpatchlint.text.clean import clip, disarmed, printable

_SHOWN = 400  # characters of a line of code or of a name


def render_answer(answer: Answer, width: int) -> str:
    """Text of *width* columns: the sentence, then each chain with its calls, then where the model stopped looking."""
    lines = [*_prose(f"{answer.says}.", width)]
    for about in answer.about:
        lines += _prose(f"{about}", width, "  ")
    for chain in answer.chains:
        lines += ["", *(_prose(chain.says, width) if chain.says != answer.says else ())]
        for link in chain.links:
            is_place_said = answer.question == "callees"
            lines += ([] if is_place_said else _prose(_place(link), width, "  ")) + [*_link_lines(link, width)]
    if answer.notes:
        lines.append("")
    lines += (line for note in answer.notes for line in _prose(f"note: {note}", width))
    return "".join(f"{disarmed(line)}\n" for line in lines)


def render_answer_json(answer: Answer) -> str:
    """One object: ``question``, ``about``, ``says``, ``chains`` of ``links``, ``notes`` (docs/ask.md)."""
    chains: list[Json] = [_chain(chain) for chain in answer.chains]
    about: list[Json] = [_node(each) for each in answer.about]
    notes: list[Json] = [_clean(note) for note in answer.notes]
    whole: Json = {
        "question": answer.question,
        "about": about,
        "says": _clean(answer.says),
        "chains": chains,
        "notes": notes,
    }
    return json.dumps(whole, indent=1) + "\n"


def _place(link: Link) -> str:
    return f"{link.caller.path}:{link.line} {link.caller.name}()"


def _link_lines(link: Link, width: int) -> Iterator[str]:
    if link.code:
        yield from _prose(link.code, width, "      ")
    for said in (link.why, link.doubt, *(f"while {hold}" for hold in link.holds)):
        if said:
            yield from _prose(f"({said})", width, "      ")


def _prose(text: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(
        _clean(text), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    ) or [""]


def _chain(chain: Chain) -> Json:
    links: list[Json] = [_link(link) for link in chain.links]
    return {"says": _clean(chain.says), "links": links}


def _link(link: Link) -> Json:
    holds: list[Json] = [_clean(hold) for hold in link.holds]
    return {
        "caller": _node(link.caller),
        "line": link.line,
        "code": _clean(link.code),
        "callee": _node(link.callee),
        "why": _clean(link.why),
        "doubt": _clean(link.doubt),
        "holds": holds,
    }


def _node(node: Node) -> Json:
    return {"name": _clean(node.name), "path": _clean(node.path), "line": node.line}


def _clean(text: str) -> str:
    return clip(printable(text, tab=" "), 5 * _SHOWN)
