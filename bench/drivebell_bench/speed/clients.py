"""Who is measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
"""bench/speed."""
REPOSITORY = HERE.parents[1]
BUILT = REPOSITORY / "target/release"
CERTIFICATES = REPOSITORY / "tests/servers/tls"
_PROGRAMS = HERE / "clients"


@dataclass(frozen=True)
class Client:
    name: str
    language: str
    command: tuple[str | Path, ...]
    source: Path
    events: int
    """So many make a flood of about a second."""
    beside: str = ""
    """The peer that it is compared with."""
    environment: dict[str, str] = field(default_factory=dict)
    many: bool = True
    """Whether it is made for many sessions in one process, and for TLS with one CA."""

    @property
    def is_ours(self) -> bool:
        return self.name.startswith("drivebell")

    @property
    def is_floor(self) -> bool:
        return self.name.startswith("floor")


def clients() -> list[Client]:
    return [*_rust(), *_python(), *_node()]


def _rust() -> list[Client]:
    floor = (BUILT / "speed-floor",)
    sources = {
        "floor": _PROGRAMS / "rust-floor/src/main.rs",
        "ours": _PROGRAMS / "rust-drivebell/src/main.rs",
    }
    peers = _PROGRAMS / "rust-peers/src/bin"
    count = Client(
        "floor: counts frames",
        "Rust",
        floor,
        sources["floor"],
        2_000_000,
        "rust_socketio",
        {"FLOOR": "count"},
        many=False,
    )
    parse = Client("floor: parses", "Rust", floor, sources["floor"], 500_000, "rust_socketio")
    ours = Client(
        "drivebell, Rust",
        "Rust",
        (BUILT / "speed-drivebell",),
        sources["ours"],
        500_000,
        "rust_socketio",
    )
    theirs = [
        Client(
            name,
            "Rust",
            (BUILT / binary,),
            peers / f"{binary}.rs",
            200_000,
            "rust_socketio",
        )
        for name, binary in (
            ("rust_socketio", "rust_socketio"),
            ("tf-rust-socketio", "tf_rust_socketio"),
        )
    ]
    return [count, parse, ours, *theirs]


def _python() -> list[Client]:
    python = HERE / ".venv/bin/python"
    ours, ours_sync = (
        _PROGRAMS / "python" / name for name in ("watch_drivebell.py", "watch_drivebell_sync.py")
    )
    theirs, theirs_sync = (
        _PROGRAMS / "python" / name for name in ("python_socketio.py", "python_socketio_sync.py")
    )

    def client(
        name: str, source: Path, events: int, beside: str, *, many: bool = False, **more: str
    ) -> Client:
        return Client(name, "Python", (python, source), source, events, beside, more, many)

    plain, uvloop, sync = (
        "python-socketio, asyncio",
        "python-socketio, uvloop",
        "python-socketio, sync",
    )
    return [
        client("drivebell, Python, async for", ours, 300_000, plain),
        client("drivebell, Python, handler", ours, 300_000, plain, many=True, CALLBACKS="1"),
        client("drivebell, Python, uvloop", ours, 300_000, uvloop, UVLOOP="1"),
        client("drivebell, Python, sync", ours_sync, 300_000, sync),
        client(plain, theirs, 20_000, plain, many=True),
        client(uvloop, theirs, 20_000, uvloop, UVLOOP="1"),
        client(sync, theirs_sync, 5_000, sync),
    ]


def _node() -> list[Client]:
    ours, theirs = (_PROGRAMS / "node" / name for name in ("drivebell.mjs", "socket.io-client.mjs"))
    peer = "socket.io-client"
    return [
        Client("drivebell, Node, on", "Node", ("node", ours), ours, 300_000, peer),
        Client(
            "drivebell, Node, for await",
            "Node",
            ("node", ours),
            ours,
            300_000,
            peer,
            {"ITERATE": "1"},
            many=False,
        ),
        Client(peer, "Node", ("node", theirs), theirs, 200_000, peer),
    ]
