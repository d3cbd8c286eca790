"""The clients that keep a table of the drive."""

from __future__ import annotations

from dataclasses import dataclass

from ..programs import Program, node, python, rust

PROFILE = "fast"


@dataclass(frozen=True)
class Client:
    name: str
    program: Program
    audit: str
    """What its documentation offers against drift."""

    @property
    def is_ours(self) -> bool:
        return self.name.startswith("drivebell")


def clients() -> list[Client]:
    ours, none = "`audit_interval`", "none"
    return [
        Client("drivebell, Rust", rust(PROFILE, "drivebell-drift"), ours),
        Client("drivebell, Python", python("drivebell_drift"), ours),
        Client("drivebell, Node", node("drivebell-drift"), ours),
        Client("the documented loop, Python", python("delta_loop"), "a delta query once a day"),
        Client("msgraph-sdk, Python", python("msgraph_sdk_drift"), none),
        Client("office365-rest-python-client, Python", python("office365_delta"), none),
        Client("microsoft-graph-client, Node", node("graph-client-drift"), none),
    ]
