"""The services in front of which one sees what the pages about errors, events and findings show."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from certificates import Authority
from test_network_failures import closed_port

from simulator import REPOSITORY, TOKEN, Simulator

PROGRAMS = REPOSITORY / "tests" / "pages"
COMMAND = Path(sys.executable).parent / "drivebell"
"""The command line, as the Python package has it."""

Service = Callable[[Path], Any]
"""A context of a service, in a folder: the base URL, or a dictionary with it and more."""

HURRIED = {"retry_timeout": 0, "first_refusal_timeout": 0, "retry_min": 0.2, "retry_max": 0.3}
"""Options with which a failure is shown at once."""


def fault(
    *faults: str, options: tuple[str, ...] = (), tokens: tuple[str, ...] = (TOKEN,)
) -> Service:
    @contextmanager
    def serve(_: Path) -> Iterator[str]:
        given = tuple(part for each in faults for part in ("--fault", each))
        with Simulator((*options, *given), tokens=tokens) as simulator:
            yield simulator.base_url

    return serve


def address(url: str | Callable[[], str]) -> Service:
    @contextmanager
    def serve(_: Path) -> Iterator[str]:
        yield url if isinstance(url, str) else url()

    return serve


def refused() -> str:
    return f"http://127.0.0.1:{closed_port()}"


Handler = Callable[[socket.socket], None]


def server(handle: Handler, context: ssl.SSLContext | None = None) -> tuple[socket.socket, int]:
    """Handles each connection in a thread, until the listener is closed."""
    listener = socket.create_server(("127.0.0.1", 0))

    def one(connection: socket.socket) -> None:
        try:
            if context is not None:
                connection = context.wrap_socket(connection, server_side=True)
            handle(connection)
        except OSError:
            pass  # the client may go first
        finally:
            connection.close()

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener, int(listener.getsockname()[1])


def serving(handle: Handler) -> Service:
    @contextmanager
    def serve(_: Path) -> Iterator[str]:
        listener, port = server(handle)
        with listener:
            yield f"http://127.0.0.1:{port}"

    return serve


def hang_up(connection: socket.socket) -> None:
    connection.recv(4096)


def reset(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def say_nothing(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def answering(text: bytes, status: bytes = b"200 OK") -> Handler:
    def answer(connection: socket.socket) -> None:
        connection.recv(4096)
        head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        connection.sendall(head % (status, len(text)) + text)

    return answer


@contextmanager
def refusing_proxy(_: Path) -> Iterator[dict[str, Any]]:
    listener, port = server(answering(b"", b"407 Proxy Authentication Required"))
    with listener:
        proxy = f"http://127.0.0.1:{port}"
        yield {
            "base_url": "https://graph.microsoft.com",
            "options": {**HURRIED, "proxy": proxy},
            "arguments": ["--proxy", proxy],
        }


def certified(host: str = "localhost", trusted: str = "ours", **options: Any) -> Service:
    """A server of TLS, whose certificate an authority has issued."""

    @contextmanager
    def serve(folder: Path) -> Iterator[dict[str, Any]]:
        with ExitStack() as stack:
            ours = Authority(folder / "ours")
            issuer = ours if trusted == "ours" else Authority(folder / "theirs")
            listener, port = server(hang_up, issuer.context(host, **options))
            stack.enter_context(listener)
            bundle = str(ours.path)
            yield {
                "base_url": f"https://localhost:{port}",
                "options": {**HURRIED, "ca_bundle": bundle},
                "arguments": ["--ca-bundle", bundle],
            }

    return serve


def unknown_issuer(**options: Any) -> Service:
    """The authority is not given to the client."""

    @contextmanager
    def serve(folder: Path) -> Iterator[str]:
        context = Authority(folder / "ours").context("localhost", **options)
        listener, port = server(hang_up, context)
        with listener:
            yield f"https://localhost:{port}"

    return serve


def mirrored(prepare: Callable[[Path], None]) -> Service:
    """A mirror, and what happens to its file before it is opened again."""

    @contextmanager
    def serve(folder: Path) -> Iterator[str]:
        with Simulator(("--seed", "b!me=20")) as simulator:
            plan = {
                "base_url": simulator.base_url,
                "token": TOKEN,
                "action": "mirror",
                "file": str(folder / "drive.db"),
            }
            subprocess.run([sys.executable, PROGRAMS / "program.py", json.dumps(plan)], check=True)
            prepare(folder / "drive.db")
            yield simulator.base_url

    return serve


def of_another_program(file: Path) -> None:
    remove(file)
    file.write_text("not a database, but a text of some length\n" * 100)


def of_a_newer_version(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA user_version = 9999")


def damaged(file: Path) -> None:
    pages = file.read_bytes()
    file.write_bytes(pages[:100] + b"\xff" * 4000 + pages[4100:])


def remove(file: Path) -> None:
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink()


@contextmanager
def in_use(folder: Path) -> Iterator[str]:
    """Another process mirrors into the file."""
    with Simulator(("--seed", "b!me=20")) as simulator:
        command = [COMMAND, "mirror", "/me/drive", "drive.db", "--base-url", simulator.base_url]
        environment = os.environ | {"DRIVEBELL_TOKEN": TOKEN}
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen(
            list(map(str, command)), cwd=folder, env=environment, **pipes
        ) as other:
            assert other.stdout is not None
            other.stdout.readline()
            try:
                yield simulator.base_url
            finally:
                other.kill()


@contextmanager
def repeating(pause: float, act: Callable[[], None]) -> Iterator[None]:
    """Does something again and again meanwhile."""
    stop = threading.Event()

    def repeat() -> None:
        while not stop.wait(pause):
            act()

    with ThreadPoolExecutor() as pool:
        repeats = pool.submit(repeat)
        try:
            yield
        finally:
            stop.set()
        repeats.result()


@contextmanager
def changing(_: Path) -> Iterator[str]:
    """A drive that changes all the time."""
    with Simulator() as simulator, repeating(0.2, lambda: simulator.notify(20)):
        yield simulator.base_url


@contextmanager
def resetting(_: Path) -> Iterator[str]:
    """Connections are cut off, some time after they are live."""
    with (
        Simulator() as simulator,
        repeating(0.5, lambda: simulator.set_fault("reset,on=socket,when=now")),
    ):
        yield simulator.base_url


@contextmanager
def forgetful(_: Path) -> Iterator[str]:
    """A connection on which nothing is announced any more."""
    with Simulator() as simulator, ThreadPoolExecutor() as pool:

        def forget() -> None:
            while simulator.connected() == 0:
                time.sleep(0.05)
            simulator.fault("silence", on="socket")
            # Times are in whole seconds: the change must come after the connection.
            time.sleep(1.5)
            simulator.upload("unheard.txt")

        forgets = pool.submit(forget)
        yield simulator.base_url
        forgets.result()


NOT_A_GRAPH = serving(answering(b'{"hello": "world"}'))
NO_TLS = serving(answering(b"no TLS here", b"400 Bad Request"))


@contextmanager
def plain(folder: Path) -> Iterator[dict[str, Any]]:
    """A server of HTTP, at an address of https."""
    with NO_TLS(folder) as url:
        yield {"base_url": url.replace("http://", "https://").replace("127.0.0.1", "localhost")}
