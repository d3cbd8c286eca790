"""The example of a web page with server-sent events, over FastAPI."""

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

from deadline import DEADLINE
from example_libraries import EXAMPLES, content, example, relocate
from example_program import Program
from installed import free_port

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
def served(simulator: Simulator, folder: Path) -> Iterator[Site]:
    port = free_port()
    with example(simulator, folder, EXAMPLES / "fastapi_sse.py", str(port)) as program:
        program.wait_for("Uvicorn running on", 60)
        yield Site(program, port)


def test_each_browser_gets_what_happens(tmp_path: Path) -> None:
    with Simulator() as simulator:
        content(simulator, "a/before.txt", "x")
        with (
            served(simulator, tmp_path) as site,
            site.browser() as second,
        ):
            with site.browser() as first:
                assert first.response.getheader("Content-Type", "").startswith("text/event-stream")
                assert site.files() == ["/a/before.txt"]
                content(simulator, "new.txt", "x")
                created = {"kind": "created", "path": "/new.txt", "old_path": None}
                assert next(first.changes) == next(second.changes) == created
                relocate(simulator, "a", "b")
                moved = {"kind": "moved", "path": "/b/before.txt", "old_path": "/a/before.txt"}
                assert next(first.changes) == next(second.changes) == moved
            # One that goes away does not disturb the other.
            simulator.http("DELETE", "/v1.0/me/drive/root:/new.txt")
            deleted = {"kind": "deleted", "path": "/new.txt", "old_path": None}
            assert next(second.changes) == deleted
            assert site.files() == ["/b/before.txt"]
            # The open stream ends, and does not delay the end.
            assert site.program.stop(signal.SIGTERM) == -signal.SIGTERM
            assert list(second.changes) == []
        with served(simulator, tmp_path) as site, site.browser():
            assert site.program.stop(signal.SIGINT) == 130


def test_a_slow_browser_does_no_harm(tmp_path: Path) -> None:
    with Simulator(("--seed", "b!me=10000")) as simulator:
        folders = simulator.http("GET", "/v1.0/me/drive/root/children")["value"]
        content(simulator, "top/here.txt", "x")
        top = simulator.http("GET", "/v1.0/me/drive/root:/top")["id"]
        move = json.dumps({"parentReference": {"id": top}}).encode()
        for folder in folders:
            simulator.http("PATCH", f"/v1.0/me/drive/items/{folder['id']}", move)
        with (
            served(simulator, tmp_path) as site,
            # It reads nothing for now.
            Browser(site.port, 4096) as slow,
            Browser(site.port, 4096) as frozen,
            site.browser() as quick,
        ):
            count = len(site.files())
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
            with site.browser() as again:
                assert len(site.files()) == count
                simulator.http("DELETE", "/v1.0/me/drive/root:/top7/here.txt")
                again.up_to("/top7/here.txt")
            # One that never reads again may keep it for the time that the server gives it.
            assert site.program.stop(signal.SIGTERM) == -signal.SIGTERM
            frozen.response.begin()


def test_it_stops_when_graph_refuses_for_good(tmp_path: Path) -> None:
    with Simulator(tokens=("another",)) as simulator:
        port = free_port()
        with example(simulator, tmp_path, EXAMPLES / "fastapi_sse.py", str(port)) as program:
            program.wait_for("the drive cannot be followed any more:", 60)
            assert program.process.wait(DEADLINE) == -signal.SIGTERM
