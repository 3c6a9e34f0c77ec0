# SPDX-License-Identifier: GPL-2.0-or-later
"""Subjects become tags, and mails become series."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.mail.records import Mail, SubjectTag
from kpatchlint.mail.series import build_series
from kpatchlint.mail.subject import parse_subject
from kpatchlint.mail.thread import choose_series


@pytest.mark.parametrize(
    ("subject", "tag"),
    [
        ("[PATCH 3/5] mm: x", SubjectTag(title="mm: x", words=("PATCH",), number=3, total=5)),
        (
            "[RFC PATCH v3 02/10] mm: x",
            SubjectTag(title="mm: x", words=("RFC", "PATCH"), version=3, number=2, total=10),
        ),
        ("[PATCH V2] mm: x", SubjectTag(title="mm: x", words=("PATCH",), version=2)),
        ("[PATCHv2 1/3] x", SubjectTag(title="x", words=("PATCH",), version=2, number=1, total=3)),
        ("[PATCH-v5 1/2] x", SubjectTag(title="x", words=("PATCH",), version=5, number=1, total=2)),
        (
            "[PATCH 3/5] Memory hotplug (v2)",
            SubjectTag(title="Memory hotplug", words=("PATCH",), version=2, number=3, total=5),
        ),
        ("[RFC][PATCH 1 of 2] x", SubjectTag(title="x", words=("RFC", "PATCH"), number=1, total=2)),
        ("[PATCH v2,1/3] x", SubjectTag(title="x", words=("PATCH",), version=2, number=1, total=3)),
        ("[PATCH RESEND v4] x [y]", SubjectTag(title="x [y]", words=("PATCH", "RESEND"), version=4)),
        ("[PATCH 6.1 12/34] x", SubjectTag(title="x", words=("PATCH", "6.1"), number=12, total=34)),
        ("Re: [PATCH 0/5] x", SubjectTag(title="x", words=("PATCH",), number=0, total=5, is_reply=True)),
        ("Re[2]: AW: [PATCH] x", SubjectTag(title="x", words=("PATCH",), is_reply=True)),
        ("Fwd: [PATCH] x", SubjectTag(title="x", words=("PATCH",))),
        ("no tag (v2) at all", SubjectTag(title="no tag (v2) at all")),
        ("", SubjectTag(title="")),
    ],
)
def test_parse_subject(subject: str, tag: SubjectTag) -> None:
    assert parse_subject(subject) == tag


@given(st.text())
def test_any_subject_is_taken_apart(subject: str) -> None:
    tag = parse_subject(subject)
    assert tag.version >= 0
    assert len(tag.title) <= len(subject)


def mail(subject: str, name: str = "", *references: str, author: str = "A <a@x>") -> Mail:
    return Mail(
        subject=subject,
        author=author,
        body=b"",
        origin=subject,
        references=references,
        message_id=f"<{name}>" if name else None,
    )


def titles(mails: tuple[Mail, ...]) -> list[str]:
    return [parse_subject(mail.subject).title for mail in mails]


def test_patches_are_sorted_and_the_missing_one_is_named() -> None:
    (series,) = build_series(
        [mail("[PATCH 4/4] d"), mail("[PATCH 0/4] cover"), mail("[PATCH 1/4] a"), mail("[PATCH 2/4] b")]
    )
    assert titles(series.mails) == ["a", "b", "d"]
    assert series.cover is not None
    assert series.missing == (3,)
    assert series.notes == ("patch 3 of 4 is missing", "the patches came out of order and were sorted by number")


@pytest.mark.parametrize(
    ("mails", "expected"),
    [
        pytest.param(
            [mail("[PATCH 1/2] a"), mail("[PATCH 2/2] b"), mail("[PATCH v2 1/2] a"), mail("[PATCH v2 2/2] b")],
            [["a", "b"], ["a", "b"]],
            id="two versions",
        ),
        pytest.param(
            [mail("[PATCH 1/2] a"), mail("[PATCH 2/2] b"), mail("[PATCH 1/2] c"), mail("[PATCH 2/2] d")],
            [["a", "b"], ["c", "d"]],
            id="two series of one length",
        ),
        pytest.param(
            [
                mail("[PATCH 1/2] a", "1", "<r>"),
                mail("[PATCH 1/2] c", "3", "<s>"),
                mail("[PATCH 2/2] b", "2", "<r>"),
                mail("[PATCH 2/2] d", "4", "<s>"),
            ],
            [["a", "b"], ["c", "d"]],
            id="two threads mixed",
        ),
        pytest.param([mail("[PATCH] a"), mail("[PATCH] b")], [["a"], ["b"]], id="patches without numbers"),
        pytest.param(
            [mail("[PATCH 1/2] a"), mail("[PATCH 2/2] b", author="B <b@x>")], [["a"], ["b"]], id="two authors"
        ),
        pytest.param(
            [mail("[RFC PATCH 1/2] a"), mail("[PATCH RESEND 2/2] b")], [["a", "b"]], id="tags that come and go"
        ),
        pytest.param([mail("[PATCH net 1/2] a"), mail("[PATCH bpf 2/2] b")], [["a"], ["b"]], id="two trees"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_series_are_told_apart(mails: list[Mail], expected: list[list[str]]) -> None:
    assert [titles(series.mails) for series in build_series(mails)] == expected


def test_reply_belongs_to_the_series_it_answers() -> None:
    thread = [
        mail("[PATCH 0/1] c", "0"),
        mail("[PATCH 1/1] a", "1", "<0>"),
        mail("Re: [PATCH 1/1] a", "2", "<0>", "<1>"),
        mail("Re: other", "9", "<8>"),
    ]
    first, second = build_series(thread)
    assert titles(first.replies) == ["a"]
    assert titles(second.mails) == ["other"]


def test_one_message_of_a_thread_chooses_its_series() -> None:
    thread = [
        mail("[PATCH 1/2] a", "1", "<0>"),
        mail("[PATCH 2/2] b", "2", "<0>"),
        mail("[PATCH v2 1/2] a", "3", "<0>"),
        mail("Re: [PATCH 2/2] b", "4", "<0>", "<2>"),
    ]
    assert [m.message_id for m in choose_series(thread, "2")] == ["<1>", "<2>", "<4>"]
    assert [m.message_id for m in choose_series(thread, "<3>")] == ["<3>"]
    assert [m.message_id for m in choose_series(thread, "4")] == ["<4>"]
