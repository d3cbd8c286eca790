"""The examples that send server-sent events, to browsers of all kinds."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest
from deadline import DEADLINE
from example_libraries import content, relocate
from example_program import Program
from installed import free_port
from live_pages import SERVERS, served, start

from simulator import Simulator


class Browser:
    """What a browser has open: the stream of changes."""

    def __init__(self, port: int, buffer: int | None = None) -> None:
        self._socket = socket.socket()
        self._socket.settimeout(DEADLINE)
        if buffer is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self._socket.connect(("127.0.0.1", port))
        self._socket.sendall(b"GET /changes HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.response = http.client.HTTPResponse(self._socket)
        self.changes = self._changes()

    def _changes(self) -> Iterator[dict[str, Any]]:
        for line in self.response:
            name, _, data = line.decode().partition(": ")
            if name == "data":
                yield from json.loads(data)

    def up_to(self, path: str) -> None:
        """Takes changes up to one of this path."""
        while next(self.changes)["path"] != path:
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.response.close()
        self._socket.close()


class Site:
    def __init__(self, program: Program, port: int) -> None:
        self.program = program
        self.port = port

    def browser(self) -> Browser:
        browser = Browser(self.port)
        browser.response.begin()
        return browser

    def files(self) -> list[str]:
        url = f"http://127.0.0.1:{self.port}/files"
        with urllib.request.urlopen(url, timeout=DEADLINE) as response:
            return sorted(json.load(response))


@contextmanager
def site(simulator: Simulator, folder: Path, server: str) -> Iterator[Site]:
    port = free_port()
    with served(simulator, folder, server, port) as program:
        yield Site(program, port)


def what(change: dict[str, Any]) -> tuple[str, str, str | None]:
    """In Python's spelling or in JavaScript's."""
    return change["kind"], change["path"], change.get("old_path", change.get("oldPath"))


@pytest.mark.parametrize("server", SERVERS)
def test_each_browser_gets_what_happens(server: str, tmp_path: Path) -> None:
    with Simulator() as simulator:
        content(simulator, "a/before.txt", "x")
        with (
            site(simulator, tmp_path, server) as here,
            here.browser() as second,
        ):
            with here.browser() as first:
                assert first.response.getheader("Content-Type", "").startswith("text/event-stream")
                assert here.files() == ["/a/before.txt"]
                content(simulator, "new.txt", "x")
                created = ("created", "/new.txt", None)
                assert what(next(first.changes)) == what(next(second.changes)) == created
                relocate(simulator, "a", "b")
                moved = ("moved", "/b/before.txt", "/a/before.txt")
                assert what(next(first.changes)) == what(next(second.changes)) == moved
            # One that goes away does not disturb the other.
            simulator.http("DELETE", "/v1.0/me/drive/root:/new.txt")
            deleted = ("deleted", "/new.txt", None)
            assert what(next(second.changes)) == deleted
            assert here.files() == ["/b/before.txt"]
            # The open stream ends, and does not delay the end.
            assert here.program.stop(signal.SIGTERM) == SERVERS[server].ended
            assert list(second.changes) == []
        with site(simulator, tmp_path, server) as here, here.browser():
            assert here.program.stop(signal.SIGINT) == (130 if SERVERS[server].ended else 0)


@pytest.mark.parametrize("server", SERVERS)
def test_a_slow_browser_does_no_harm(server: str, tmp_path: Path) -> None:
    with Simulator(("--seed", "b!me=10000")) as simulator:
        folders = simulator.http("GET", "/v1.0/me/drive/root/children")["value"]
        content(simulator, "top/here.txt", "x")
        top = simulator.http("GET", "/v1.0/me/drive/root:/top")["id"]
        move = json.dumps({"parentReference": {"id": top}}).encode()
        for folder in folders:
            simulator.http("PATCH", f"/v1.0/me/drive/items/{folder['id']}", move)
        with (
            site(simulator, tmp_path, server) as here,
            # It reads nothing for now.
            Browser(here.port, 4096) as slow,
            Browser(here.port, 4096) as frozen,
            here.browser() as quick,
        ):
            count = len(here.files())
            assert count > 9000
            # More than the buffers between them and what may wait.
            for number in range(8):
                relocate(simulator, "top" if number == 0 else f"top{number - 1}", f"top{number}")
                quick.up_to(f"/top{number}/here.txt")
            # It was given up: what it reads now ends, and long before the others have got to.
            slow.response.begin()
            read = list(slow.changes)
            assert len(read) < 7 * count
            assert not any(str(change["path"]).startswith("/top7/") for change in read)
            # So it connects again, and loads the list.
            with here.browser() as again:
                assert len(here.files()) == count
                simulator.http("DELETE", "/v1.0/me/drive/root:/top7/here.txt")
                again.up_to("/top7/here.txt")
            # One that never reads again may keep it for the time that the server gives it.
            assert here.program.stop(signal.SIGTERM) == SERVERS[server].ended
            frozen.response.begin()


@pytest.mark.parametrize("server", SERVERS)
def test_it_stops_when_graph_refuses_for_good(server: str, tmp_path: Path) -> None:
    with (
        Simulator(tokens=("another",)) as simulator,
        start(simulator, tmp_path, server, free_port()) as program,
    ):
        program.wait_for(SERVERS[server].refused, 60)
        assert program.process.wait(DEADLINE) != 0
