# SPDX-License-Identifier: GPL-2.0-or-later
"""An answer as text, JSON, DOT and SVG, with hostile names in it."""

import json
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given

from kpatchlint.ask.records import Answer, Chain, Link, Node
from kpatchlint.report.answer import render_answer, render_answer_json
from kpatchlint.report.answer_graph import render_dot, render_svg
from tests.report.golden import check_golden
from tests.report.test_formats import HOSTILE_TEXT, odd

A, B, C, D = (Node(name, f"mm/{name}.c", line) for line, name in enumerate("abcd", start=10))


def link(caller: Node, callee: Node, *, doubt: str = "") -> Link:
    return Link(caller=caller, line=caller.line + 5, code=f"{callee.name}(x);", callee=callee, doubt=doubt)


ANSWER = Answer(
    question="path",
    about=(A, D),
    says="a() leads to d() by 3 calls",
    chains=(
        Chain(says="the long way", links=(link(A, B), link(B, C, doubt="`get` may be c() or b()"), link(C, D))),
        Chain(says="the short way", links=(link(A, D),)),
    ),
    notes=("not all was looked at",),
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("answer.txt", render_answer(ANSWER, 80), id="text"),
        pytest.param("answer.json", render_answer_json(ANSWER), id="json"),
        pytest.param("answer.dot", render_dot(ANSWER), id="dot"),
        pytest.param("answer.svg", render_svg(ANSWER), id="svg"),
    ],
)
def test_answer_reads_as_accepted(name: str, text: str) -> None:
    check_golden(name, text)


def test_callee_is_drawn_below_its_caller() -> None:
    drawn = ET.fromstring(render_svg(ANSWER))
    spots = {}
    for group in drawn.iter("{http://www.w3.org/2000/svg}g"):
        (_, rect, label, _) = group
        spots[label.text] = int(rect.attrib["y"])
    assert spots["a()"] < spots["b()"] < spots["c()"] < spots["d()"]


def test_functions_that_call_each_other_are_drawn() -> None:
    circle = Answer(question="path", about=(A,), says="", chains=(Chain(says="", links=(link(A, B), link(B, A))),))
    assert len(list(ET.fromstring(render_svg(circle)).iter("{http://www.w3.org/2000/svg}g"))) == 2


@given(text=HOSTILE_TEXT)
def test_any_name_is_harmless(text: str) -> None:
    node = Node(text, text, 1)
    each = Link(caller=node, line=1, code=text, callee=Node(text + "x"), why=text, doubt=text, holds=(text,))
    answer = Answer(
        question="callers", about=(node,), says=text, chains=(Chain(says=text, links=(each,)),), notes=(text,)
    )
    texts = [render_answer(answer, 80), render_answer_json(answer), render_dot(answer), render_svg(answer)]
    assert [odd(rendered) for rendered in texts] == [set()] * 4
    json.loads(texts[1])
    assert "{http://www.w3.org/2000/svg}script" not in {each.tag for each in ET.fromstring(texts[3]).iter()}
    assert texts[2].count("\n") == 6  # a quote that is not escaped, or a line end, would make more or fewer
