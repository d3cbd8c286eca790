"""A copy of a drive held against a model of it, through whatever comes in between.

The model knows what this test did to the drive and nothing of what the simulator made of that.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from deadline import soon
from drivebell import Changes, Client, Resource
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from mirror import Mirror, Row
from session import HURRIED

from simulator import TOKEN, Simulator

SEQUENCES = 100
QUICK: dict[str, Any] = {"quiet_time": 0.01, "lag_delays": [0.03] * 4, "poll_interval": 0.1}
LAG = ("--delta-lag", "20")
RESYNC_CODES = ("resyncChangesApplyDifferences", "resyncChangesUploadDifferences")

ACTIONS = (
    *("upload", "upload", "folder", "move", "delete", "rewrite"),
    *("take", "restart", "forget", "gone", "fault"),
)

Step = tuple[str, int, int]
"""What to do, and two numbers that choose with what."""

STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "upload",
                "upload",
                "folder",
                "move",
                "delete",
                "rewrite",
                "take",
                "restart",
                "forget",
                "gone",
                "fault",
            ]
        ),
        st.integers(0, 99),
        st.integers(0, 99),
    ),
    min_size=3,
    max_size=14,
)


@dataclass
class Node:
    name: str
    parent: str | None
    content: int | None
    """A file's size; None for a folder."""
    deleted: bool = False


@dataclass
class ModelDrive:
    root: str
    nodes: dict[str, Node] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.nodes[self.root] = Node("root", None, None)

    def there(self, *, folders: bool | None = None) -> list[str]:
        """What can be chosen from, in the order of its making."""
        return [
            key
            for key, node in self.nodes.items()
            if not node.deleted and (folders is None or (node.content is None) == folders)
        ]

    def is_within(self, key: str | None, folder: str) -> bool:
        while key is not None and key != folder:
            key = self.nodes[key].parent
        return key == folder

    def delete(self, gone: str) -> None:
        for key, node in self.nodes.items():
            if self.is_within(key, gone):
                node.deleted = True

    def size(self, key: str) -> int:
        return sum(
            node.content or 0
            for other, node in self.nodes.items()
            if not node.deleted and self.is_within(other, key)
        )

    def rows(self) -> dict[str, Row]:
        return {
            key: (node.name, node.parent, self.size(key))
            for key, node in self.nodes.items()
            if not node.deleted
        }


@dataclass
class Consumer:
    """A program with a mirror, whose stored checkpoint may be older than its rows."""

    client: Client
    drive: str
    mirror: Mirror = field(default_factory=Mirror)
    stored: str = "start"
    changes: Changes | None = None

    async def take(self, *, store: bool = True) -> None:
        if self.changes is None:
            resource = Resource.drive(self.drive)
            self.changes = self.client.changes(resource, since=self.stored, **QUICK)
        self.mirror.apply(await soon(anext(self.changes)))
        if store:
            self.stored = self.mirror.checkpoint

    async def restart(self) -> None:
        changes, self.changes = self.changes, None
        if changes is not None:
            await changes.aclose()


@dataclass
class World:
    simulator: Simulator
    drive: str
    model: ModelDrive
    consumer: Consumer
    names: Iterator[int] = field(default_factory=itertools.count)

    def request(self, method: str, path: str, body: bytes | None = None) -> Any:
        return self.simulator.http(method, f"/v1.0/drives/{self.drive}{path}", body)

    async def act(self, step: Step) -> None:
        action, first, second = step
        match action:
            case "take":
                # When nothing is new there may be nothing to wait for.
                if self.consumer.mirror.rows != self.model.rows():
                    await self.consumer.take()
            case "forget":
                if self.consumer.mirror.rows != self.model.rows():
                    await self.consumer.take(store=False)
            case "restart":
                await self.consumer.restart()
            case "gone":
                answer = {"status": 410, "code": RESYNC_CODES[first % 2]}
                self.fault({"answer": answer}, times=1)
            case "fault":
                faults: list[str | dict[str, Any]] = [
                    {"answer": {"status": 503}},
                    "cut",
                    "reset",
                    {"delay": {"ms": 5}},
                ]
                self.fault(faults[first % len(faults)], times=1 + second % 2)
            case _:
                await asyncio.to_thread(self.change, action, first, second)

    def fault(self, action: str | dict[str, Any], times: int) -> None:
        self.simulator.coming_fault(action, on="delta", drive=self.drive, times=times)

    def change(self, action: str, first: int, second: int) -> None:
        folders = self.model.there(folders=True)
        folder = folders[first % len(folders)]
        name = f"{action}-{next(self.names)}"
        if action == "folder":
            body = json.dumps({"name": name, "folder": {}}).encode()
            made = self.request("POST", f"/items/{folder}/children", body)
            self.model.nodes[made["id"]] = Node(name, folder, None)
        elif action == "upload":
            made = self.request("PUT", f"/root:/{name}:/content", b"x" * second)
            self.model.nodes[made["id"]] = Node(name, self.model.root, second)
        else:
            chosen = [key for key in self.model.there() if key != self.model.root]
            if chosen:
                self.change_item(action, chosen[second % len(chosen)], folder, name)

    def change_item(self, action: str, key: str, folder: str, name: str) -> None:
        node = self.model.nodes[key]
        if action == "delete":
            self.request("DELETE", f"/items/{key}")
            self.model.delete(key)
        elif action == "move" and not self.model.is_within(folder, key):
            body = json.dumps({"name": name, "parentReference": {"id": folder}}).encode()
            self.request("PATCH", f"/items/{key}", body)
            node.name, node.parent = name, folder
        elif action == "rewrite" and node.parent == self.model.root and node.content is not None:
            self.request("PUT", f"/root:/{node.name}:/content", b"y" * (node.content + 1))
            node.content += 1


@pytest.fixture(scope="module")
def drives() -> Iterator[tuple[Simulator, Iterator[str]]]:
    names = [f"b!model-{number}" for number in range(SEQUENCES)]
    options = [option for name in names for option in ("--drive", name)]
    with Simulator((*options, *LAG, "--page-size", "4", "--delta-duplicates")) as simulator:
        yield simulator, iter(names)


# Without shrinking, which would need more drives: the steps are few enough to be read.
@settings(
    max_examples=SEQUENCES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_a_mirror_ends_as_the_model(
    drives: tuple[Simulator, Iterator[str]], steps: list[Step]
) -> None:
    simulator, names = drives
    asyncio.run(follow(simulator, next(names), steps))


async def follow(simulator: Simulator, drive: str, steps: list[Step]) -> None:
    root = simulator.http("GET", f"/v1.0/drives/{drive}/root")["id"]
    async with Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client:
        consumer = Consumer(client, drive)
        world = World(simulator, drive, ModelDrive(root), consumer)
        for step in steps:
            await world.act(step)
        model = world.model.rows()
        while consumer.mirror.rows != model or not consumer.mirror.batches[-1].caught_up:
            await consumer.take()
        await consumer.restart()
