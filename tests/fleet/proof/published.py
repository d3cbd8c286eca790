"""Events as a fleet publishes them, without one: for what consumes them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import nats.errors
import nats.js.errors
from nats.js import JetStreamContext
from nats.js.api import StreamConfig

Row = tuple[str | None, str | None, int | None]
"""Name, id of the parent, and size."""


@dataclass
class Published:
    """A stream of changes, and what a table must hold after it."""

    jetstream: JetStreamContext
    name: str = "drivebell"
    truth: dict[tuple[str, str], Row] = field(default_factory=dict)
    """By drive and item."""
    snapshots: dict[str, str] = field(default_factory=dict)
    """The snapshot of each drive that was begun last."""
    events: list[dict[str, Any]] = field(default_factory=list)

    async def make_stream(self) -> None:
        subjects = [f"{self.name}.changes.>", f"{self.name}.fence.*"]
        # The shortest window that there is: repeats reach the consumers, as late ones would.
        config = StreamConfig(name=f"{self.name}-changes", subjects=subjects, duplicate_window=0.1)
        await self.jetstream.add_stream(config)

    async def fence(self) -> None:
        """Consumers do not want it."""
        await self.jetstream.publish(f"{self.name}.fence.p0000", b'{"epoch":1}')

    async def begin(self, drive: str, snapshot: str, resync_code: str | None = None) -> None:
        initial = drive not in self.snapshots
        self.snapshots[drive] = snapshot
        data = {"snapshot": snapshot, "resyncCode": resync_code, "initial": initial}
        await self._publish(drive, "snapshot.started", data)

    async def complete(self, drive: str) -> None:
        await self._publish(drive, "snapshot.completed", {"snapshot": self.snapshots[drive]})

    async def change(self, drive: str, item: str, row: Row, *, initial: bool = False) -> None:
        self.truth[drive, item] = row
        name, parent, size = row
        raw = {"id": item, "name": name, "parentReference": {"id": parent}, "size": size}
        data = {"initial": initial, "snapshot": self.snapshots[drive], "item": raw}
        await self._publish(drive, "item.changed", data, item)

    async def change_without_item(self, drive: str, item: str) -> None:
        """Its JSON is larger than a message."""
        self.truth[drive, item] = (None, None, None)
        data = {"initial": False, "snapshot": self.snapshots[drive], "truncated": True}
        await self._publish(drive, "item.changed", data, item)

    async def delete(self, drive: str, item: str) -> None:
        self.truth.pop((drive, item), None)
        raw = {"id": item, "deleted": {"state": "deleted"}}
        data = {"initial": False, "snapshot": self.snapshots[drive], "item": raw}
        await self._publish(drive, "item.deleted", data, item)

    async def again(self, event: dict[str, Any]) -> None:
        """Under the same id, as a worker does that does not know whether it has done so."""
        subject = f"{self.name}.changes.{event['data']['drive']}"
        headers = {
            "Nats-Msg-Id": event["id"],
            "Content-Type": "application/cloudevents+json",
        }
        payload = json.dumps(event).encode()
        while True:
            try:
                await self.jetstream.publish(subject, payload, timeout=1, headers=headers)
            except (nats.errors.TimeoutError, nats.js.errors.NoStreamResponseError):
                continue  # NATS is away, and it may have been stored: the id is the same.
            return

    async def _publish(
        self, drive: str, kind: str, data: dict[str, Any], subject: str | None = None
    ) -> None:
        data = {"drive": drive, "resource": f"/drives/{drive}/root", **data}
        text = json.dumps([len(self.events), kind, data])
        event: dict[str, Any] = {
            "specversion": "1.0",
            "id": hashlib.sha256(text.encode()).hexdigest()[:32],
            "source": f"/drivebell/{self.name}/{drive}",
            "type": f"io.github.drivebell.{kind}",
            "datacontenttype": "application/json",
            "data": data,
        }
        if subject is not None:
            event["subject"] = subject
        self.events.append(event)
        await self.again(event)
