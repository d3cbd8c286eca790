"""The clients that meet the faults: the columns of the table."""

from __future__ import annotations

from dataclasses import dataclass

from ..programs import Program, node, python, rust

PROFILE = "fast"
"""The cargo profile of the programs: nothing here depends on their speed."""


@dataclass(frozen=True)
class Client:
    name: str
    program: Program
    calls_graph: bool = False
    """Whether it gets its notification URLs from Graph by itself."""


def clients() -> list[Client]:
    return [
        Client("rust_socketio", rust(PROFILE, "rust_socketio")),
        Client("tf-rust-socketio", rust(PROFILE, "tf_rust_socketio")),
        Client("python-socketio", python("python_socketio")),
        Client("socket.io-client", node("socket.io-client")),
        Client("drivebell, Rust", rust(PROFILE, "drivebell-events"), calls_graph=True),
        Client("drivebell, Python", python("drivebell_asyncio"), calls_graph=True),
        Client("drivebell, Node", node("drivebell"), calls_graph=True),
    ]
