"""The clients that are measured."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..programs import Program, node, python, rust

PROFILE = "release"


@dataclass(frozen=True)
class Client:
    name: str
    language: str
    program: Program
    events: int
    """How many events make a flood of about a second."""
    beside: str
    """The peer that it is compared with."""
    environment: dict[str, str] = field(default_factory=dict)
    many: bool = True
    """Whether its program can open many sessions, and TLS with our CA."""

    @property
    def is_ours(self) -> bool:
        return self.name.startswith("drivebell")

    @property
    def is_floor(self) -> bool:
        return self.name.startswith("floor")


def clients() -> list[Client]:
    return [*_rust(), *_python(), *_node()]


def _rust() -> list[Client]:
    def client(name: str, program: str, events: int, *, many: bool = True, **more: str) -> Client:
        return Client(name, "Rust", rust(PROFILE, program), events, "rust_socketio", more, many)

    return [
        client("floor: counts frames", "bench-floor", 2_000_000, many=False, FLOOR="count"),
        client("floor: parses", "bench-floor", 500_000),
        client("drivebell, Rust", "drivebell-events", 500_000),
        client("rust_socketio", "rust_socketio", 200_000),
        client("tf-rust-socketio", "tf_rust_socketio", 200_000),
    ]


def _python() -> list[Client]:
    def client(
        name: str, program: str, events: int, beside: str, *, many: bool = False, **more: str
    ) -> Client:
        return Client(name, "Python", python(program), events, beside, more, many)

    ours, theirs = "drivebell_asyncio", "python_socketio"
    plain, uvloop, sync = (f"python-socketio, {loop}" for loop in ("asyncio", "uvloop", "sync"))
    return [
        client("drivebell, Python, async for", ours, 300_000, plain),
        client("drivebell, Python, handler", ours, 300_000, plain, many=True, FACE="handler"),
        client("drivebell, Python, uvloop", ours, 300_000, uvloop, UVLOOP="1"),
        client("drivebell, Python, sync", "drivebell_sync", 300_000, sync),
        client(plain, theirs, 20_000, plain, many=True),
        client(uvloop, theirs, 20_000, uvloop, UVLOOP="1"),
        client(sync, "python_socketio_sync", 5_000, sync),
    ]


def _node() -> list[Client]:
    peer = "socket.io-client"

    def client(name: str, program: str, events: int, *, many: bool = True, **more: str) -> Client:
        return Client(name, "Node", node(program), events, peer, more, many)

    return [
        client("drivebell, Node, on", "drivebell", 300_000),
        client("drivebell, Node, for await", "drivebell", 300_000, many=False, FACE="iterator"),
        client(peer, peer, 200_000),
    ]
