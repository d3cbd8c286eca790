"""The clients that enumerate the drive."""

from __future__ import annotations

from dataclasses import dataclass

from ..programs import Program, node, python, rust

PROFILE = "release"


@dataclass(frozen=True)
class Client:
    name: str
    program: Program
    beside: str
    """The client that its speed is compared with."""

    @property
    def is_ours(self) -> bool:
        return self.name.startswith("drivebell")


def clients() -> list[Client]:
    sdk, js = "msgraph-sdk, Python", "microsoft-graph-client, Node"
    return [
        Client("drivebell, Rust", rust(PROFILE, "drivebell-changes"), beside=js),
        Client("drivebell, Python", python("drivebell_changes"), beside=sdk),
        Client(sdk, python("msgraph_sdk"), beside=sdk),
        Client("drivebell, Node", node("drivebell-changes"), beside=js),
        Client(js, node("microsoft-graph-client"), beside=js),
    ]
