"""Reads what a fleet writes to NATS: changes, fences, checkpoints and leases."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import StreamConfig, StreamSource

from proof.deadline import until
from proof.stream_reader import Stored, StreamReader

EXPECTED = "Nats-Expected-Last-Subject-Sequence"
"""The header with the sequence of the fence behind which a change was published."""
PREFIX = "io.github.drivebell."


class Arrival(NamedTuple):
    """A change that is in the stream, without repeats of its id."""

    sequence: int
    at: float
    id: str
    drive: str
    item: str
    state: str | None
    initial: bool
    snapshot: str
    """Empty if the drive has none."""


class Completed(NamedTuple):
    """A snapshot is complete: what was changed last before it is gone."""

    sequence: int
    at: float
    drive: str
    snapshot: str


class Progress(NamedTuple):
    """A checkpoint as it was stored."""

    sequence: int
    epoch: int


class Fence(NamedTuple):
    at: int
    """Its sequence in the stream."""
    epoch: int


class Behind(NamedTuple):
    """The fence that a change names."""

    partition: str
    fence: int
    """Its sequence in the stream."""


class Claim(NamedTuple):
    at: float
    owner: str
    epoch: int


@dataclass
class Observer:
    """Follows a fleet from outside, with nothing but its stream and its buckets."""

    connection: Client
    name: str = "drivebell"
    arrivals: list[Arrival] = field(default_factory=list)
    completed: list[Completed] = field(default_factory=list)
    ids: Counter[str] = field(default_factory=Counter)
    """How often each message id is in the stream."""
    fences: dict[str, list[Fence]] = field(default_factory=lambda: defaultdict(list))
    behind: list[tuple[int, Behind]] = field(default_factory=list)
    """Of each change: its sequence in the stream, and its fence."""
    checkpoints: dict[str, list[Progress]] = field(default_factory=lambda: defaultdict(list))
    partitions: dict[str, str] = field(default_factory=dict)
    """The partition of each drive."""
    claims: dict[str, list[Claim]] = field(default_factory=lambda: defaultdict(list))
    _readers: list[StreamReader] = field(default_factory=list)

    async def start(self) -> None:
        """Waits until a worker has made the stream and the buckets."""
        jetstream = self.connection.jetstream()
        for kind in ("checkpoints", "leases"):
            await self._keep_history(jetstream, f"KV_{self.name}-{kind}", f"judge-{kind}")
        await until(lambda: exists(jetstream, f"{self.name}-changes"), "the stream exists")
        self._readers = [
            StreamReader(jetstream, f"{self.name}-changes", self._read_change),
            StreamReader(jetstream, "judge-checkpoints", self._read_checkpoint),
            StreamReader(jetstream, "judge-leases", self._read_lease),
        ]
        for reader in self._readers:
            reader.start()

    async def stop(self) -> None:
        for reader in self._readers:
            await reader.stop()

    async def caught_up(self) -> None:
        """Waits until everything is read that is stored now."""
        for reader in self._readers:
            # Workers write all the time, so the end is that of now.
            end = await reader.last_stored()
            await until(partial(reader.has_read, end), f"{reader.stream} is read")

    async def _keep_history(self, jetstream: JetStreamContext, bucket: str, copy: str) -> None:
        """Copies a bucket into a stream that keeps every revision, not only the last."""
        await until(lambda: exists(jetstream, bucket), f"{bucket} exists")
        await jetstream.add_stream(StreamConfig(name=copy, sources=[StreamSource(name=bucket)]))

    def _read_change(self, stored: Stored) -> None:
        _, kind, rest = stored.subject.split(".", 2)
        if kind == "fence":
            epoch = json.loads(stored.data)["epoch"]
            self.fences[rest].append(Fence(stored.sequence, epoch))
            return
        event = json.loads(stored.data)
        partition = stored.headers[f"{EXPECTED}-Subject"].rpartition(".")[2]
        behind = Behind(partition, int(stored.headers[EXPECTED]))
        self.behind.append((stored.sequence, behind))
        message_id = stored.headers["Nats-Msg-Id"]
        assert event["id"] == message_id
        self.ids[message_id] += 1
        if self.ids[message_id] > 1:
            return
        data = event["data"]
        if event["type"] == f"{PREFIX}snapshot.completed":
            snapshot = data["snapshot"]
            self.completed.append(Completed(stored.sequence, stored.at, rest, snapshot))
        item = data.get("item")
        if item is None:
            return
        arrival = Arrival(
            stored.sequence,
            stored.at,
            message_id,
            rest,
            item["id"],
            None if "deleted" in item else item["eTag"],
            data["initial"],
            data["snapshot"] or "",
        )
        self.arrivals.append(arrival)

    def _read_checkpoint(self, stored: Stored) -> None:
        key = stored.subject.split(".", 2)[2]
        if key == "settings":
            return
        if not stored.data:
            # The drive was removed, and the next checkpoint is that of a new one.
            self.checkpoints.pop(key.partition(".")[2], None)
            return
        record = json.loads(stored.data)
        partition, _, drive = key.partition(".")
        self.partitions[drive] = partition
        self.checkpoints[drive].append(Progress(record["sequence"], record["epoch"]))

    def _read_lease(self, stored: Stored) -> None:
        key = stored.subject.split(".", 2)[2]
        if key.startswith("part/") and stored.data:
            record = json.loads(stored.data)
            claim = Claim(stored.at, record["owner"], record["epoch"])
            self.claims[key.removeprefix("part/")].append(claim)


async def exists(jetstream: JetStreamContext, stream: str) -> bool:
    try:
        await jetstream.stream_info(stream)
    except (nats.js.errors.Error, nats.errors.Error):
        return False
    return True
