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
    """The client that its CPU time is compared with."""
    settings: tuple[tuple[str, str], ...] = ()
    """Environment variables of the program."""

    @property
    def is_ours(self) -> bool:
        return self.name.startswith("drivebell")

    @property
    def is_slow(self) -> bool:
        return self.name.startswith("msgraph")


def clients() -> list[Client]:
    """Each reads five fields of each item."""
    floor = "reqwest + serde, Rust"
    hand_python, hand_node = "aiohttp + orjson, Python", "fetch + JSON.parse, Node"
    sdk, js = "msgraph-sdk, Python", "microsoft-graph-client, Node"
    return [
        Client("drivebell, Rust", rust(PROFILE, "drivebell-changes"), beside=floor),
        Client(floor, rust(PROFILE, "delta-floor"), beside=floor),
        Client("drivebell, Python", python("drivebell_changes"), beside=hand_python),
        Client(hand_python, python("aiohttp_orjson"), beside=hand_python),
        Client("httpx + json, Python", python("httpx_json"), beside=hand_python),
        Client(sdk, python("msgraph_sdk"), beside=hand_python),
        Client("drivebell, Node", node("drivebell-changes"), beside=hand_node),
        Client(hand_node, node("fetch-json"), beside=hand_node),
        Client(js, node("microsoft-graph-client"), beside=hand_node),
    ]


def readers() -> list[Client]:
    """drivebell, in programs that read something else than five fields."""
    language = {
        "Rust": rust(PROFILE, "drivebell-read"),
        "Python": python("drivebell_read"),
        "Node": node("drivebell-read"),
    }
    reads = {"all fields": "all", "`raw` alone": "raw"}
    found = [
        Client(f"{name}, {what}", program, beside="", settings=(("READ", read),))
        for name, program in language.items()
        for what, read in reads.items()
    ]
    sync = Client(
        "Python without asyncio, five fields", python("drivebell_changes_sync"), beside=""
    )
    return [*found, sync]
