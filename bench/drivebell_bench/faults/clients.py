"""Whom the faults are put to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
"""bench/faults."""
PROGRAMS = HERE / "clients"


@dataclass(frozen=True)
class Client:
    name: str
    command: tuple[str | Path, ...]
    source: Path
    asks_graph: bool = False
    """Whether it gets its notification URLs by itself."""


def clients(rust: Path, bench_python: Path, python: Path) -> list[Client]:
    """The columns of the table. `rust` is where the Rust programs are, `bench_python` the
    interpreter that has the Python peer, and `python` the one that has drivebell."""
    peers = PROGRAMS / "rust-peers/src/bin"
    python_peer = PROGRAMS / "python/python_socketio.py"
    node_peer = PROGRAMS / "node/socket.io-client.mjs"
    in_rust = PROGRAMS / "rust-drivebell/src/main.rs"
    in_python = PROGRAMS / "python/watch_drivebell.py"
    in_node = PROGRAMS / "node/drivebell.mjs"
    return [
        Client("rust_socketio", (rust / "rust_socketio",), peers / "rust_socketio.rs"),
        Client("tf-rust-socketio", (rust / "tf_rust_socketio",), peers / "tf_rust_socketio.rs"),
        Client("python-socketio", (bench_python, python_peer), python_peer),
        Client("socket.io-client", ("node", node_peer), node_peer),
        Client("drivebell, Rust", (rust / "faults-rust-drivebell",), in_rust, asks_graph=True),
        Client("drivebell, Python", (python, in_python), in_python, asks_graph=True),
        Client("drivebell, Node", ("node", in_node), in_node, asks_graph=True),
    ]
