"""Enumerates the drive with drivebell."""

import asyncio
import os

import drivebell
from drivebell import Resource
from enumeration import Enumeration, measure

PAUSE = int(os.environ.get("PAUSE_MS", "0")) / 1000


async def enumerate_drive(enumeration: Enumeration) -> None:
    # Setup:
    client = drivebell.Client(os.environ["GRAPH_TOKEN"], base_url=os.environ["GRAPH_URL"])
    async with client, client.changes(Resource.my_drive(), since="start") as changes:
        async for batch in changes:
            for item in batch.items:
                assert isinstance(item, drivebell.DriveItem)
                enumeration.add(item.id, item.name, item.size, item.parent_id, item.modified_at)
            if batch.caught_up:
                break
            # End of setup.
            if PAUSE:
                await asyncio.sleep(PAUSE)


measure(enumerate_drive)
