# SPDX-License-Identifier: GPL-2.0-or-later
"""A repository with the series of the demo on top of the small tree, and a mail server that counts every byte."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.cli.runner import FIXTURES, TOP

SERIES = FIXTURES / "demo" / "hotplug-series.mbox"
RULE = "gfp-sleep-in-stop-machine"


@dataclass(frozen=True, slots=True)
class Run:
    """What a command printed and how it ended; ``said`` has its text on one line."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return " ".join((self.out + self.err).split())


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree and the home of a user who has nothing set but a name."""

    top: Path
    home: Path

    def environment(self) -> dict[str, str]:
        """The variables of that user."""
        kept = {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ}
        return {
            **kept,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_DATA_HOME": str(self.home / "data"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "PYTHONPATH": str(TOP),
        }

    def run(
        self, *command: str | Path, cwd: Path | None = None, environment: Mapping[str, str] = MappingProxyType({})
    ) -> Run:
        """Run any command as that user."""
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd or self.top,
            env={**self.environment(), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=300,
        )
        return Run(done.returncode, done.stdout.decode(), done.stderr.decode())

    def git(self, *arguments: str | Path, cwd: Path | None = None) -> str:
        """Run git, which has to succeed."""
        run = self.run("git", *arguments, cwd=cwd)
        assert run.code == 0, run.err
        return run.out.strip()

    def kpatchlint(self, *arguments: str | Path, cwd: Path | None = None, **environment: str) -> Run:
        """Run kpatchlint as an installed command would be."""
        return self.run(sys.executable, "-P", "-m", "kpatchlint", *arguments, cwd=cwd, environment=environment)

    def send(self, port: int, *arguments: str | Path, **environment: str) -> Run:
        """Run git send-email to a server on this machine."""
        return self.run(
            "git",
            "send-email",
            "--to=list@example.org",
            "--confirm=never",
            "--suppress-cc=all",
            "--smtp-server=127.0.0.1",
            f"--smtp-server-port={port}",
            *arguments,
            environment=environment,
        )


def build_repository(folder: Path, *, patches: bool = True) -> Repository:
    """The small tree as a repository, with the two patches of the demo as commits on top."""
    repository = Repository(folder / "linux", folder / "home")
    repository.home.mkdir()
    shutil.copytree(FIXTURES / "tree-arm64-mini", repository.top)
    (repository.home / ".gitconfig").write_text("[user]\n\tname = A Developer\n\temail = dev@example.org\n")
    repository.git("init", "-q")
    repository.git("add", "-A")
    repository.git("commit", "-qm", "base")
    if patches:
        repository.git("am", "-q", SERIES)
    return repository


@dataclass  # no slots: aiosmtpd looks at every attribute, and CPython 3.11.2 trips over __weakref__ then
class Mailbox:
    """What a server has got: raw bytes of all connections, and the mails."""

    port: int
    byte_count: int = 0
    mails: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # aiosmtpd's name
        self.mails.append(envelope.original_content or b"")
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """A server on this machine for as long as the block runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mailbox = Mailbox(port)

    class Counting(SMTP):
        def data_received(self, data: bytes) -> None:
            mailbox.byte_count += len(data)
            super().data_received(data)

    class Server(Controller):
        def factory(self) -> SMTP:
            return Counting(self.handler)

    server = Server(mailbox, hostname="127.0.0.1", port=port)
    server.start()
    mailbox.byte_count = 0  # the controller tries its own port first
    try:
        yield mailbox
    finally:
        server.stop()
