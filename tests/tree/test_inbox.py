# SPDX-License-Identifier: GPL-2.0-or-later
"""A public-inbox v2 clone of our own making: one commit a mail, file "m"."""

from pathlib import Path

import pytest

from kpatchlint.mail.errors import NotInInbox
from kpatchlint.mail.message import parse_message
from kpatchlint.tree.errors import NotARepository
from kpatchlint.tree.inbox import read_inbox
from tests.tree.repository import Repository


def mail(name: str, *references: str) -> bytes:
    parents = " ".join(f"<{reference}>" for reference in references)
    return f"From: A <a@x>\nSubject: {name}\nMessage-ID: <{name}>\nReferences: {parents}\n\nx\n".encode()


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Two epochs: a thread that begins in the older one, another thread, and a mail that was removed."""
    old = Repository(tmp_path / "git" / "0.git", {"m": mail("root@x")})
    old.commit({"m": mail("other@x")})
    old.commit({"m": None, "d": mail("removed@x")})
    new = Repository(tmp_path / "git" / "1.git", {"m": mail("one@x", "root@x")})
    new.commit({"m": mail("two@x", "root@x")})
    new.commit({"m": mail("reply@x", "root@x", "two@x")})
    return tmp_path


def thread(folder: Path, message_id: str) -> list[str]:
    return [parse_message(raw, "t").subject for raw in read_inbox(str(folder), message_id)]


@pytest.mark.parametrize("wanted", ["two@x", "<one@x>", "root@x", "reply@x"])
def test_any_mail_of_a_thread_finds_the_whole_thread(inbox: Path, wanted: str) -> None:
    assert thread(inbox, wanted) == ["root@x", "one@x", "two@x", "reply@x"]


def test_one_epoch_alone_is_an_inbox_too(inbox: Path) -> None:
    assert thread(inbox / "git" / "0.git", "other@x") == ["other@x"]


def test_cloned_epochs_beside_each_other_are_an_inbox(inbox: Path) -> None:
    (inbox / "git" / "1.git").rename(inbox / "1")
    (inbox / "git" / "0.git").rename(inbox / "0")
    (inbox / "git").rmdir()
    assert thread(inbox, "one@x")[0] == "root@x"


def test_unknown_message_id_is_told(inbox: Path) -> None:
    with pytest.raises(NotInInbox, match="no mail with the Message-ID <gone@x>"):
        thread(inbox, "gone@x")


def test_folder_without_a_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotARepository):
        thread(tmp_path, "x@x")
