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
    follows_changes: bool = False
    """Whether it finds out what changed. It meets only the faults that concern this."""


def clients() -> list[Client]:
    return [
        Client("rust_socketio", rust(PROFILE, "rust_socketio")),
        Client("tf-rust-socketio", rust(PROFILE, "tf_rust_socketio")),
        Client("python-socketio", python("python_socketio")),
        Client("socket.io-client", node("socket.io-client")),
        Client("drivebell, Rust", rust(PROFILE, "drivebell-events"), calls_graph=True),
        Client("drivebell, Python", python("drivebell_asyncio"), calls_graph=True),
        Client("drivebell, Node", node("drivebell"), calls_graph=True),
        *(
            Client(f"drivebell `changes`, {language}", program, True, follows_changes=True)
            for language, program in [
                ("Rust", rust(PROFILE, "drivebell-changes-events")),
                ("Python", python("drivebell_changes_events")),
                ("Node", node("drivebell-changes-events")),
            ]
        ),
    ]
