# SPDX-License-Identifier: GPL-2.0-or-later
"""The script of docs/ci.md posts a check for every patch, to a server that answers as Patchwork's API 1.3 does."""

import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from tests.architecture.source import TOP
from tests.integrations.mailing import RULE, SERIES, Repository, build_repository

pytestmark = pytest.mark.usefixtures("curl")


class Patchwork(ThreadingHTTPServer):
    """One series of two patches; remembers the checks by patch."""

    def __init__(self, mbox: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.mbox = mbox
        self.checks: dict[str, dict[str, str]] = {}


class _Handler(BaseHTTPRequestHandler):
    server: Patchwork

    def do_GET(self) -> None:
        series = json.dumps({"id": 7, "patches": [{"id": 41}, {"id": 42}]}).encode()
        self._answer(200, {"/series/7/mbox/": self.server.mbox, "/api/1.3/series/7/": series}.get(self.path))

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        found = re.fullmatch(r"/api/1\.3/patches/(\d+)/checks/", self.path)
        if found is None or self.headers["Authorization"] != "Token secret":
            self._answer(403, b"")
            return
        self.server.checks[found.group(1)] = {name: values[0] for name, values in form.items()}
        self._answer(201, b"{}")

    def _answer(self, code: int, content: bytes | None) -> None:
        agent_is_named = "@" in self.headers["User-Agent"]
        self.send_response(404 if content is None else code if agent_is_named else 403)
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def patchwork(mbox: bytes) -> Iterator[Patchwork]:
    server = Patchwork(mbox)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A folder to work in, with the tree in linux/, and a kpatchlint command."""
    built = build_repository(tmp_path, patches=False)
    command = built.home / "kpatchlint"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m kpatchlint "$@"\n')
    command.chmod(0o755)
    (script,) = re.findall(r"```sh\n(.*?)```", (TOP / "docs/ci.md").read_text(), re.DOTALL)
    (tmp_path / "patchwork-check").write_text(script)
    return built


def run_script(repository: Repository, server: Patchwork, token: str = "secret") -> int:
    environment = {
        "PATH": f"{repository.home}:{Path(sys.executable).parent}:/usr/bin:/bin",
        "PATCHWORK": f"http://127.0.0.1:{server.server_port}",
        "SERIES": "7",
        "TOKEN": token,
    }
    return repository.run("sh", "patchwork-check", cwd=repository.top.parent, environment=environment).code


@pytest.mark.parametrize(
    ("mbox", "state", "said"),
    [
        pytest.param(SERIES.read_bytes(), "fail", rf"arch/arm64/mm/mmu\.c:22: ERROR: \[{RULE}\].*", id="an error"),
        pytest.param(
            SERIES.read_bytes().replace(b"stop_machine(map_added_range, &range, NULL)", b"0"),
            "success",
            "nothing introduced",
            id="nothing",
        ),
        pytest.param(b"Subject: hello\n\nno patch\n", "warning", "not analysed: kpatchlint: .*", id="no patch"),
    ],
)
def test_every_patch_gets_the_verdict_on_the_series(repository: Repository, mbox: bytes, state: str, said: str) -> None:
    with patchwork(mbox) as server:
        assert run_script(repository, server) == 0
    assert set(server.checks) == {"41", "42"}
    for check in server.checks.values():
        assert (check["state"], check["context"]) == (state, "kpatchlint")
        assert re.fullmatch(said, check["description"])
        assert len(check["description"]) <= 100


def test_failure_of_ours_is_posted_to_nobody(repository: Repository) -> None:
    (repository.top / ".kpatchlint.toml").write_text("no toml")
    with patchwork(SERIES.read_bytes()) as server:
        assert run_script(repository, server) == 2
    assert server.checks == {}
