# SPDX-License-Identifier: GPL-2.0-or-later
"""The real git send-email, the real hook and a mail server: what is refused never reaches the server."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kpatchlint.integrations.hook_file import CHAIN
from tests.integrations.mailing import RULE, Mailbox, Repository, build_repository, mail_server

pytestmark = pytest.mark.usefixtures("git_send_email")

BYPASS = "to send all the same: git send-email --no-validate"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    built = build_repository(tmp_path)
    assert built.kpatchlint("hook", "install").code == 0
    return built


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as server:
        yield server


def formatted(repository: Repository, *arguments: str) -> list[Path]:
    """The patches as files in a folder outside the work tree."""
    out = repository.home / "outgoing"
    repository.git("format-patch", "-q", "-o", out, *arguments)
    return sorted(out.iterdir())


def own_lines(text: str) -> list[str]:
    """What the hook said, without git's own words after it."""
    return text[text.index("kpatchlint:") :].partition("\nfatal:")[0].splitlines()


def test_refused_series_leaves_the_server_without_a_byte(repository: Repository, mailbox: Mailbox) -> None:
    run = repository.send(mailbox.port, "-2")
    assert run.code != 0
    assert (mailbox.byte_count, mailbox.mails) == (0, [])
    assert "kpatchlint: refused: 1 error" in run.said
    assert f"[{RULE}] (patch 2/2)" in run.said
    assert "no patches were sent" in run.said
    lines = own_lines(run.err)
    assert lines[-1] == BYPASS
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 79
    assert run.err.count("kpatchlint: refused") == 1


def test_way_past_that_is_named_works(repository: Repository, mailbox: Mailbox) -> None:
    run = repository.send(mailbox.port, "--no-validate", "-2")
    assert (run.code, len(mailbox.mails)) == (0, 2)


def test_series_that_a_later_patch_mends_is_sent(repository: Repository, mailbox: Mailbox) -> None:
    mmu = repository.top / "arch/arm64/mm/mmu.c"
    mmu.write_text(mmu.read_text().replace("__get_free_page(GFP_PGTABLE_KERNEL)", "__get_free_page(GFP_ATOMIC)"))
    repository.git("commit", "-qam", "arm64: mm: do not wait for a table")
    run = repository.send(mailbox.port, "-3")
    assert (run.code, len(mailbox.mails)) == (0, 3), run.err
    assert "1 introduced and gone again within the series" in run.said


def test_first_patch_alone_is_sent(repository: Repository, mailbox: Mailbox) -> None:
    first, second = formatted(repository, "-2")
    run = repository.send(mailbox.port, first)
    assert (run.code, len(mailbox.mails)) == (0, 1), run.err
    assert "refused" not in run.err
    run = repository.send(mailbox.port, second)
    assert run.code != 0
    assert len(mailbox.mails) == 1


def test_cover_letter_is_no_patch(repository: Repository, mailbox: Mailbox) -> None:
    files = formatted(repository, "-2", "--cover-letter")
    files[0].write_text(files[0].read_text().replace("*** SUBJECT HERE ***", "add memory"))
    run = repository.send(mailbox.port, *files)
    assert run.code != 0
    assert mailbox.byte_count == 0
    assert run.err.count("kpatchlint: refused") == 1


def test_older_version_in_the_same_folder_is_not_judged(repository: Repository, mailbox: Mailbox) -> None:
    formatted(repository, "-2")
    repository.git("reset", "-q", "--hard", "HEAD^")
    (repository.top / "Kbuild").write_text("# more\n")
    repository.git("commit", "-qam", "kbuild: say more")
    files = formatted(repository, "-2", "-v2")
    second_version = [file for file in files if file.name.startswith("v2-")]
    run = repository.send(mailbox.port, *second_version)
    assert (run.code, len(mailbox.mails)) == (0, 2), run.err


def test_severity_that_refuses_can_be_set_for_one_call(repository: Repository, mailbox: Mailbox) -> None:
    run = repository.send(mailbox.port, "-2", KPATCHLINT_HOOK_FAIL_ON="never")
    assert (run.code, len(mailbox.mails)) == (0, 2), run.err
    assert "kpatchlint: 1 error" in run.said
    assert BYPASS not in run.err


def test_work_tree_beside_the_main_one_has_the_hook_too(repository: Repository, mailbox: Mailbox) -> None:
    other = repository.top.parent / "other"
    repository.git("worktree", "add", "-q", other)
    run = Repository(other, repository.home).send(mailbox.port, "-2")
    assert run.code != 0
    assert mailbox.byte_count == 0
    assert "kpatchlint: refused" in run.err


@pytest.mark.parametrize(
    ("strict", "sent"),
    [pytest.param((), 1, id="it is sent, loudly"), pytest.param(("--strict",), 0, id="strict: it is not")],
)
def test_check_that_fails(repository: Repository, mailbox: Mailbox, strict: tuple[str, ...], sent: int) -> None:
    assert repository.kpatchlint("hook", "install", *strict).code == 0
    (repository.top / ".kpatchlint.toml").write_text("no toml\n")
    run = repository.send(mailbox.port, "-1")
    assert len(mailbox.mails) == sent
    assert (run.code == 0) is bool(sent)
    assert ".kpatchlint.toml:1: " in run.err
    assert ("THE MAIL IS SENT UNCHECKED" in run.err) is bool(sent)
    if strict:
        assert mailbox.byte_count == 0
        assert own_lines(run.err)[-1] == BYPASS


@pytest.mark.parametrize(
    ("strict", "sent"), [pytest.param((), 1, id="it is sent"), pytest.param(("--strict",), 0, id="strict: it is not")]
)
def test_program_that_is_gone(repository: Repository, mailbox: Mailbox, strict: tuple[str, ...], sent: int) -> None:
    assert repository.kpatchlint("hook", "install", *strict).code == 0
    hook = repository.top / ".git/hooks/sendemail-validate"
    hook.write_text(re.sub(r"(?m)^(if \[ -x |\t)/\S+", r"\1/no/such/program", hook.read_text()))
    hook.write_text(hook.read_text().replace("\n\tkpatchlint hook", "\n\tno-such-kpatchlint hook"))
    run = repository.send(mailbox.port, "-1")
    assert len(mailbox.mails) == sent
    assert ("sent unchecked" in run.err) is bool(sent)


@pytest.mark.parametrize("start", ["#!/bin/sh\n", "#!/bin/sh -e\n"], ids=["plain", "set -e"])
def test_hook_of_ones_own_that_calls_us_refuses_what_we_refuse(
    repository: Repository, mailbox: Mailbox, start: str
) -> None:
    hook = repository.top / ".git/hooks/sendemail-validate"
    hook.write_text(f"{start}{CHAIN}\necho mine >&2\n")
    run = repository.send(mailbox.port, "-2")
    assert run.code != 0
    assert mailbox.byte_count == 0
    assert "kpatchlint: refused" in run.err
    hook.write_text(hook.read_text().replace("kpatchlint hook", "no-such-kpatchlint hook"))
    run = repository.send(mailbox.port, "-2")
    assert (run.code, len(mailbox.mails), run.err.count("mine")) == (0, 2, 2)


def test_tree_that_is_no_kernel_sends_what_it_likes(repository: Repository, mailbox: Mailbox) -> None:
    repository.git("rm", "-q", "Makefile")
    repository.git("commit", "-qm", "no kernel any more")
    run = repository.send(mailbox.port, "-1")
    assert (run.code, len(mailbox.mails)) == (0, 1), run.err
    assert "THE MAIL IS SENT UNCHECKED" in run.err
