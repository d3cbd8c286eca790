"""Who enumerates the drive."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
"""bench/delta."""
REPOSITORY = HERE.parents[1]
PROGRAMS = HERE / "clients"


@dataclass(frozen=True)
class Client:
    name: str
    command: tuple[str | Path, ...]
    source: Path
    beside: str
    """Whose speed is the measure of this one's."""

    @property
    def is_ours(self) -> bool:
        return self.name.startswith("drivebell")


def clients() -> list[Client]:
    python = HERE / ".venv/bin/python"
    rust = REPOSITORY / "target/release/delta-rust-client"
    in_rust = PROGRAMS / "rust/src/main.rs"
    ours, theirs = PROGRAMS / "python/drivebell_client.py", PROGRAMS / "python/msgraph_client.py"
    node, graph = PROGRAMS / "node/drivebell-client.mjs", PROGRAMS / "node/graph-client.mjs"
    sdk, js = "msgraph-sdk, Python", "microsoft-graph-client, Node"
    return [
        Client("drivebell, Rust", (rust,), in_rust, beside=js),
        Client("drivebell, Python", (python, ours), ours, beside=sdk),
        Client(sdk, (python, theirs), theirs, beside=sdk),
        Client("drivebell, Node", ("node", node), node, beside=js),
        Client(js, ("node", graph), graph, beside=js),
    ]
