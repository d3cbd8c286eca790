"""The examples that serve a web page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from example_libraries import EXAMPLES, PYTHON
from example_program import Program

from simulator import REPOSITORY, Simulator


@dataclass(frozen=True)
class Server:
    command: tuple[str, ...]
    listens: str
    """What it prints when it listens."""
    ended: int
    """Its exit code after SIGTERM."""
    refused: str
    """What it prints when Graph refuses for good."""


SERVERS = {
    "fastapi": Server(
        (str(PYTHON), str(EXAMPLES / "fastapi_sse.py")),
        "Uvicorn running on",
        -15,
        "the drive cannot be followed any more:",
    ),
    "fastify": Server(
        ("node", str(REPOSITORY / "examples/node/live-page.mjs")),
        "open http://",
        0,
        "DrivebellError",
    ),
}


def start(simulator: Simulator, folder: Path, server: str, port: int) -> Program:
    return Program([*SERVERS[server].command, str(port)], simulator, folder)


@contextmanager
def served(simulator: Simulator, folder: Path, server: str, port: int) -> Iterator[Program]:
    with start(simulator, folder, server, port) as running:
        running.wait_for(SERVERS[server].listens, 60)
        yield running
