# SPDX-License-Identifier: GPL-2.0-or-later
"""The real ``b4 review tui``, at a terminal of its own: what it asks the checkers, and what it keeps of the answer."""

import fcntl
import gzip
import os
import pty
import re
import select
import sqlite3
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.integrations.mailing import RULE, SERIES, Repository, build_repository

OURS = f"{sys.executable} -P -m kpatchlint"
PROMPT_S = 60.0  # for a screen or a result to come

Results = set[tuple[str, str, str]]  # mail, tool, status


@contextmanager
def archive(mbox: bytes) -> Iterator[str]:
    """A server that has one thread and gives it to whoever asks anything; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(gzip.compress(mbox))

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/test/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Terminal:
    """A program at a terminal of 120 columns, whose keys are ours."""

    def __init__(self, repository: Repository, *command: str) -> None:
        self._keys, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self._process = subprocess.Popen(
            command,
            cwd=repository.top,
            env=repository.environment() | {"TERM": "xterm-256color"},
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
        )
        os.close(inner)
        self.shown = ""

    def press(self, key: str) -> None:
        self.shown = ""
        os.write(self._keys, key.encode())

    def wait_for(self, is_there: Callable[[], bool]) -> None:
        """Read what is shown until that is so."""
        end = time.monotonic() + PROMPT_S
        while not is_there():
            assert time.monotonic() < end, self.shown[-2000:]
            assert self._process.poll() is None, self.shown[-2000:]
            if select.select([self._keys], [], [], 0.1)[0]:
                self.shown += os.read(self._keys, 65536).decode(errors="replace")

    def wait_for_text(self, text: str) -> None:
        self.wait_for(lambda: text in self.shown)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._keys)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return build_repository(tmp_path, patches=False)


def prepare(repository: Repository) -> tuple[bytes, list[str]]:
    """Set b4 up as docs/b4.md says; the series as a mailbox, and its message ids."""
    repository.git("config", "b4.review-perpatch-check-cmd", f"{OURS} check --format=b4-json -")
    repository.git("config", "b4.review-series-check-cmd", f"{OURS} hook b4-series")
    repository.git("checkout", "-q", "-b", "topic")
    repository.git("am", "-q", SERIES)
    mbox = repository.git("format-patch", "--stdout", "--thread", "-2") + "\n"
    repository.git("checkout", "-q", "-")
    return mbox.encode(), re.findall(r"(?im)^message-id: <(.*)>", mbox)


def results(repository: Repository) -> Results:
    """What b4 keeps of the checks so far."""
    kept = repository.home / "data/b4/review/ci.sqlite3"
    if not kept.is_file():
        return set()
    with closing(sqlite3.connect(kept)) as connection:
        return set(connection.execute("SELECT msgid, tool, status FROM check_results"))


def test_the_screens_show_each_patch_and_the_series(repository: Repository) -> None:
    mbox, (first, second) = prepare(repository)
    each = {(first, "kpatchlint", "pass"), (second, "kpatchlint", "fail")}
    with archive(mbox) as address:
        for name, value in {"midmask": "%s", "linkmask": "%s", "searchmask": "?x=m&t=1&q=%s"}.items():
            repository.git("config", f"b4.{name}", address + value)
        assert repository.run("b4", "review", "enroll").code == 0
        assert repository.run("b4", "review", "track", first).code == 0
        terminal = Terminal(repository, "b4", "review", "tui", "--no-mouse")
        try:
            terminal.wait_for_text("Revisions:")
            terminal.press("c")
            terminal.wait_for(lambda: results(repository) == each)
            terminal.wait_for_text("details")
            terminal.press("j\r")
            terminal.wait_for_text(RULE)
            assert "1 error" in terminal.shown
            terminal.press("q")
            terminal.wait_for_text("rerun")
            terminal.press("q")
            terminal.press("r")  # a branch for the series: only then is there something to check as a whole
            terminal.wait_for_text("clean (")
            terminal.press("\x19")
            terminal.wait_for_text("followups")
            terminal.press("c")
            terminal.wait_for_text("rerun")
            terminal.press("R")
            terminal.wait_for(lambda: results(repository) == each | {(first, "kpatchlint-series", "fail")})
        finally:
            terminal.close()
