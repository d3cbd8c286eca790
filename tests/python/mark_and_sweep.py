"""A copy of a drive, updated by mark and sweep."""

from __future__ import annotations

import asyncio

from deadline import soon
from drivebell import ChangeBatch, Changes, DriveItem

from simulator import MY_DRIVE, Simulator

Row = tuple[str | None, str | None, int | None]
"""Name, id of the parent, and size."""


class Copy:
    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.marks: dict[str, str] = {}
        self.batches: list[ChangeBatch] = []

    @property
    def checkpoint(self) -> str:
        return self.batches[-1].checkpoint

    def apply(self, batch: ChangeBatch) -> None:
        self.batches.append(batch)
        for item in batch.items:
            assert isinstance(item, DriveItem)
            self.rows.pop(item.id, None)
            self.marks.pop(item.id, None)
            if not item.deleted:
                self.rows[item.id] = (item.name, item.parent_id, item.size)
                self.marks[item.id] = batch.snapshot or ""
        if batch.caught_up and batch.snapshot is not None:
            for gone in [key for key, mark in self.marks.items() if mark < batch.snapshot]:
                del self.rows[gone], self.marks[gone]

    async def follow(self, changes: Changes, simulator: Simulator) -> None:
        """Applies batches until the copy equals the drive."""
        while await asyncio.to_thread(truth, simulator) != self.rows:
            self.apply(await soon(anext(changes)))


def truth(simulator: Simulator) -> dict[str, Row]:
    items = simulator.http("GET", f"/_simulator/items?drive={MY_DRIVE}")
    return {item["id"]: (item["name"], item["parent"], item["size"]) for item in items}
