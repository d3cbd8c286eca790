"""One walk through a drive's life, which a mirror follows through the binding.

The core's own tests prove the rules with random drives. This one proves that nothing is lost
between the core and Python.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from deadline import soon
from drivebell import Changes, Client, Resource
from mark_and_sweep import Copy, truth
from session import HURRIED

from simulator import TOKEN, Simulator

QUICK: dict[str, Any] = {"quiet_time": 0.01, "lag_delays": [0.03] * 4, "poll_interval": 0.1}
OPTIONS = ("--seed", "b!me=20", "--page-size", "4", "--delta-duplicates", "--delta-lag", "20")
DRIVE = "/v1.0/me/drive"


class Drive:
    """Changes to a drive, by Graph's REST API."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.root = str(simulator.http("GET", f"{DRIVE}/root")["id"])

    def create_folder(self, name: str) -> str:
        body = json.dumps({"name": name, "folder": {}}).encode()
        return str(self.simulator.http("POST", f"{DRIVE}/items/{self.root}/children", body)["id"])

    def upload(self, name: str) -> str:
        return str(self.simulator.upload(name)["id"])

    def patch(self, item: str, change: dict[str, Any]) -> None:
        self.simulator.http("PATCH", f"{DRIVE}/items/{item}", json.dumps(change).encode())

    def rename(self, item: str, name: str) -> None:
        self.patch(item, {"name": name})

    def move(self, item: str, folder: str) -> None:
        self.patch(item, {"parentReference": {"id": folder}})

    def delete(self, item: str) -> None:
        self.simulator.http("DELETE", f"{DRIVE}/items/{item}")


async def catch_up(mirror: Copy, changes: Changes, simulator: Simulator) -> None:
    """Applies batches until the mirror is complete and equals the drive."""
    await mirror.follow(changes, simulator)
    while not mirror.batches[-1].caught_up:
        mirror.apply(await soon(anext(changes)))
    assert mirror.rows == await asyncio.to_thread(truth, simulator)


async def test_a_mirror_follows_a_drive_through_its_life() -> None:
    with Simulator(options=OPTIONS) as simulator:
        drive = Drive(simulator)
        mirror = Copy()
        async with Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client:

            def changes_since(checkpoint: str) -> Changes:
                return client.changes(Resource.my_drive(), since=checkpoint, **QUICK)

            # The program stops in the middle of the first enumeration.
            async with changes_since("start") as changes:
                for _ in range(2):
                    mirror.apply(await soon(anext(changes)))
            first = mirror.batches[0]
            assert (first.trigger, first.caught_up, first.resync_code) == ("start", False, None)
            in_the_middle = mirror.checkpoint

            # It resumes from its checkpoint, in the same snapshot; meanwhile items were created.
            folder, report, draft = (
                drive.create_folder("folder"),
                drive.upload("report.txt"),
                drive.upload("draft.txt"),
            )
            async with changes_since(in_the_middle) as changes:
                await catch_up(mirror, changes, simulator)
                assert {batch.snapshot for batch in mirror.batches} == {first.snapshot}
                assert mirror.rows[report][:2] == ("report.txt", drive.root)

                drive.rename(report, "final report.txt")
                drive.move(report, folder)
                drive.delete(draft)
                await catch_up(mirror, changes, simulator)
                assert mirror.rows[report][:2] == ("final report.txt", folder)
                assert draft not in mirror.rows
            before_the_loss = mirror.checkpoint

            # Graph expires the delta link: only a sweep removes items deleted since.
            drive.delete(folder)
            notes = drive.upload("notes.txt")
            code = "resyncChangesApplyDifferences"
            fault = {"answer": {"status": 410, "code": code}}
            simulator.coming_fault(fault, on="delta", times=1)
            async with changes_since(before_the_loss) as changes:
                batch = await soon(anext(changes))
                assert batch.resync_code == code
                assert batch.snapshot is not None
                assert batch.snapshot > (first.snapshot or "")
                mirror.apply(batch)
                await catch_up(mirror, changes, simulator)
            assert set(mirror.marks.values()) == {batch.snapshot}
            assert {folder, report} & set(mirror.rows) == set()
            assert notes in mirror.rows

            # The last checkpoints were not stored: items come again, and the mirror stays correct.
            drive.rename(notes, "old notes.txt")
            async with changes_since(before_the_loss) as changes:
                mirror.apply(await soon(anext(changes)))
                await catch_up(mirror, changes, simulator)
            assert mirror.rows[notes][0] == "old notes.txt"
